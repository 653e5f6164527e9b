/** Accounts, sessions, profiles, second factors and API keys. */
import type { App } from '../router.ts';
import { accountRoutes } from './identity-accounts.ts';
import { apiKeyRoutes } from './identity-api-keys.ts';
import { emailRoutes } from './identity-email.ts';
import { mfaRoutes } from './identity-mfa.ts';
import { mfaDeviceRoutes } from './identity-mfa-devices.ts';
import { ownAccountRoutes } from './identity-own-account.ts';
import { profileRoutes } from './identity-profiles.ts';
import { sessionRoutes } from './identity-sessions.ts';
import { userRoutes } from './identity-users.ts';

export function identityRoutes(app: App): void {
  accountRoutes(app);
  sessionRoutes(app);
  profileRoutes(app);
  emailRoutes(app);
  ownAccountRoutes(app);
  userRoutes(app);
  mfaRoutes(app);
  mfaDeviceRoutes(app);
  apiKeyRoutes(app);
}
