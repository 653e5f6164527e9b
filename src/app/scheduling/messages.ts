/** Messages to patients about appointments and waitlist offers, and when they are sent. */

import type { User } from '../../../domain/identity/user.ts';
import type { MessageDraft } from '../../../domain/messages.ts';
import type { Appointment } from '../../../domain/scheduling/appointment.ts';
import { visitOf } from '../../../domain/scheduling/calendar-visit.ts';
import { expectedStart, type WaitingPatient } from '../../../domain/scheduling/delay.ts';
import { placeInWords } from '../../../domain/scheduling/location.ts';
import type { AppointmentFacts } from '../../../domain/scheduling/messages.ts';
import type { AppointmentRecord } from '../../../domain/scheduling/ports.ts';
import type { WaitlistOffer } from '../../../domain/scheduling/waitlist.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { localDateAt, localTimeAt, type ZoneId } from '../../../domain/shared/zone.ts';

/** Default lead times of reminders: 24 and 2 hours. */
const REMINDER_LEAD_MINUTES = [24 * 60, 2 * 60] as const;

/** What a message says of an appointment besides its time. */
export type Told = Pick<AppointmentRecord, 'doctorName' | 'venue'>;

export function timeOf({ timezone, start }: Pick<Appointment, 'timezone' | 'start'>) {
  return { date: localDateAt(timezone, start), startTime: localTimeAt(timezone, start), timezone };
}

export function factsOf(
  appointment: Pick<Appointment, 'timezone' | 'start' | 'visitMode'>,
  { doctorName, venue }: Told,
): AppointmentFacts {
  const { visitMode } = appointment;
  return {
    doctorName: [doctorName, ...venue.additionalDoctors.map(({ name }) => name)].join(', '),
    ...timeOf(appointment),
    place: visitMode === 'in_person' && venue.location !== null ? placeInWords(venue.location) : null,
    visitMode,
    videoLink: visitMode === 'video' ? venue.videoLink : null,
  };
}

/** The facts of a mail that carries the appointment as a file for calendars. */
function filedFactsOf(appointment: Appointment, told: Told): AppointmentFacts {
  return { ...factsOf(appointment, told), calendar: [visitOf(appointment, told.venue.location)] };
}

export type Receiver = Pick<User, 'id' | 'dataKey'>;

export function patientOf({ appointment, patientKey }: AppointmentRecord): Receiver {
  return { id: appointment.patientId, dataKey: patientKey };
}

/** The fields that all messages about an appointment share. */
function toPatient(receiver: Receiver, appointment: Appointment) {
  return {
    userId: receiver.id,
    dataKey: receiver.dataKey,
    appointment: { id: appointment.id, version: appointment.version },
  } as const;
}

/** Reminders that are still due, tied to this version of the appointment (R51). A request has none before it is approved. */
export function reminderMessages(
  receiver: Receiver,
  appointment: Appointment,
  told: Told,
  now: Instant,
): MessageDraft[] {
  if (appointment.status === 'requested') return [];
  return REMINDER_LEAD_MINUTES.map((minutes) => appointment.start - minutes * 60_000)
    .filter((sendAt) => sendAt > now)
    .map((sendAt) => ({
      ...toPatient(receiver, appointment),
      template: 'appointment-reminder',
      variables: factsOf(appointment, told),
      sendAt,
    }));
}

/** The confirmation, sent at once, and the reminders; for a request, that the clinic will answer. */
export function bookingMessages(
  receiver: Receiver,
  appointment: Appointment,
  told: Told,
  now: Instant,
): MessageDraft[] {
  return [
    {
      ...toPatient(receiver, appointment),
      template: appointment.status === 'requested' ? 'appointment-requested' : 'appointment-confirmation',
      variables: filedFactsOf(appointment, told),
    },
    ...reminderMessages(receiver, appointment, told, now),
  ];
}

/** @param how what ended it */
export function cancellationMessage(
  receiver: Receiver,
  appointment: Appointment,
  told: Told,
  how: 'cancelled' | 'declined' | 'request-expired' = 'cancelled',
): MessageDraft {
  return {
    ...toPatient(receiver, appointment),
    template: `appointment-${how}`,
    variables: filedFactsOf(appointment, told),
  };
}

/**
 * Tells that the clinic gives up the appointment, in its words, and what it offers instead.
 * @param receiver the patient, or who acts for the patient
 */
export function rebookedMessage(
  receiver: Receiver,
  appointment: Appointment,
  told: Told,
  {
    message,
    offered,
    isWaiting,
  }: {
    readonly message: string | null;
    readonly offered: { readonly offer: WaitlistOffer; readonly timezone: ZoneId; readonly doctorName: string } | null;
    readonly isWaiting: boolean;
  },
): MessageDraft {
  const offer =
    offered === null
      ? null
      : {
          doctorName: offered.doctorName,
          ...timeOf({ timezone: offered.timezone, start: offered.offer.start }),
          expiresAt: offered.offer.expiresAt,
        };
  return {
    ...toPatient(receiver, appointment),
    template: 'appointment-given-up',
    variables: {
      ...filedFactsOf(appointment, told),
      ...{ message, offer, isWaiting },
      ...(receiver.id === appointment.patientId ? {} : { patientId: appointment.patientId }),
    },
  };
}

export function restoredMessage(receiver: Receiver, appointment: Appointment, told: Told): MessageDraft {
  return {
    ...toPatient(receiver, appointment),
    template: 'appointment-restored',
    variables: filedFactsOf(appointment, told),
  };
}

/** The old and the new time (of a request: that the clinic will answer), and new reminders: those of the former version are not sent any more. */
export function moveMessages(
  receiver: Receiver,
  previous: Pick<Appointment, 'timezone' | 'start'>,
  moved: Appointment,
  told: Told,
  now: Instant,
): MessageDraft[] {
  if (moved.status === 'requested') return bookingMessages(receiver, moved, told, now);
  const before = timeOf(previous);
  return [
    {
      ...toPatient(receiver, moved),
      template: 'appointment-rescheduled',
      variables: {
        ...filedFactsOf(moved, told),
        previousDate: before.date,
        previousStartTime: before.startTime,
      },
    },
    ...reminderMessages(receiver, moved, told, now),
  ];
}

/** Tells that the local time stays while the instant moves, and new reminders. */
export function zoneChangeMessages(receiver: Receiver, moved: Appointment, told: Told, now: Instant): MessageDraft[] {
  return [
    {
      ...toPatient(receiver, moved),
      template: 'appointment-zone-changed',
      variables: { ...filedFactsOf(moved, told), start: moved.start },
    },
    ...reminderMessages(receiver, moved, told, now),
  ];
}

/** One message for the whole series, and reminders for each of its appointments. */
export function seriesMessages(
  receiver: Receiver,
  appointments: readonly (Told & Pick<AppointmentRecord, 'appointment'>)[],
  doctorName: string,
  now: Instant,
): MessageDraft[] {
  const [first] = appointments;
  if (first === undefined) return [];
  const times = appointments.map((told) => {
    const { date, startTime, place } = factsOf(told.appointment, told);
    return { date, startTime, place };
  });
  return [
    {
      ...toPatient(receiver, first.appointment),
      template: 'appointment-series-booked',
      variables: {
        doctorName,
        timezone: first.appointment.timezone,
        times,
        isRequest: first.appointment.status === 'requested',
        calendar: appointments.map(({ appointment, venue }) => visitOf(appointment, venue.location)),
      },
    },
    ...appointments.flatMap((told) => reminderMessages(receiver, told.appointment, told, now)),
  ];
}

/** 0 minutes: the doctor is on time again. */
export function delayMessage(waiting: WaitingPatient): MessageDraft {
  const { appointmentId, version, patientId, patientKey, start, timezone, minutes } = waiting;
  const expected = expectedStart(start, minutes);
  return {
    userId: patientId,
    dataKey: patientKey,
    appointment: { id: appointmentId, version },
    template: 'doctor-running-late',
    usefulUntil: expected,
    variables: {
      doctorName: waiting.lateDoctorName,
      ...timeOf({ timezone, start }),
      minutes,
      expectedTime: localTimeAt(timezone, expected),
    },
  };
}
