/** Representations of scheduling resources, and what their routes have in common. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { APPOINTMENT_STATUSES, MAKER_KINDS } from '../../../../domain/scheduling/appointment.ts';
import type { Location } from '../../../../domain/scheduling/location.ts';
import type { AppointmentRecord } from '../../../../domain/scheduling/ports.ts';
import type { Slot } from '../../../../domain/scheduling/slots.ts';
import { actions } from '../../../../domain/scheduling/transitions.ts';
import { VISIT_MODES } from '../../../../domain/scheduling/visit-mode.ts';
import { isAllowed, type KnownActor } from '../../../../domain/shared/actor.ts';
import { daysBetween, formatInstant, type LocalDate } from '../../../../domain/shared/time.ts';
import { localDateAt, localTimeAt, type ZoneId } from '../../../../domain/shared/zone.ts';
import { DEMO_IDS } from '../../../app/demo-clinic.ts';
import { isDoctorOf, mayChange, mayReadClinicalText, policyOf } from '../../../app/scheduling/actors.ts';
import type { AppEnv } from '../../env.ts';
import { notYours, parameterProblem, required, requiredParameter } from '../../faults.ts';
import { linkTo } from '../../links.ts';
import { Problem } from '../../problems.ts';
import { damagedSchema, links, personId, targetId } from '../../schemas.ts';
import {
  shownCode,
  shownDate,
  shownFullName,
  shownId,
  shownInstant,
  shownText,
  shownTime,
  shownUrl,
  shownZone,
} from '../../shown.ts';
import { presentPlace, presentVenue, takenSchema, venueSchema } from './venue.ts';

export const MAXIMUM_DAYS = 31;

export const slotSchema = z
  .object({
    start: shownInstant,
    end: shownInstant.openapi({ example: '2026-12-15T09:00:00Z' }),
    date: shownDate,
    startTime: shownTime,
    endTime: shownTime.openapi({ example: '10:00' }),
    timezone: shownZone,
    location: venueSchema.nullable(),
  })
  .openapi('Slot', { description: 'date, startTime and endTime are wall-clock in timezone, the doctor’s' });

export function presentSlot(slot: Slot, timezone: ZoneId, locations: readonly Location[]) {
  return {
    start: formatInstant(slot.start),
    end: formatInstant(slot.end),
    date: slot.date as string,
    startTime: localTimeAt(timezone, slot.start) as string,
    endTime: localTimeAt(timezone, slot.end) as string,
    timezone: timezone as string,
    location: presentVenue(locations.find(({ id }) => id === slot.locationId)),
  };
}

const WORDS = 'Left out for proxies, and for API keys that may change but not read the appointment';

export const appointmentSchema = z
  .object({
    id: shownId.openapi({ example: DEMO_IDS.visits[3] }),
    patientId: shownId.openapi({ example: DEMO_IDS.patient }),
    doctorId: shownId.openapi({ example: DEMO_IDS.okafor }),
    doctorName: shownFullName('Chidi Okafor').openapi({
      description: '`a former doctor` once the doctor’s account is closed',
    }),
    additionalDoctors: z
      .array(z.object({ id: shownId, name: shownFullName('Yuki Sato'), _links: links }))
      .openapi({ description: 'Who takes part besides the doctor, who leads the visit' }),
    appointmentDate: shownDate,
    startTime: shownTime,
    endTime: shownTime.openapi({ example: '10:00' }),
    timezone: shownZone,
    start: shownInstant,
    end: shownInstant.openapi({ example: '2026-12-15T09:00:00Z' }),
    durationMinutes: z.int().openapi({ example: 30 }),
    status: z.enum(APPOINTMENT_STATUSES),
    appointmentType: shownCode('consultation'),
    visitMode: z.enum(VISIT_MODES),
    videoLink: shownUrl.nullable().optional().openapi({
      description: 'For patient and doctor: where they meet by video; null when the doctor has given none',
    }),
    location: venueSchema.nullable(),
    resources: z.array(takenSchema).openapi({ description: 'The rooms and devices that it takes' }),
    reason: shownText(1000, 'A cough that does not go away').nullable().optional().openapi({ description: WORDS }),
    symptoms: shownText(2000, 'Coughing at night').nullable().optional().openapi({ description: WORDS }),
    notes: shownText(4000, 'Lungs clear')
      .nullable()
      .optional()
      .openapi({ description: 'The clinic’s; never shown to the patient' }),
    damaged: damagedSchema,
    cancellation: z
      .object({
        at: shownInstant,
        by: shownId.nullable(),
        byKind: z.enum(MAKER_KINDS).openapi({ description: '`proxy`: somebody who acts for the patient' }),
        reason: shownText(1000, 'I feel better').nullable().optional(),
      })
      .nullable(),
    outsideRules: z.boolean().openapi({ description: 'Placed by the clinic although rules stood against it' }),
    exceptionReason: shownText(500, 'Walked in with a high fever')
      .nullable()
      .optional()
      .openapi({ description: 'Why it was placed outside the rules; never shown to the patient' }),
    seriesId: shownId.nullable().openapi({ example: null }),
    version: z.int(),
    createdAt: shownInstant,
    updatedAt: shownInstant,
    _links: links,
  })
  .openapi('Appointment');

/** The operation of each action. */
const OPERATION_OF = {
  edit: 'updateAppointment',
  cancel: 'cancelAppointment',
  reschedule: 'rescheduleAppointment',
  approve: 'approveRequest',
  decline: 'declineRequest',
  confirm: 'confirmAppointment',
  arrive: 'recordArrival',
  room: 'recordRoom',
  check_in: 'checkInPatient',
  complete: 'completeAppointment',
  leave: 'recordLeft',
  no_show: 'recordNoShow',
  undo: 'undoStep',
} as const;

/** The appointment with the fields the caller may see, and links to the actions that are allowed now. */
export function presentAppointment(c: HonoContext<AppEnv>, actor: KnownActor, record: AppointmentRecord) {
  const { appointment: a, doctorName, typeCode } = record;
  const { id } = a;
  const kind = a.patientId === actor.userId ? 'patient' : actor.role;
  const changes = isAllowed(actor, actor.role === 'patient' ? 'change:own_appointment' : 'run:appointments');
  const { now } = c.get('context');
  const open = changes && mayChange(actor, a) ? actions(a, kind, now, policyOf(c.get('deps'), record.limits)) : [];
  const readable = mayReadClinicalText(actor, a);
  return {
    id: a.id as string,
    patientId: a.patientId as string,
    doctorId: a.doctorId as string,
    doctorName,
    additionalDoctors: record.venue.additionalDoctors.map((doctor) => ({
      id: doctor.id as string,
      name: doctor.name,
      _links: { doctor: linkTo('getDoctor', { id: doctor.id }) },
    })),
    appointmentDate: localDateAt(a.timezone, a.start) as string,
    startTime: localTimeAt(a.timezone, a.start) as string,
    endTime: localTimeAt(a.timezone, a.end) as string,
    timezone: a.timezone as string,
    start: formatInstant(a.start),
    end: formatInstant(a.end),
    durationMinutes: (a.end - a.start) / 60_000,
    status: a.status,
    appointmentType: typeCode,
    ...presentPlace(record, kind === 'patient' || isDoctorOf(actor, a)),
    ...(readable ? { reason: a.reason, symptoms: a.symptoms } : {}),
    ...(readable && kind !== 'patient' ? { notes: a.notes } : {}),
    ...(readable && a.damaged !== undefined ? { damaged: [...a.damaged] } : {}),
    cancellation:
      a.cancellation === null
        ? null
        : {
            at: formatInstant(a.cancellation.at),
            by: a.cancellation.by as string | null,
            byKind: a.cancellation.byKind,
            ...(readable ? { reason: a.cancellation.reason } : {}),
          },
    outsideRules: a.outsideRules,
    ...(readable && kind !== 'patient' ? { exceptionReason: a.exceptionReason } : {}),
    seriesId: a.seriesId as string | null,
    version: a.version,
    createdAt: formatInstant(a.createdAt),
    updatedAt: formatInstant(a.updatedAt),
    _links: {
      self: linkTo('getAppointment', { id }),
      calendar: linkTo('getAppointmentCalendar', { id }),
      ...Object.fromEntries(a.intake === null ? [] : [['intake', linkTo('getIntake', { id })]]),
      ...Object.fromEntries(open.map((action) => [action, linkTo(OPERATION_OF[action], { id })])),
    },
  };
}

export const doctorParams = z.object({ id: personId('doctor', 'The doctor') });
export const appointmentParams = z.object({ id: targetId('appointment', 'The appointment') });

export function dateRange(query: {
  date?: LocalDate | undefined;
  from?: LocalDate | undefined;
  to?: LocalDate | undefined;
}) {
  const from = query.date ?? query.from;
  if (from === undefined) throw requiredParameter(query.to === undefined ? 'date' : 'from');
  if (query.date !== undefined && (query.from !== undefined || query.to !== undefined)) {
    throw parameterProblem('date', 'conflict', 'give either date, or from and to');
  }
  const to = query.date ?? query.to ?? from;
  const days = daysBetween(from, to) + 1;
  if (days < 1) throw parameterProblem('to', 'end_before_start', 'must not be before from');
  if (days > MAXIMUM_DAYS) throw parameterProblem('to', 'out_of_range', `expected ${MAXIMUM_DAYS} days at most`);
  return { from, to };
}

/** Patients may not write notes, and an API key needs the scope `write:clinical_notes`. */
export function refuseNotes(actor: KnownActor, notes: string | null | undefined): void {
  if (notes === undefined || isAllowed(actor, 'write:clinical_notes')) return;
  if (actor.role === 'patient') throw notYours('/notes');
  throw new Problem({ code: 'forbidden', detail: 'Notes need the permission write:clinical_notes.' });
}

/**
 * The patient that a booking is for: the caller, or somebody for whom the caller is a proxy, which the use case verifies. Staff, doctors
 * and administrators must send `patientId`.
 * Refuses notes that the caller may not write.
 */
export function bookingParty(
  actor: KnownActor,
  body: { readonly patientId?: KnownActor['userId'] | undefined; readonly notes?: string | undefined },
): KnownActor['userId'] {
  const byPatient = !isAllowed(actor, 'book:patient_appointment');
  refuseNotes(actor, body.notes);
  if (!byPatient && body.patientId === undefined) throw required('/patientId');
  return body.patientId ?? actor.userId;
}
