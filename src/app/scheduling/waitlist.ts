/** Joining and leaving the waitlist. */

import type { Decision } from '../../../domain/changes.ts';
import {
  type AppointmentType,
  type AppointmentTypeNotFound,
  busyRange,
} from '../../../domain/scheduling/appointment-type.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import { doctorsAtOnce, onlyWindow, SEARCHED_DAYS } from '../../../domain/scheduling/earliest-search.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import { freeNow } from '../../../domain/scheduling/free-now.ts';
import type { WaitlistEntryId } from '../../../domain/scheduling/ids.ts';
import type { Slot } from '../../../domain/scheduling/slots.ts';
import {
  joinWaitlist,
  type WaitlistEntry,
  type WaitlistOffer,
  type WaitlistRefusal,
  withdrawEntry,
} from '../../../domain/scheduling/waitlist.ts';
import type { WaitlistCriteria } from '../../../domain/scheduling/waitlist-criteria.ts';
import type { EntryRecord } from '../../../domain/scheduling/waitlist-ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Interval } from '../../../domain/shared/interval.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { localDateAt, UTC } from '../../../domain/shared/zone.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { bookingViewer } from './actors.ts';
import { entryAudit } from './audit-events.ts';
import type { PersonNotFound } from './booking-authorisation.ts';
import { deferredJob, matchJob } from './freed-time-jobs.ts';
import { type SchedulingCommit, withDataKey } from './keyed-changes.ts';

export interface JoinInput extends Omit<WaitlistCriteria, 'appointmentTypeId'> {
  readonly typeCode: string;
  readonly patientId: UserId;
  /** Set by the clinic; 0 for patients. */
  readonly rank: number;
}

export interface Joined {
  readonly record: EntryRecord;
  /** Times that meet the wish and are free now. */
  readonly free: readonly Slot[];
  readonly patientKey: DataKey;
}

export type JoinRefusal = WaitlistRefusal | InvalidFields | DoctorNotFound | AppointmentTypeNotFound | PersonNotFound;

export function addToWaitlist(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: JoinInput,
  represent: (joined: Joined) => Representation,
) {
  const { scheduling, identity, waitlist } = deps.loads;
  const { typeCode, patientId, rank, ...criteria } = input;
  const { doctorId } = criteria;
  const { now } = context;
  const entryId = newId<'waitlist_entry'>(deps, now);
  return executeOnce(
    deps,
    context,
    {
      loads: [
        scheduling.appointmentTypes(),
        ...doctorLoads(deps, doctorId, patientId),
        waitlist.zonesServing(criteria, typeCode),
        identity.user(patientId),
        waitlist.openEntries(patientId),
        scheduling.mayActFor(bookingViewer(actor, context), patientId),
        ...freeTimeLoads(deps, context, input),
      ],
      decide: (
        ...[types, doctor, isKnownPatient, zones, patient, openEntries, mayActFor, searched, times]
      ): Result<Decision<SchedulingCommit, Joined>, JoinRefusal> => {
        if (patient?.role !== 'patient' || !mayActFor) return refuse({ code: 'not_found' });
        const type = types.find(({ code, active }) => code === typeCode && active);
        if (type === undefined || (type.bookableBy === 'clinic' && actor.role === 'patient'))
          return refuse({ code: 'appointment_type_not_found' });
        if (doctorId !== null && doctor === undefined) return refuse({ code: 'doctor_not_found' });
        const joined = joinWaitlist(
          { ...criteria, appointmentTypeId: type.id },
          {
            ...{ now, policy: deps.settings.scheduling, entryId, patientId, rank, openEntries },
            servers: { type, doctor: doctor?.doctor ?? null, zones },
            isKnownPatient: isKnownPatient === true,
          },
        );
        if (!joined.ok) return joined;
        const { entry, changes } = joined.value;
        const record = { entry, typeCode, openOffer: null, later: null };
        return ok(
          decided({
            value: { record, free: freeNow(criteria, searched, times, now), patientKey: patient.dataKey },
            changes: withDataKey(patient.dataKey, changes),
            audit: [entryAudit('waitlist.joined', entry, { type: typeCode, rank })],
          }),
        );
      },
      answerOf: ({ patientKey }) => patientKey,
    },
    represent,
  );
}

function doctorLoads({ loads: { scheduling, waitlist, none } }: Deps, doctorId: UserId | null, patientId: UserId) {
  return [
    doctorId === null ? none : scheduling.doctor(doctorId),
    doctorId === null ? none : waitlist.isKnownTo(doctorId, patientId),
  ] as const;
}

/** What the times that are free now are computed from. */
function freeTimeLoads({ loads: { scheduling, waitlist } }: Deps, { now }: Context, input: JoinInput) {
  const { typeCode, patientId, doctorId, specialty } = input;
  // The earliest date that is today somewhere: the zones of the doctors are not known yet.
  const today = addDays(localDateAt(UTC, now), -1);
  const from = input.from > today ? input.from : today;
  const furthest = addDays(from, SEARCHED_DAYS);
  const last = input.to < furthest ? input.to : furthest;
  // Dates that end before they begin, or are past, are refused by the decision. The load needs a valid range nevertheless.
  const dates = { from, to: last < from ? from : last };
  const window = onlyWindow(dates, now);
  const filter = { specialty, doctorIds: doctorId === null ? null : [doctorId], text: null };
  return [
    scheduling.searched({ typeCode, filter, window, after: null, doctors: doctorsAtOnce(window), patientId, now }),
    waitlist.patientTimes(patientId, typeCode, dates, now),
  ] as const;
}

/** A page of one patient's entries, with what is offered now; the reading is recorded. */
export async function readWaitlist(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  patientId: UserId,
  page: { readonly after: WaitlistEntryId | null; readonly limit: number },
): Promise<Result<EntryRecord[], { readonly code: 'not_found' }>> {
  const entry = recordEvent(deps, context, { type: 'waitlist.listed', stream: patientId, outcome: 'success' });
  const load = deps.loads.waitlist.entriesRead(patientId, viewerOf(actor, context), page);
  const found = await deps.database.loadRecorded(load, [entry]);
  return found === undefined ? refuse({ code: 'not_found' }) : ok(found);
}

/** Withdraws an entry and its open offer. The offered time is then offered to the next entry. Doctors withdraw none. */
export function leaveWaitlist(deps: Deps, context: Context, actor: KnownActor, id: WaitlistEntryId) {
  return execute(deps, context, {
    loads: [deps.loads.waitlist.entry(id, bookingViewer(actor, context)), deps.loads.scheduling.appointmentTypes()],
    decide: (record, types): Result<Decision<SchedulingCommit, void>, WaitlistRefusal> => {
      if (record === undefined || actor.role === 'doctor') return refuse({ code: 'waitlist_entry_not_found' });
      const { entry, openOffer } = record;
      const changes = withdrawEntry(entry, openOffer, context.now);
      if (!changes.ok) return changes;
      return ok(
        decided({
          value: undefined,
          changes: changes.value,
          audit: [entryAudit('waitlist.left', entry)],
          jobs:
            openOffer === null
              ? []
              : [matchJob({ ...openOffer, ...timeOfOffer(types, entry, openOffer) }), deferredJob(openOffer)],
        }),
      );
    },
  });
}

/** The time of an offer with the buffers of the type. */
export function timeOfOffer(
  types: readonly AppointmentType[],
  { appointmentTypeId }: WaitlistEntry,
  { start, end }: WaitlistOffer,
): Interval {
  const type = types.find(({ id }) => id === appointmentTypeId);
  return type === undefined ? { start, end } : busyRange(type, start);
}
