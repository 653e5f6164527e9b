import { z } from '@hono/zod-openapi';
import type { HttpErrorCode } from '../../problems/http.ts';
import { shownInstant } from '../../shown.ts';
import type { MemberSchemas } from './member-schemas.ts';

export const HTTP_MEMBERS = {
  address_blocked: { until: shownInstant.openapi({ description: 'When the block ends' }) },
  precondition_failed: { version: z.int().openapi({ description: 'The version there is now' }) },
} satisfies Readonly<Partial<Record<HttpErrorCode, MemberSchemas>>>;
