import { z } from '@hono/zod-openapi';
import { NOT_REDRIVABLE } from '../../../../domain/notifications/dead-letters.ts';
import type { NotificationErrorCode } from '../../problems/notifications.ts';
import type { MemberSchemas } from './member-schemas.ts';

export const NOTIFICATION_MEMBERS = {
  delivery_not_redrivable: { why: z.enum(NOT_REDRIVABLE) },
} satisfies Readonly<Partial<Record<NotificationErrorCode, MemberSchemas>>>;
