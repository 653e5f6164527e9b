/** The waitlist as patients and the clinic use it. */
import type { StoredSchedulingChange } from '../../../domain/changes.ts';
import type { BookingRefusal, InvalidFields, WaitlistRefusal } from '../../../domain/scheduling/errors.ts';
import type { WaitlistEntryId, WaitlistOfferId } from '../../../domain/scheduling/ids.ts';
import type { AppointmentRecord, EntryRecord } from '../../../domain/scheduling/ports.ts';
import {
  acceptOffer,
  declineOffer,
  joinWaitlist,
  type WaitlistWishes,
  withdrawEntry,
} from '../../../domain/scheduling/waitlist.ts';
import { isAllowed, type KnownActor } from '../../../domain/shared/actor.ts';
import { type Decision, decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { localDateAt, UTC } from '../../../domain/shared/zone.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { bookerOf, keyed, keyedFor, matchJob, type SchedulingCommit, schedulingActor, timeConflict } from './acting.ts';
import { bookingMessages } from './messages.ts';

export interface JoinInput extends Omit<WaitlistWishes, 'appointmentTypeId'> {
  readonly typeCode: string;
  readonly patientId: UserId;
  /** Set by the clinic; 0 for patients. */
  readonly rank: number;
}

interface Joined {
  readonly record: EntryRecord;
  readonly patientKey: DataKey;
}

export type JoinRefusal =
  | WaitlistRefusal
  | InvalidFields
  | { readonly code: 'doctor_not_found' }
  | { readonly code: 'appointment_type_not_found' }
  | { readonly code: 'not_found' };

export function addToWaitlist(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: JoinInput,
  represent: (record: EntryRecord) => Representation,
) {
  const { scheduling, identity, waitlist } = deps.loads;
  const { typeCode, patientId, rank, ...wishes } = input;
  const entryId = newId<'waitlist_entry'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [
        scheduling.appointmentTypes(),
        scheduling.doctor(wishes.doctorId ?? patientId),
        identity.user(patientId),
        waitlist.openEntries(patientId),
        scheduling.mayActFor(bookerOf(actor, context), patientId),
      ],
      decide: (
        types,
        doctor,
        patient,
        openEntries,
        mayActFor,
      ): Result<Decision<SchedulingCommit, Joined>, JoinRefusal> => {
        if (patient?.role !== 'patient' || !mayActFor) {
          return refuse({ code: 'not_found' });
        }
        const type = types.find(({ code, active }) => code === typeCode && active);
        if (type === undefined) return refuse({ code: 'appointment_type_not_found' });
        if (wishes.doctorId !== null && doctor === undefined) return refuse({ code: 'doctor_not_found' });
        const joined = joinWaitlist(
          { ...wishes, appointmentTypeId: type.id },
          {
            now: context.now,
            policy: deps.settings.scheduling,
            entryId,
            patientId,
            rank,
            openEntries,
            today: addDays(localDateAt(UTC, context.now), -1),
          },
        );
        if (!joined.ok) return joined;
        return ok(
          decided({
            value: { record: { entry: joined.value.entry, typeCode, openOffer: null }, patientKey: patient.dataKey },
            changes: keyedFor(patient.dataKey, joined.value.changes),
            audit: [
              {
                type: 'waitlist.joined',
                stream: patientId,
                outcome: 'success',
                resource: { type: 'waitlist_entry', id: entryId },
                details: { type: typeCode, rank },
              },
            ],
          }),
        );
      },
      answerOf: ({ patientKey }) => patientKey,
    },
    ({ record }) => represent(record),
  );
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

/** An open offer goes with the entry, and its time to the next one who waits. */
export function leaveWaitlist(deps: Deps, context: Context, actor: KnownActor, id: WaitlistEntryId) {
  // Doctors have no waitlist of their own; staff take anybody off.
  const forPatients = actor.role !== 'doctor' && isAllowed(actor, 'book:patient_appointment');
  const whose = forPatients ? null : actor.userId;
  return execute(deps, context, {
    loads: [deps.loads.waitlist.entry(id, whose)],
    decide: (record): Result<Decision<SchedulingCommit, void>, WaitlistRefusal> => {
      if (record === undefined) return refuse({ code: 'waitlist_entry_not_found' });
      const { entry, openOffer } = record;
      const changes = withdrawEntry(entry, openOffer, context.now);
      if (!changes.ok) return changes;
      return ok(
        decided({
          value: undefined,
          changes: changes.value,
          audit: [
            {
              type: 'waitlist.left',
              stream: entry.patientId,
              outcome: 'success',
              resource: { type: 'waitlist_entry', id },
            },
          ],
          jobs: openOffer === null ? [] : [matchJob(openOffer)],
        }),
      );
    },
  });
}

export type AcceptRefusal = BookingRefusal | WaitlistRefusal;

/** Books the offered time through the hold that kept it. */
export function acceptTheOffer(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: WaitlistOfferId,
  represent: (record: AppointmentRecord) => Representation,
) {
  const { waitlist } = deps.loads;
  const appointmentId = newId<'appointment'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [waitlist.offer(id), waitlist.offerState(id, context.now)],
      decide: (record, state): Result<Decision<SchedulingCommit, AppointmentRecord>, AcceptRefusal> => {
        if (record === undefined || state === undefined) return refuse({ code: 'offer_not_found' });
        const accepted = acceptOffer(state, record, {
          actor: schedulingActor(actor),
          now: context.now,
          policy: deps.settings.scheduling,
          appointmentId,
          seriesId: null,
        });
        if (!accepted.ok) return accepted;
        const { appointment, changes, waitlist: moved } = accepted.value;
        const { patientKey, typeCode, doctorName } = record;
        const stream = appointment.patientId;
        return ok(
          decided({
            value: { appointment, typeCode, doctorName, patientKey },
            changes: [...keyed(deps, context, changes, patientKey), ...(moved as readonly StoredSchedulingChange[])],
            audit: [
              {
                type: 'waitlist.offer_accepted',
                stream,
                outcome: 'success',
                resource: { type: 'waitlist_offer', id },
              },
              {
                type: 'appointment.booked',
                stream,
                outcome: 'success',
                resource: { type: 'appointment', id: appointmentId },
                details: { doctorId: appointment.doctorId, type: typeCode, offerId: id },
              },
            ],
            messages: bookingMessages({ id: stream, dataKey: patientKey }, appointment, doctorName, context.now),
          }),
        );
      },
      onConflict: timeConflict,
      answerOf: ({ patientKey }) => patientKey,
    },
    represent,
  );
}

export function declineTheOffer(deps: Deps, context: Context, actor: KnownActor, id: WaitlistOfferId) {
  return execute(deps, context, {
    loads: [deps.loads.waitlist.offer(id)],
    decide: (record): Result<Decision<SchedulingCommit, void>, WaitlistRefusal> => {
      if (record === undefined) return refuse({ code: 'offer_not_found' });
      const { offer, entry } = record;
      const changes = declineOffer(offer, entry, { actor: schedulingActor(actor), now: context.now });
      if (!changes.ok) return changes;
      return ok(
        decided({
          value: undefined,
          changes: changes.value,
          audit: [
            {
              type: 'waitlist.offer_declined',
              stream: offer.patientId,
              outcome: 'success',
              resource: { type: 'waitlist_offer', id },
            },
          ],
          jobs: [matchJob(offer)],
        }),
      );
    },
  });
}
