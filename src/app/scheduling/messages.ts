/** What patients are told of their appointments, and when. */

import type { User } from '../../../domain/identity/user.ts';
import type { Appointment } from '../../../domain/scheduling/appointment.ts';
import type { AppointmentFacts, MessageDraft } from '../../../domain/shared/messages.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { localDateAt, localTimeAt } from '../../../domain/shared/zone.ts';

/** Default lead times of reminders: 24 and 2 hours. */
const REMINDER_LEAD_MINUTES = [24 * 60, 2 * 60] as const;

export function factsOf(appointment: Appointment, doctorName: string): AppointmentFacts {
  const { timezone, start } = appointment;
  return { doctorName, date: localDateAt(timezone, start), startTime: localTimeAt(timezone, start), timezone };
}

type Receiver = Pick<User, 'id' | 'dataKey'>;

function message(
  template: 'appointment-confirmation' | 'appointment-cancelled' | 'appointment-reminder',
  receiver: Receiver,
  appointment: Appointment,
  doctorName: string,
): MessageDraft {
  return {
    template,
    variables: factsOf(appointment, doctorName),
    userId: receiver.id,
    dataKey: receiver.dataKey,
    channel: 'email',
    category: template === 'appointment-reminder' ? 'reminder' : 'appointment',
    appointment: { id: appointment.id, version: appointment.version },
  };
}

/** The confirmation now, and the reminders whose time is still to come, tied to this version (R51). */
export function bookingMessages(
  receiver: Receiver,
  appointment: Appointment,
  doctorName: string,
  now: Instant,
): MessageDraft[] {
  const reminders = REMINDER_LEAD_MINUTES.map((minutes) => appointment.start - minutes * 60_000)
    .filter((sendAt) => sendAt > now)
    .map((sendAt) => ({ ...message('appointment-reminder', receiver, appointment, doctorName), sendAt }));
  return [message('appointment-confirmation', receiver, appointment, doctorName), ...reminders];
}

export function cancellationMessage(receiver: Receiver, appointment: Appointment, doctorName: string): MessageDraft {
  return message('appointment-cancelled', receiver, appointment, doctorName);
}
