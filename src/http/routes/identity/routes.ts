/** Accounts, sessions, profiles, second factors and API keys. */
import type { App } from '../../router.ts';
import { mfaDeviceRoutes } from '../mfa/devices.ts';
import { mfaRoutes } from '../mfa/factors.ts';
import { secondStepRoutes } from '../mfa/sign-in.ts';
import { accountRoutes } from './accounts.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { emailRoutes } from './email.ts';
import { ownAccountRoutes } from './own-account.ts';
import { passwordRoutes } from './passwords.ts';
import { profileRoutes } from './profiles.ts';
import { sessionRoutes } from './sessions.ts';
import { signInRoutes } from './sign-in.ts';
import { userRoutes } from './users.ts';

export function identityRoutes(app: App): void {
  accountRoutes(app);
  passwordRoutes(app);
  signInRoutes(app);
  sessionRoutes(app);
  profileRoutes(app);
  emailRoutes(app);
  ownAccountRoutes(app);
  userRoutes(app);
  mfaRoutes(app);
  secondStepRoutes(app);
  mfaDeviceRoutes(app);
  apiKeyRoutes(app);
}
