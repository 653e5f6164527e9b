/** All routes of notifications. */
import type { Routes } from '../../router.ts';
import { templateRoutes } from './templates.ts';

export const notificationRoutes: Routes = [...templateRoutes];
