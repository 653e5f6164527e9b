import { z } from '@hono/zod-openapi';
import { NOT_REDRIVABLE } from '../../../../domain/notifications/dead-letters.ts';
import { PUSH_FAULTS } from '../../../../domain/notifications/push-subscription.ts';
import type { NotificationErrorCode } from '../../problems/notifications.ts';
import type { MemberSchemas } from './member-schemas.ts';

export const NOTIFICATION_MEMBERS = {
  delivery_not_redrivable: { why: z.enum(NOT_REDRIVABLE) },
  push_subscription_refused: { why: z.enum(PUSH_FAULTS) },
  too_many_push_subscriptions: { limit: z.int().openapi({ description: 'How many there may be' }) },
} satisfies Readonly<Partial<Record<NotificationErrorCode, MemberSchemas>>>;
