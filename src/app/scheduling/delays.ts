/** Running late: the clinic enters it, and those who wait are told. */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import { type Delay, inForce, setDelay, tellDelay } from '../../../domain/scheduling/delay.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided, type JobDraft } from '../../../domain/shared/changes.ts';
import { isId, type UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { mayChange } from './actors.ts';
import type { ActionNotPermitted } from './booking-authorisation.ts';
import { delayMessages } from './messages.ts';

/** Tells a doctor's delay to those who wait. */
export const TELL_DELAY = 'delay.tell';
/** How many patients one job tells. It starts another job when it told that many. */
const TOLD_AT_ONCE = 25;
const RETRY_MILLISECONDS = 1000;

function tellJob(doctorId: UserId): JobDraft {
  return { topic: TELL_DELAY, payload: { doctorId } };
}

/** The delay in force; `null` when the doctor is on time. */
export async function readDelay(
  deps: Deps,
  context: Context,
  doctorId: UserId,
): Promise<Result<Delay | null, DoctorNotFound>> {
  const { scheduling } = deps.loads;
  const [doctor, delay] = await deps.database.load(scheduling.doctor(doctorId), scheduling.delay(doctorId));
  return doctor === undefined ? refuse({ code: 'doctor_not_found' }) : ok(inForce(delay, context.now));
}

/** @param input `until` is `null` for the end of the day */
export function enterDelay(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  input: { readonly minutes: number; readonly until: Instant | null },
) {
  type Refusal = DoctorNotFound | ActionNotPermitted | InvalidFields;
  return execute(deps, context, {
    loads: [deps.loads.scheduling.doctor(doctorId)],
    decide: (entry): Result<Decision<StoredSchedulingChange, Delay | null>, Refusal> => {
      if (entry === undefined) return refuse({ code: 'doctor_not_found' });
      if (!mayChange(actor, { doctorId })) return refuse({ code: 'action_not_permitted' });
      const delay = setDelay(doctorId, input.minutes, input.until, entry.doctor.timezone, context.now);
      if (!delay.ok) return delay;
      return ok(
        decided({
          value: inForce(delay.value, context.now),
          changes: [{ type: 'delay.set', delay: delay.value }],
          audit: [
            {
              type: 'doctor.delay_set',
              stream: doctorId,
              outcome: 'success',
              resource: { type: 'doctor', id: doctorId },
              details: { minutes: input.minutes },
            },
          ],
          jobs: [tellJob(doctorId)],
        }),
      );
    },
  });
}

/** @returns when to try again; `undefined` when it is done */
export async function tellWaiting(
  deps: Deps,
  context: Context,
  payload: Readonly<Record<string, string>>,
): Promise<Instant | undefined> {
  const { doctorId = '' } = payload;
  if (!isId<'user'>(doctorId)) return undefined;
  const { now } = context;
  const { scheduling } = deps.loads;
  const [delay] = await deps.database.load(scheduling.delay(doctorId));
  if (delay === undefined || now >= delay.endsAt) return undefined;
  const outcome = await execute(deps, context, {
    loads: [scheduling.waiting(delay, now, TOLD_AT_ONCE)],
    decide: (waiting): Result<Decision<StoredSchedulingChange, void>, never> =>
      ok(
        decided({
          value: undefined,
          changes: tellDelay(waiting, now),
          audit: [],
          messages: waiting.flatMap(delayMessages),
          jobs: waiting.length === TOLD_AT_ONCE ? [tellJob(doctorId)] : [],
        }),
      ),
  });
  return outcome.ok ? undefined : now + RETRY_MILLISECONDS;
}
