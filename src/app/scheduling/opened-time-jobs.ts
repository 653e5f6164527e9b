/** Time that becomes bookable for many doctors: because a day begins, or by a change of what concerns them all. */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import { rollHorizon } from '../../../domain/scheduling/horizon.ts';
import { decided, type JobDraft } from '../../../domain/shared/changes.ts';
import { isId, type UserId } from '../../../domain/shared/ids.ts';
import type { Interval } from '../../../domain/shared/interval.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { type Instant, MILLISECONDS_PER_DAY } from '../../../domain/shared/time.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { SHOWN_DAYS } from './availability.ts';
import { matchJob } from './freed-time-jobs.ts';

/** Offers time of every doctor to the waitlist, doctor after doctor. */
export const MATCH_ALL_DOCTORS = 'waitlist.match_all';

/** For how many doctors one batch writes jobs. */
const DOCTORS_AT_ONCE = 50;
/** How many batches one run of the regular work makes: the rest follows in the next minute. */
const BATCHES_AT_ONCE = 20;
const RETRY_MILLISECONDS = 1000;

type Payload = Readonly<Record<string, string>>;
type Jobs = Decision<StoredSchedulingChange, void>;

/** A job that offers a period of every doctor to the waitlist. */
export function matchAllJob({ start, end }: Interval, after: UserId | null = null): JobDraft {
  const period = { start: String(start), end: String(end) };
  return { topic: MATCH_ALL_DOCTORS, payload: after === null ? period : { ...period, after } };
}

/** The same after a change of types, rooms or locations, which may open any time that can be booked. */
export function matchEverythingJob(now: Instant): JobDraft {
  return matchAllJob({ start: now, end: now + SHOWN_DAYS * MILLISECONDS_PER_DAY });
}

/** Starts a job for each doctor of a page, and one for the next page, in one batch: it goes on after a restart. */
export async function matchAllDoctors(deps: Deps, context: Context, payload: Payload): Promise<Instant | undefined> {
  const period = { start: Number(payload.start), end: Number(payload.end) };
  const after = payload.after === undefined || !isId<'user'>(payload.after) ? null : payload.after;
  if (!(Math.max(period.start, context.now) < period.end)) return undefined;
  const filter = { specialty: null, doctorIds: null, text: null };
  const outcome = await execute(deps, context, {
    loads: [deps.loads.scheduling.doctors(filter, { after, limit: DOCTORS_AT_ONCE })],
    decide: (found): Result<Jobs, never> => {
      const page = found.slice(0, DOCTORS_AT_ONCE).map(({ doctor }) => doctor.id);
      const last = page.at(-1);
      const next = found.length > DOCTORS_AT_ONCE && last !== undefined ? [matchAllJob(period, last)] : [];
      const jobs = [...page.map((doctorId) => matchJob({ doctorId, ...period })), ...next];
      return ok(decided({ value: undefined, changes: [], audit: [], jobs }));
    },
  });
  return outcome.ok ? undefined : context.now + RETRY_MILLISECONDS;
}

/** Notes for each doctor whose day has begun what is bookable from now on, and starts jobs that offer it. */
export async function rollHorizons(deps: Deps, context: Context): Promise<void> {
  for (let batch = 0; batch < BATCHES_AT_ONCE; batch++) {
    const outcome = await execute(deps, context, {
      loads: [deps.loads.waitlist.dueHorizons(context.now, DOCTORS_AT_ONCE), deps.loads.scheduling.appointmentTypes()],
      decide: (due, types): Result<Decision<StoredSchedulingChange, boolean>, never> => {
        const rolled = due.map((doctor) => rollHorizon(doctor, types, context.now));
        return ok(
          decided({
            value: due.length === DOCTORS_AT_ONCE,
            changes: rolled.map(({ change }) => change),
            audit: [],
            jobs: rolled.flatMap(({ change: { doctorId }, opened }) =>
              opened.map(({ at, ...period }) => matchJob({ doctorId, ...period }, at)),
            ),
          }),
        );
      },
    });
    // Another process has done it.
    if (!outcome.ok || !outcome.value) return;
  }
}
