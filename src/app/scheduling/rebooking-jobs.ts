/** The job that settles the appointments of a rebooking, one batch for each. */
import type { Decision } from '../../../domain/changes.ts';
import type { RebookingId } from '../../../domain/scheduling/ids.ts';
import type { BookingNames, ToldAppointment } from '../../../domain/scheduling/ports.ts';
import { type Rebooked, type Rebooking, rebook, SEARCHED_DAYS } from '../../../domain/scheduling/rebooking.ts';
import type { PendingRebooking } from '../../../domain/scheduling/rebooking-ports.ts';
import { receiversOf } from '../../../domain/scheduling/receivers.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import type { OfferReceivers } from '../../../domain/scheduling/waitlist.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { isId } from '../../../domain/shared/ids.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { addDays, type Instant } from '../../../domain/shared/time.ts';
import { localDateAt, UTC } from '../../../domain/shared/zone.ts';
import { commit, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { policyOf } from './actors.ts';
import { continueJob } from './affected.ts';
import { appointmentAudit, entryAudit, offerAudit } from './audit-events.ts';
import { EXPIRE_OFFER } from './freed-time-jobs.ts';
import { type SchedulingCommit, withDataKey, withPatientKey } from './keyed-changes.ts';
import { rebookedMessages } from './messages.ts';
import { GROUP_DECISIONS, timeConflict } from './time-conflict.ts';
import { keptMessages } from './waitlist-messages.ts';

/** How many appointments one job settles. It starts another job when it settled that many. */
const SETTLED_AT_ONCE = 25;
const RETRY_MILLISECONDS = 1000;

/** @returns when to try again; `undefined` when it is done */
export async function continueRebooking(
  deps: Deps,
  context: Context,
  payload: Readonly<Record<string, string>>,
): Promise<Instant | undefined> {
  const { rebookingId = '' } = payload;
  if (!isId<'rebooking'>(rebookingId)) return undefined;
  const { rebookings } = deps.loads;
  const [rebooking, pending] = await deps.database.load(
    rebookings.rebooking(rebookingId),
    rebookings.pending(rebookingId, SETTLED_AT_ONCE),
  );
  if (rebooking === undefined) return undefined;
  let isContended = false;
  for (const each of pending) {
    const outcome = await settle(deps, context, rebooking, each);
    isContended ||= !outcome.ok;
  }
  if (isContended) return context.now + RETRY_MILLISECONDS;
  if (pending.length === SETTLED_AT_ONCE) {
    const next = decided({ value: undefined, changes: [], audit: [], jobs: [continueJob(rebookingId)] });
    await commit(deps, context, next);
  }
  return undefined;
}

function settle(
  deps: Deps,
  context: Context,
  rebooking: Rebooking,
  { appointmentId, patientId, start }: PendingRebooking,
) {
  const { rebookings, scheduling, waitlist, none } = deps.loads;
  const from = localDateAt(UTC, Math.max(start, context.now));
  const dates = { from: addDays(from, -1), to: addDays(from, SEARCHED_DAYS + 1) };
  const ids = {
    entryId: newId<'waitlist_entry'>(deps, context.now),
    offerId: newId<'waitlist_offer'>(deps, context.now),
    holdId: newId<'hold'>(deps, context.now),
  };
  return execute(deps, context, {
    loads: [
      rebookings.rebooked(rebooking.id, appointmentId, context.now),
      rebooking.action === 'cancel'
        ? none
        : scheduling.moveState({
            appointmentId,
            doctorId: rebooking.toDoctorId,
            dates,
            following: false,
            now: context.now,
          }),
      rebookings.offeredBefore(appointmentId, rebooking.toDoctorId),
      waitlist.offerReceivers(patientId, context.now),
    ],
    decide: (
      record,
      target,
      offeredBefore,
      receivers,
    ): Result<Decision<SchedulingCommit, void>, { readonly code: 'slot_taken' }> => {
      if (record === undefined || receivers === undefined) return ok(unchanged(rebooking.id, appointmentId));
      const { appointment } = record;
      const state = { appointment, target: target ?? null, offeredBefore };
      const rebooked = rebook(rebooking, state, { now: context.now, policy: policyOf(deps, record.limits), ids });
      if (rebooked.outcome === 'unchanged') return ok(unchanged(rebooking.id, appointmentId));
      return ok(settledDecision(deps, context, rebooking, record, rebooked, target, receivers));
    },
    // Patients book the same free times meanwhile: the next decision finds another one.
    reloadOnConflict: true,
    decisions: GROUP_DECISIONS,
    onConflict: (code) => {
      timeConflict(code);
      return { code: 'slot_taken' as const };
    },
  });
}

/** For an appointment that was cancelled, begun or erased meanwhile, or settled by another job. */
function unchanged(rebookingId: RebookingId, appointmentId: PendingRebooking['appointmentId']) {
  const settled = {
    type: 'rebooking.settled',
    rebookingId,
    appointmentId,
    outcome: 'unchanged',
    entryId: null,
  } as const;
  return decided({ value: undefined, changes: [settled], audit: [] });
}

function settledDecision(
  deps: Deps,
  context: Context,
  { id, message }: Rebooking,
  record: ToldAppointment,
  { outcome, changes, appointment, offer }: Rebooked,
  target: (BookingState & BookingNames) | undefined,
  receivers: OfferReceivers,
): Decision<SchedulingCommit, void> {
  const cause = { rebookingId: id };
  const entries = changes.flatMap((change) => (change.type === 'waitlist.entry_added' ? [change.entry] : []));
  const keyed = changes.flatMap((change): SchedulingCommit[] =>
    change.type === 'waitlist.entry_added'
      ? withDataKey(record.patientKey, [change])
      : withPatientKey(deps, context, [change], record.patientKey),
  );
  const settled = {
    ...({ type: 'rebooking.settled', rebookingId: id, appointmentId: appointment.id, outcome } as const),
    entryId: entries[0]?.id ?? null,
  };
  const offered =
    offer === null || target === undefined
      ? null
      : { offer, timezone: target.availability.timezone, doctorName: target.doctorName };
  return decided({
    value: undefined,
    // The row of the appointment names the entry, so it comes after it.
    changes: [...keyed, settled],
    audit: [
      appointmentAudit('appointment.cancelled', appointment, cause),
      ...entries.map((entry) => entryAudit('waitlist.joined', entry, cause)),
      ...(offer === null ? [] : [offerAudit('waitlist.offered', offer, { doctorId: offer.doctorId, ...cause })]),
    ],
    messages: [
      ...rebookedMessages(receiversOf(record), appointment, record, {
        ...{ message, offered, isWaiting: outcome === 'waiting' },
      }),
      ...(offered === null ? [] : keptMessages(receivers, offered.offer, offered.timezone)),
    ],
    jobs: [
      // The time that is given up is offered to nobody: the doctor is not there.
      ...(offer === null ? [] : [{ topic: EXPIRE_OFFER, payload: { offerId: offer.id }, notBefore: offer.expiresAt }]),
    ],
  });
}
