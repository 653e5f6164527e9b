/** Messages about appointments, to their patients and who acts for them, and when they are sent. */

import type { MessageDraft } from '../../../domain/messages.ts';
import type { WantedReminder } from '../../../domain/notifications/reminders.ts';
import type { Appointment } from '../../../domain/scheduling/appointment.ts';
import { visitOf } from '../../../domain/scheduling/calendar-visit.ts';
import { expectedStart, type WaitingPatient } from '../../../domain/scheduling/delay.ts';
import { placeInWords } from '../../../domain/scheduling/location.ts';
import type { AppointmentFacts } from '../../../domain/scheduling/messages.ts';
import type { AppointmentRecord } from '../../../domain/scheduling/ports.ts';
import { type Receivers, receiversOf } from '../../../domain/scheduling/receivers.ts';
import type { WaitlistOffer } from '../../../domain/scheduling/waitlist.ts';
import type { ForPatient } from '../../../domain/shared/messages.ts';
import { localDateAt, localTimeAt, type ZoneId } from '../../../domain/shared/zone.ts';

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

/**
 * The message to the patient, and a copy to each who acts for the patient, which names the patient. Every message about a patient's
 * appointments is made here, so that no proxy is left out. The commit drops the copy to the proxy who made the change
 * (`command.ts`).
 */
export function toEach<M extends Omit<Extract<MessageDraft, { readonly variables: ForPatient }>, 'userId' | 'dataKey'>>(
  { patient, proxies }: Receivers,
  message: M,
) {
  return [
    { ...message, userId: patient.id, dataKey: patient.dataKey },
    ...proxies.map(({ id, dataKey }) => ({
      ...{ ...message, userId: id, dataKey },
      variables: { ...message.variables, patientId: patient.id },
    })),
  ];
}

/** The version of the appointment that a message describes. */
function about({ id, version }: Pick<Appointment, 'id' | 'version'>) {
  return { appointment: { id, version } } as const;
}

/** The version of an appointment that is to take place, whatever happened to it. What is booked and not confirmed yet is to be confirmed. */
function toCome(appointment: Appointment) {
  const { status, start, rescheduleCount } = appointment;
  return { ...about(appointment), ...(status === 'scheduled' ? { confirms: { start, rescheduleCount } } : {}) };
}

/** A reminder to one of the receivers, tied to this version of the appointment (R51). */
export function reminderMessages(
  receivers: Receivers,
  appointment: Appointment,
  told: Told,
  { userId, leadMinutes, sendAt }: WantedReminder,
): MessageDraft[] {
  return toEach(receivers, {
    ...toCome(appointment),
    template: 'appointment-reminder',
    variables: factsOf(appointment, told),
    reminds: { start: appointment.start, leadMinutes },
    sendAt,
  }).filter((message) => message.userId === userId);
}

/** The confirmation; for a request, that the clinic will answer. */
export function bookingMessages(receivers: Receivers, appointment: Appointment, told: Told): MessageDraft[] {
  return [
    ...toEach(receivers, {
      ...toCome(appointment),
      template: appointment.status === 'requested' ? 'appointment-requested' : 'appointment-confirmation',
      variables: filedFactsOf(appointment, told),
    }),
  ];
}

/** @param how what ended it */
export function cancellationMessages(
  receivers: Receivers,
  appointment: Appointment,
  told: Told,
  how: 'cancelled' | 'declined' | 'request-expired' = 'cancelled',
): MessageDraft[] {
  return toEach(receivers, {
    ...about(appointment),
    template: `appointment-${how}` as const,
    variables: filedFactsOf(appointment, told),
  });
}

/** Tells that the clinic gives up the appointment, in its words, and what it offers instead. */
export function rebookedMessages(
  receivers: Receivers,
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
): MessageDraft[] {
  const offer =
    offered === null
      ? null
      : {
          doctorName: offered.doctorName,
          ...timeOf({ timezone: offered.timezone, start: offered.offer.start }),
          expiresAt: offered.offer.expiresAt,
        };
  return toEach(receivers, {
    ...about(appointment),
    template: 'appointment-given-up',
    variables: { ...filedFactsOf(appointment, told), message, offer, isWaiting },
  });
}

export function restoredMessages(receivers: Receivers, appointment: Appointment, told: Told): MessageDraft[] {
  return toEach(receivers, {
    ...toCome(appointment),
    template: 'appointment-restored',
    variables: filedFactsOf(appointment, told),
  });
}

/** The old and the new time; of a request: that the clinic will answer. */
export function moveMessages(
  receivers: Receivers,
  previous: Pick<Appointment, 'timezone' | 'start'>,
  moved: Appointment,
  told: Told,
): MessageDraft[] {
  if (moved.status === 'requested') return bookingMessages(receivers, moved, told);
  const before = timeOf(previous);
  return [
    ...toEach(receivers, {
      ...toCome(moved),
      template: 'appointment-rescheduled',
      variables: {
        ...filedFactsOf(moved, told),
        previousDate: before.date,
        previousStartTime: before.startTime,
      },
    }),
  ];
}

/** Tells that the local time stays while the instant moves. */
export function zoneChangeMessages(receivers: Receivers, moved: Appointment, told: Told): MessageDraft[] {
  return [
    ...toEach(receivers, {
      ...toCome(moved),
      template: 'appointment-zone-changed',
      variables: { ...filedFactsOf(moved, told), start: moved.start },
    }),
  ];
}

/** One message for the whole series. */
export function seriesMessages(
  receivers: Receivers,
  appointments: readonly (Told & Pick<AppointmentRecord, 'appointment'>)[],
): MessageDraft[] {
  const [first] = appointments;
  if (first === undefined) return [];
  const { doctorName } = factsOf(first.appointment, first);
  const times = appointments.map((told) => {
    const { date, startTime, place } = factsOf(told.appointment, told);
    return { date, startTime, place };
  });
  return [
    ...toEach(receivers, {
      ...about(first.appointment),
      template: 'appointment-series-booked',
      variables: {
        doctorName,
        timezone: first.appointment.timezone,
        times,
        isRequest: first.appointment.status === 'requested',
        calendar: appointments.map(({ appointment, venue }) => visitOf(appointment, venue.location)),
      },
    }),
  ];
}

/** 0 minutes: the doctor is on time again. */
export function delayMessages(waiting: WaitingPatient): MessageDraft[] {
  const { appointmentId, version, patientId, patientKey, proxies, start, timezone, minutes } = waiting;
  const expected = expectedStart(start, minutes);
  return toEach(receiversOf({ appointment: { patientId }, patientKey, proxies }), {
    ...about({ id: appointmentId, version }),
    template: 'doctor-running-late',
    usefulUntil: expected,
    variables: {
      doctorName: waiting.lateDoctorName,
      ...timeOf({ timezone, start }),
      minutes,
      expectedTime: localTimeAt(timezone, expected),
    },
  });
}
