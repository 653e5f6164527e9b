/** Plans reminders: writes those that are wanted and not written, and drops those that are wanted no more (ADR 0236). */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import type { NotificationChange } from '../../../domain/notifications/changes.ts';
import { DEFAULT_PREFERENCES } from '../../../domain/notifications/preferences.ts';
import { planReminders as plan, type StoredReminders } from '../../../domain/notifications/reminders.ts';
import type { ToldAppointment } from '../../../domain/scheduling/ports.ts';
import { receiversOf } from '../../../domain/scheduling/receivers.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { isId } from '../../../domain/shared/ids.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { reminderMessages } from '../scheduling/messages.ts';
import type { JobOutcome } from './outcome.ts';
import { planAllJob, planJob } from './reminder-jobs.ts';

type Payload = Readonly<Record<string, string>>;
type Planned = Decision<NotificationChange | StoredSchedulingChange, void>;

const DONE: JobOutcome = { kind: 'done' };
const CONTENDED: JobOutcome = { kind: 'retry', at: null, error: 'contended' };
/** Appointments of one transaction. */
const AT_ONCE = 100;

export async function planReminders(deps: Deps, context: Context, payload: Payload): Promise<JobOutcome> {
  const { appointmentId = '', since = '' } = payload;
  if (!isId<'appointment'>(appointmentId)) return DONE;
  const { now } = context;
  const outcome = await execute(deps, context, {
    loads: [deps.loads.scheduling.remindable(appointmentId, now), deps.loads.notifications.reminders(appointmentId)],
    decide: (record, stored): Result<Planned, never> =>
      ok(record === undefined ? NOTHING : planned(record, stored, { since: instantOf(since, now), now })),
  });
  return outcome.ok ? DONE : CONTENDED;
}

export async function planAllReminders(deps: Deps, context: Context, payload: Payload): Promise<JobOutcome> {
  const { personId = '', proxyId = '', after, since = '' } = payload;
  const of = isId<'user'>(personId) ? { personId } : isId<'proxy'>(proxyId) ? { proxyId } : undefined;
  if (of === undefined || (after !== undefined && !isId<'appointment'>(after))) return DONE;
  const { now } = context;
  const changed = instantOf(since, now);
  const outcome = await execute(deps, context, {
    loads: [deps.loads.scheduling.remindedOf(of, now, after ?? null, AT_ONCE)],
    decide: (ids): Result<Planned, never> => {
      const last = ids.length === AT_ONCE ? ids.at(-1) : undefined;
      const jobs = ids.map((id) => planJob(id, changed));
      return ok({ ...NOTHING, jobs: last === undefined ? jobs : [...jobs, planAllJob(of, changed, last)] });
    },
  });
  return outcome.ok ? DONE : CONTENDED;
}

const NOTHING: Planned = decided({ value: undefined, changes: [], audit: [] });

function planned(
  record: ToldAppointment,
  { written, preferences }: StoredReminders,
  moments: { readonly since: Instant; readonly now: Instant },
): Planned {
  const { appointment } = record;
  const receivers = receiversOf(record);
  const all = [receivers.patient, ...receivers.proxies].map(({ id }) => ({
    id,
    preferences: preferences.get(id) ?? DEFAULT_PREFERENCES,
  }));
  const { write, drop } = plan(appointment, all, written, moments);
  if (write.length === 0 && drop.length === 0) return NOTHING;
  const { id: appointmentId, version } = appointment;
  return decided({
    value: undefined,
    changes: [{ type: 'reminders.planned', appointmentId, version, loaded: written.length, drop }],
    audit: [],
    messages: write.flatMap((wanted) => reminderMessages(receivers, appointment, record, wanted)),
  });
}

/** @param text of a payload. Where there is none, what is due now and before is left */
function instantOf(text: string, now: Instant): Instant {
  return /^\d{1,15}$/.test(text) ? Number(text) : now;
}
