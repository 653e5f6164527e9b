/** Every refusal of identity. */
import type { StaleVersion } from '../shared/version.ts';
import type { PasswordRequired } from './account.ts';
import type { InvitationAccepted, LastAdmin, NoAccount } from './administration.ts';
import type { ApiKeyRefusal } from './api-key.ts';
import type { PossibleDuplicates } from './duplicates.ts';
import type { EmailUnverified } from './email-change.ts';
import type { TokenInvalid } from './one-time-token.ts';
import type { PasswordUnacceptable } from './password-policy.ts';
import type { InvalidCredentials } from './passwords.ts';
import type { HasAccount } from './patient.ts';
import type { RefreshTokenInvalid } from './refresh.ts';
import type { EmailTaken } from './registration.ts';
import type { SignInPaused } from './sign-in-throttle.ts';
import type { StepUpRequired } from './step-up.ts';
import type { UserNotFound } from './user.ts';

export type IdentityError =
  | InvalidCredentials
  | SignInPaused
  | EmailUnverified
  | EmailTaken
  | TokenInvalid
  | PasswordRequired
  | PasswordUnacceptable
  | RefreshTokenInvalid
  | StepUpRequired
  | LastAdmin
  | InvitationAccepted
  | HasAccount
  | PossibleDuplicates
  | NoAccount
  | ApiKeyRefusal
  | UserNotFound
  | StaleVersion;
