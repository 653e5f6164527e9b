/** Start pages, health, keys, callbacks, and the mailbox of the development mode. */
import type { Routes } from '../../router.ts';
import { callbackRoutes } from './callbacks.ts';
import { devMailboxRoutes } from './dev-mailbox.ts';
import { metaRoutes } from './meta.ts';
import { metricsRoutes } from './metrics.ts';
import { overviewRoutes } from './overview.ts';

export const platformRoutes: Routes = [
  ...metaRoutes,
  ...metricsRoutes,
  ...overviewRoutes,
  ...devMailboxRoutes,
  ...callbackRoutes,
];
