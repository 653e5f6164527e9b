/** The audit events of scheduling, each in the stream of the patient concerned. */

import type { AuditDraft, AuditEventType } from '../../../domain/audit-catalog.ts';
import type { Appointment } from '../../../domain/scheduling/appointment.ts';
import type { WaitlistEntryId } from '../../../domain/scheduling/ids.ts';
import type { WaitlistOffer } from '../../../domain/scheduling/waitlist.ts';
import type { HoldId, UserId } from '../../../domain/shared/ids.ts';

type Details = NonNullable<AuditDraft['details']>;

/** Time of a doctor that a command has taken for somebody. */
interface Taken {
  readonly id: Appointment['id'] | HoldId;
  /** Whose stream the event belongs to. */
  readonly patientId: UserId;
  readonly doctorId: UserId;
}

/** Time was booked, moved or held. */
export function bookingAudit(
  type:
    | 'appointment.booked'
    | 'appointment.requested'
    | 'appointment.rescheduled'
    | 'appointment.wall_clock_kept'
    | 'hold.created',
  { id, patientId, doctorId }: Taken,
  details: Details = {},
): AuditDraft {
  return {
    type,
    stream: patientId,
    outcome: 'success',
    resource: { type: type === 'hold.created' ? 'hold' : 'appointment', id },
    details: { doctorId, ...details },
  };
}

/** A new appointment: booked, or requested. */
export function newAppointmentAudit(appointment: Appointment, details: Details): AuditDraft {
  return bookingAudit(
    appointment.status === 'requested' ? 'appointment.requested' : 'appointment.booked',
    appointment,
    details,
  );
}

/** An appointment was changed in another way than moved. */
export function appointmentAudit(type: AuditEventType, { id, patientId }: Appointment, details?: Details): AuditDraft {
  return {
    type,
    stream: patientId,
    outcome: 'success',
    resource: { type: 'appointment', id },
    ...(details === undefined ? {} : { details }),
  };
}

export function offerAudit(
  type:
    | 'waitlist.offered'
    | 'waitlist.offer_accepted'
    | 'waitlist.offer_declined'
    | 'waitlist.offer_expired'
    | 'waitlist.offer_withdrawn',
  { id, patientId }: Pick<WaitlistOffer, 'id' | 'patientId'>,
  details?: Details,
): AuditDraft {
  return {
    type,
    stream: patientId,
    outcome: 'success',
    resource: { type: 'waitlist_offer', id },
    ...(details === undefined ? {} : { details }),
  };
}

export function entryAudit(
  type: 'waitlist.joined' | 'waitlist.left',
  { id, patientId }: { readonly id: WaitlistEntryId; readonly patientId: UserId },
  details?: Details,
): AuditDraft {
  return {
    type,
    stream: patientId,
    outcome: 'success',
    resource: { type: 'waitlist_entry', id },
    ...(details === undefined ? {} : { details }),
  };
}
