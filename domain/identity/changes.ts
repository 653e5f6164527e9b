/**
 * Every change that identity decides. Each is a plain value that `adapters/postgres` turns into SQL, and stands in the module
 * of its concept.
 */
import type { CredentialsRevoked } from '../shared/revocation.ts';
import type { AccountChange } from './account.ts';
import type { AdministrationChange } from './administration.ts';
import type { ApiKeyChange } from './api-key.ts';
import type { AvatarChange } from './avatar.ts';
import type { DataKeyChange } from './data-keys.ts';
import type { AddressChange } from './email-change.ts';
import type { SessionStrengthened } from './factors-changed.ts';
import type { MailGuard } from './mailed-links.ts';
import type { TokenChange } from './one-time-token.ts';
import type { PasswordChange } from './passwords.ts';
import type { PatientChange } from './patient.ts';
import type { PersonIndexed } from './patient-search-ports.ts';
import type { PreferencesChange } from './preferences.ts';
import type { RefreshTokenChange } from './refresh.ts';
import type { RegistrationChange } from './registration.ts';
import type { SessionChange } from './session.ts';
import type { SignInCounterChange } from './sign-in-throttle.ts';
import type { SessionReauthenticated } from './step-up.ts';

export type IdentityChange =
  | RegistrationChange
  | PatientChange
  | AccountChange
  | AvatarChange
  | AdministrationChange
  | AddressChange
  | TokenChange
  | MailGuard
  | PasswordChange
  | SignInCounterChange
  | SessionChange
  | RefreshTokenChange
  | SessionReauthenticated
  | SessionStrengthened
  | ApiKeyChange
  | PreferencesChange
  | DataKeyChange
  | PersonIndexed
  | CredentialsRevoked;
