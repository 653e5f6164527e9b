/** All routes of webhooks. */
import type { Routes } from '../../router.ts';
import { deliveryRoutes } from './deliveries.ts';
import { endpointRemoval, endpointRoutes } from './endpoints.ts';

export const webhookRoutes: Routes = [...endpointRoutes, ...deliveryRoutes, ...endpointRemoval];
