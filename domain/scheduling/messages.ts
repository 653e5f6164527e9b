/** Messages about appointments and the waitlist: their variables, categories and links. What they say is in `texts/`. */
import type { AppointmentId, UserId } from '../shared/ids.ts';
import { appointmentLink, confirmationLink, linkTo } from '../shared/link-targets.ts';
import type { Announcements, Categories, ForPatient, Links, MessageDraftOf, Texts } from '../shared/messages.ts';
import type { Instant } from '../shared/time.ts';
import type { CalendarVisit } from './calendar-visit.ts';
import type { VisitMode } from './visit-mode.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface SchedulingVariables {
  'appointment-confirmation': AppointmentFacts & Confirmable;
  /** `isConfirmed`: looked up when it is sent. */
  'appointment-reminder': AppointmentFacts & Confirmable & { readonly isConfirmed?: boolean | undefined };
  'appointment-requested': AppointmentFacts;
  'appointment-declined': AppointmentFacts;
  'appointment-request-expired': AppointmentFacts;
  'appointment-cancelled': AppointmentFacts;
  'appointment-restored': AppointmentFacts & Confirmable;
  /** `message`: of the clinic. `offer`: in its `timezone`; `null` when no time is kept for the patient. */
  'appointment-given-up': AppointmentFacts & {
    readonly message: string | null;
    readonly offer:
      | (Pick<AppointmentFacts, 'doctorName' | 'date' | 'startTime' | 'timezone'> & { readonly expiresAt: number })
      | null;
    readonly isWaiting: boolean;
  };
  'appointment-rescheduled': AppointmentFacts &
    Confirmable & { readonly previousDate: string; readonly previousStartTime: string };
  /** The local time stays; the instant in UTC is another one. */
  'appointment-zone-changed': AppointmentFacts & Confirmable & { readonly start: number };
  /** `times` are dates and times in `timezone`, in order. `isRequest`: the clinic has to approve them. */
  'appointment-series-booked': ByProxy &
    ForPatient &
    InCalendars & {
      readonly isRequest?: boolean | undefined;
      readonly doctorName: string;
      readonly timezone: string;
      readonly times: readonly {
        readonly date: string;
        readonly startTime: string;
        readonly place?: string | null | undefined;
      }[];
    };
  'waitlist-offer': AppointmentFacts & { readonly expiresAt: number };
  /** To an address that nobody has proven yet: it says nothing of the record. */
  'offer-kept': { readonly expiresAt: number; readonly timezone: string };
  /** `minutes` is 0 when the doctor is on time again. */
  'doctor-running-late': AppointmentFacts & { readonly minutes: number; readonly expectedTime: string };
  /** The doctor has left, or what was waited for, a type with or without a doctor, cannot be booked any more. */
  'waitlist-ended': ForPatient & { readonly doctorName: string | null; readonly typeName?: string | undefined };
  /**
   * To doctors and staff on the day before: how many appointments there are and when, and nothing of the patients. `timezone`: of
   * the clinic. `requests`: that wait for an answer. `doctors`: at most 40, by name; `times`: each once. `moreDoctors`: with
   * appointments, who are not listed.
   */
  'daily-digest': {
    readonly date: string;
    readonly timezone: string;
    readonly requests: number;
    readonly appointments: number;
    readonly doctors: readonly { readonly doctorName: string; readonly times: readonly string[] }[];
    readonly moreDoctors: number;
  };
  /** `name`: of the other person. `isProxy`: the receiver is the one who acts. */
  proxy: { readonly what: 'requested' | 'began' | 'ended'; readonly isProxy: boolean; readonly name: string };
}

export type MessageDraft = MessageDraftOf<SchedulingVariables>;

/** Times are in the appointment's own zone, as the patient reads them. */
export interface AppointmentFacts extends ByProxy, ForPatient, InCalendars {
  /** Looked up when the message is sent. */
  readonly appointmentId?: AppointmentId | undefined;
  readonly doctorName: string;
  readonly date: string;
  readonly startTime: string;
  readonly timezone: string;
  /** The location in one line. Absent in messages of the version before. */
  readonly place?: string | null | undefined;
  readonly visitMode?: VisitMode | undefined;
  readonly videoLink?: string | null | undefined;
}

/**
 * The appointments that the mail carries as a file for calendars: as it tells them, so that a mail that is sent late does not
 * overtake the one about a later change. Those of a series are brought up to date when it is sent. Absent in messages of the version before.
 */
interface InCalendars {
  readonly calendar?: readonly CalendarVisit[] | undefined;
}

/** A message that asks to confirm the appointment. */
export interface Confirmable {
  /** Of the link that confirms. Absent where nothing is asked: the appointment is confirmed, or has begun. */
  readonly confirmToken?: string | undefined;
}

/** Whether the variables are of a message with a file for calendars. */
export function isForCalendars(
  variables: object,
): variables is { readonly doctorName: string; readonly calendar: readonly CalendarVisit[] } {
  return 'calendar' in variables && Array.isArray(variables.calendar);
}

/** Who did it for the patient. The name is looked up when the message is sent, and is stored nowhere. */
export interface ByProxy {
  readonly proxyId?: UserId | undefined;
  readonly proxyName?: string | null | undefined;
}

/** What a proxy did for the patient is told with the proxy's name. */
const TOLD_WITH_PROXY: ReadonlySet<string> = new Set([
  'appointment-confirmation',
  'appointment-requested',
  'appointment-cancelled',
  'appointment-restored',
  'appointment-rescheduled',
  'appointment-series-booked',
]);

/** The message with the token of the link that confirms its appointment. */
export function withConfirmation<M extends { readonly variables: object }>(message: M, confirmToken: string): M {
  return { ...message, variables: { ...message.variables, confirmToken } satisfies Confirmable };
}

/**
 * What a message is given when it is sent: which appointment its links lead to, and whether it is confirmed by then. It asks only for what
 * can still be confirmed.
 * @param appointment as it is now
 */
export function asItIsNow(
  variables: object,
  appointment: { readonly id: AppointmentId; readonly status: string; readonly start: Instant } | null,
  now: Instant,
): object {
  if (appointment === null) return variables;
  const isOpen = appointment.status === 'scheduled' && appointment.start > now;
  const { confirmToken, ...others } = { confirmToken: undefined, ...variables };
  return {
    ...others,
    appointmentId: appointment.id,
    ...(isOpen && confirmToken !== undefined ? { confirmToken } : {}),
    ...(appointment.status === 'confirmed' ? { isConfirmed: true } : {}),
  };
}

/** @param proxyId who acts for the patient who gets the message */
export function withProxy<M extends { readonly template: string; readonly variables: object }>(
  message: M,
  proxyId: UserId,
): M {
  return TOLD_WITH_PROXY.has(message.template)
    ? { ...message, variables: { ...message.variables, proxyId } satisfies ByProxy }
    : message;
}

export const SCHEDULING_CATEGORIES = {
  'appointment-confirmation': 'appointment',
  'appointment-reminder': 'reminder',
  'appointment-requested': 'appointment',
  'appointment-declined': 'appointment',
  'appointment-request-expired': 'appointment',
  'appointment-cancelled': 'appointment',
  'appointment-restored': 'appointment',
  'appointment-given-up': 'appointment',
  'appointment-rescheduled': 'appointment',
  'appointment-zone-changed': 'appointment',
  'appointment-series-booked': 'appointment',
  'waitlist-offer': 'appointment',
  'offer-kept': 'account',
  'doctor-running-late': 'appointment',
  'waitlist-ended': 'appointment',
  'daily-digest': 'digest',
  proxy: 'security',
} as const satisfies Categories<SchedulingVariables>;

/** A reminder is written anew when its appointment changes. */
export const SCHEDULING_ANNOUNCEMENTS: Announcements<SchedulingVariables> = {
  'appointment-confirmation': 'stands',
  'appointment-reminder': null,
  'appointment-requested': 'requested',
  'appointment-declined': 'off',
  'appointment-request-expired': 'off',
  'appointment-cancelled': 'off',
  'appointment-restored': 'stands',
  'appointment-given-up': 'off',
  'appointment-rescheduled': 'stands',
  'appointment-zone-changed': 'stands',
  'appointment-series-booked': 'series',
  'waitlist-offer': null,
  'offer-kept': null,
  'doctor-running-late': 'late',
  'waitlist-ended': null,
  'daily-digest': null,
  proxy: null,
};

const toAppointments = (_: object, url: string) => linkTo(url, '/appointments');
const toAppointment = ({ appointmentId }: Pick<AppointmentFacts, 'appointmentId'>, url: string) =>
  appointmentLink(url, appointmentId);
/** The link that confirms, where the message asks for it. */
const toConfirm = (
  { confirmToken, appointmentId }: Confirmable & Pick<AppointmentFacts, 'appointmentId'>,
  url: string,
) => (confirmToken === undefined ? appointmentLink(url, appointmentId) : confirmationLink(url, confirmToken));
const toWaitlist = (_: object, url: string) => linkTo(url, '/waitlist');

/** The page of an appointment has it as a calendar file. */
export const SCHEDULING_LINKS = {
  'appointment-confirmation': toConfirm,
  'appointment-reminder': toConfirm,
  'appointment-requested': toAppointment,
  'appointment-declined': toAppointment,
  'appointment-request-expired': toAppointment,
  'appointment-given-up': ({ offer, isWaiting }, url) =>
    linkTo(url, offer === null && !isWaiting ? '/appointments' : '/waitlist'),
  'appointment-restored': toConfirm,
  'appointment-rescheduled': toConfirm,
  'appointment-zone-changed': toConfirm,
  'appointment-series-booked': toAppointments,
  'waitlist-offer': toWaitlist,
  'waitlist-ended': toWaitlist,
  'daily-digest': toAppointments,
} as const satisfies Links<SchedulingVariables>;

export type SchedulingTexts = Texts<SchedulingVariables, typeof SCHEDULING_CATEGORIES, typeof SCHEDULING_LINKS>;

/** What a message about a proxy says, in one language. */
export type ProxyTexts = Readonly<
  Record<SchedulingVariables['proxy']['what'], (isProxy: boolean, name: string) => ReturnType<SchedulingTexts['proxy']>>
>;
