/** Messages about appointments and the waitlist. */
import { linkTo } from '../shared/link-targets.ts';
import { type Texts, utc } from '../shared/messages.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface SchedulingVariables {
  'appointment-confirmation': AppointmentFacts;
  'appointment-reminder': AppointmentFacts;
  'appointment-cancelled': AppointmentFacts;
  'appointment-rescheduled': AppointmentFacts & { readonly previousDate: string; readonly previousStartTime: string };
  /** `times` are dates and times in `timezone`, in order. */
  'appointment-series-booked': {
    readonly doctorName: string;
    readonly timezone: string;
    readonly times: readonly { readonly date: string; readonly startTime: string }[];
  };
  'waitlist-offer': AppointmentFacts & { readonly expiresAt: number };
  'waitlist-ended': { readonly doctorName: string };
}

/** Times are in the appointment's own zone, as the patient reads them. */
export interface AppointmentFacts {
  readonly doctorName: string;
  readonly date: string;
  readonly startTime: string;
  readonly timezone: string;
}

export const SCHEDULING_TEXTS: Texts<SchedulingVariables> = {
  'appointment-confirmation': (facts) => ({
    subject: `Your appointment on ${facts.date} at ${facts.startTime}`,
    lines: [`your appointment with ${facts.doctorName} is booked: ${when(facts)}.`],
  }),
  'appointment-reminder': (facts) => ({
    subject: `Reminder: your appointment on ${facts.date} at ${facts.startTime}`,
    lines: [`your appointment with ${facts.doctorName} is coming up: ${when(facts)}.`],
  }),
  'appointment-cancelled': (facts) => ({
    subject: `Your appointment on ${facts.date} was cancelled`,
    lines: [`your appointment with ${facts.doctorName} (${when(facts)}) was cancelled.`],
  }),
  'appointment-rescheduled': (facts) => ({
    subject: `Your appointment was moved to ${facts.date} at ${facts.startTime}`,
    lines: [
      `your appointment with ${facts.doctorName} is now ${when(facts)}.`,
      `It was on ${facts.previousDate} at ${facts.previousStartTime} before.`,
    ],
  }),
  'appointment-series-booked': ({ doctorName, timezone, times }) => ({
    subject: `Your ${times.length} appointments with ${doctorName}`,
    lines: [
      `your appointments with ${doctorName} are booked (${timezone}):`,
      ...times.map(({ date, startTime }) => `${date} at ${startTime}`),
    ],
  }),
  'waitlist-offer': (facts, { publicUrl }) => ({
    subject: `A time is free: ${facts.date} at ${facts.startTime}`,
    lines: [
      `a time with ${facts.doctorName} has become free: ${when(facts)}. It is kept for you until ${utc(facts.expiresAt)}.`,
      'Accept it if it suits you, or decline it so that somebody else can have it.',
    ],
    action: { label: 'Answer the offer', url: linkTo(publicUrl, '/waitlist') },
  }),
  'waitlist-ended': ({ doctorName }, { publicUrl }) => ({
    subject: 'Your wait for an appointment has ended',
    lines: [
      `you were waiting for a time with ${doctorName}, who does not see patients here any more.`,
      'You can wait for another doctor instead, or book a time that is free.',
    ],
    action: { label: 'Choose another doctor', url: linkTo(publicUrl, '/waitlist') },
  }),
};

function when({ date, startTime, timezone }: AppointmentFacts): string {
  return `${date} at ${startTime} (${timezone})`;
}
