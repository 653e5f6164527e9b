/** All routes of notifications. */
import type { Routes } from '../../router.ts';
import { alertRoutes } from './alerts.ts';
import { clinicMessageRoutes } from './clinic-messages.ts';
import { deadLetterRoutes } from './dead-letters.ts';
import { inboxRoutes } from './inbox.ts';
import { preferenceRoutes } from './preferences.ts';
import { providerWebhookRoutes } from './provider-webhooks.ts';
import { pushSubscriptionRoutes } from './push-subscriptions.ts';
import { queueRoutes } from './queues.ts';
import { recordRoutes } from './records.ts';
import { suppressionRoutes } from './suppressions.ts';
import { templateRoutes } from './templates.ts';
import { unsubscribeRoutes } from './unsubscribe.ts';

export const notificationRoutes: Routes = [
  ...alertRoutes,
  ...clinicMessageRoutes,
  ...templateRoutes,
  ...inboxRoutes,
  ...preferenceRoutes,
  ...pushSubscriptionRoutes,
  ...unsubscribeRoutes,
  ...recordRoutes,
  ...deadLetterRoutes,
  ...queueRoutes,
  ...providerWebhookRoutes,
  ...suppressionRoutes,
];
