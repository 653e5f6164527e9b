import { z } from '@hono/zod-openapi';
import type { WebhookErrorCode } from '../../../../domain/webhooks/errors.ts';
import type { MemberSchemas } from './member-schemas.ts';

export const WEBHOOK_MEMBERS = {
  too_many_webhooks: { limit: z.int() },
} satisfies Readonly<Partial<Record<WebhookErrorCode, MemberSchemas>>>;
