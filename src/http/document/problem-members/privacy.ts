import { z } from '@hono/zod-openapi';
import { MERGE_OBSTACLES } from '../../../../domain/privacy/merge.ts';
import type { PrivacyErrorCode } from '../../problems/privacy.ts';
import { shownId as id } from '../../shown.ts';
import type { MemberSchemas } from './member-schemas.ts';

export const PRIVACY_MEMBERS = {
  merge_not_possible: {
    obstacles: z.array(z.enum(MERGE_OBSTACLES)),
    overlaps: z
      .array(z.object({ survivorAppointmentId: id, aliasAppointmentId: id, isPast: z.boolean() }))
      .openapi({ description: 'Appointments of the two at one time, those first that have not ended; at most 20' }),
  },
  alias_changed: { version: z.int().openapi({ description: 'The version there is now' }) },
  patient_merged: { mergedInto: id },
} satisfies Readonly<Partial<Record<PrivacyErrorCode, MemberSchemas>>>;
