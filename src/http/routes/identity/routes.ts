/** Accounts, sessions, profiles, second factors and API keys. */
import type { Routes } from '../../router.ts';
import { mfaDeviceRoutes } from '../mfa/devices.ts';
import { mfaRoutes } from '../mfa/factors.ts';
import { secondStepRoutes } from '../mfa/sign-in.ts';
import { accountRoutes } from './accounts.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { avatarRoutes } from './avatars.ts';
import { emailRoutes } from './email.ts';
import { ownAccountRoutes } from './own-account.ts';
import { passwordRoutes } from './passwords.ts';
import { patientSearchRoutes } from './patient-search.ts';
import { patientRoutes } from './patients.ts';
import { profileRoutes } from './profiles.ts';
import { sessionRoutes } from './sessions.ts';
import { signInRoutes } from './sign-in.ts';
import { userRoutes } from './users.ts';

export const identityRoutes: Routes = [
  ...accountRoutes,
  ...passwordRoutes,
  ...signInRoutes,
  ...sessionRoutes,
  ...profileRoutes,
  ...avatarRoutes,
  ...emailRoutes,
  ...ownAccountRoutes,
  ...userRoutes,
  ...patientRoutes,
  ...patientSearchRoutes,
  ...mfaRoutes,
  ...secondStepRoutes,
  ...mfaDeviceRoutes,
  ...apiKeyRoutes,
];
