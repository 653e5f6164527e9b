/** The parts of requests and answers about appointments that lose their time. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { AFFECTED_ACTIONS } from '../../../../domain/scheduling/affected.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import type { AffectedInput, AffectedSummary, Affecting, Effect } from '../../../app/scheduling/affected.ts';
import type { AppEnv } from '../../env.ts';
import { json } from '../../router.ts';
import { idSchema, text } from '../../schemas.ts';
import { shownId, shownInstant } from '../../shown.ts';
import { clinicAppointmentSchema, presentClinicAppointment } from './present-desk.ts';

export const dryRunQuery = z.object({
  dryRun: z.enum(['true', 'false']).optional().openapi({
    description: 'With `true`, answers whose appointments would lose their time, and changes nothing',
  }),
});

export function isDryRun({ dryRun }: z.infer<typeof dryRunQuery>): boolean {
  return dryRun === 'true';
}

export const affectedBody = z
  .strictObject({
    action: z.enum(AFFECTED_ACTIONS).openapi({
      description:
        '`cancel`: with a mail to each patient. `move`: cancelled, and the next free time is kept for the patient and offered by mail. `leave`: they stay until somebody moves or cancels them',
    }),
    message: text(500).optional().openapi({ description: 'To the patients' }),
    doctorId: idSchema<'user'>('Whose free times are offered. Default: those of the same doctor').optional(),
  })
  .openapi({ description: 'What becomes of the appointments that lose their time. Default: `leave`' });

export function affectedInput(
  body:
    | {
        readonly action: AffectedInput['action'];
        readonly message?: string | undefined;
        readonly doctorId?: UserId | undefined;
      }
    | undefined,
): AffectedInput {
  return { action: body?.action ?? 'leave', message: body?.message || null, doctorId: body?.doctorId ?? null };
}

export const affectedSchema = z
  .object({
    count: z.int().openapi({ description: 'How many appointments lose their time' }),
    until: shownInstant.nullable().openapi({ description: 'Start of the last one; null when there is none' }),
    action: z.enum(AFFECTED_ACTIONS),
    rebookingIds: z
      .array(shownId)
      .openapi({ description: 'Under `/rebookings`, one for each doctor; empty for `leave`' }),
    appointments: z.array(clinicAppointmentSchema).optional().openapi({
      description: 'With `dryRun`: the first 100 by start, without those that the caller may not see',
    }),
  })
  .openapi('Affected', { description: 'What becomes, or would become, of appointments that lose their time' });

/** In the answer to a change. */
export const affectedByIt = affectedSchema.optional().openapi({ description: 'In the answer to a change' });

export function presentSummary({ count, until, action, rebookingIds }: AffectedSummary) {
  return {
    count,
    until: until === null ? null : formatInstant(until),
    action,
    rebookingIds: rebookingIds.map(String),
  };
}

export function presentEffect(
  c: HonoContext<AppEnv>,
  actor: KnownActor,
  { value: { summary }, appointments }: Effect<Affecting>,
) {
  if (appointments === null) return presentSummary(summary);
  return {
    ...presentSummary(summary),
    // Nothing has begun.
    rebookingIds: [],
    appointments: appointments.map((record) => presentClinicAppointment(c, actor, record)),
  };
}

/** The answer to a dry run of a change that makes something new or removes something. */
export const PREVIEWED = json(affectedSchema, 'With dryRun: who is affected. Nothing is changed');
