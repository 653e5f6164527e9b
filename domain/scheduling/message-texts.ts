/** What messages about appointments and the waitlist say. */
import { linkTo } from '../shared/link-targets.ts';
import { type Copy, type RenderContext, type Texts, utc } from '../shared/messages.ts';
import { localDateAt, localTimeAt, type ZoneId } from '../shared/zone.ts';
import type { AppointmentFacts, ByProxy, ForPatient, SchedulingVariables } from './messages.ts';

function byProxy({ proxyId, proxyName }: ByProxy): string[] {
  return proxyId === undefined ? [] : [`${proxyName ?? 'Somebody who acts for you'} did this for you.`];
}

export const SCHEDULING_TEXTS: Texts<SchedulingVariables> = {
  'appointment-confirmation': (facts, context) => ({
    subject: `Your appointment on ${facts.date} at ${facts.startTime}`,
    lines: [
      `Your appointment with ${facts.doctorName} is booked for ${when(facts)}.`,
      ...byProxy(facts),
      ...where(facts),
    ],
    action: seeAppointments(context),
  }),
  'appointment-reminder': (facts) => ({
    subject: `Reminder: your appointment on ${facts.date} at ${facts.startTime}`,
    lines: [`This is a reminder of your appointment with ${facts.doctorName} on ${when(facts)}.`, ...where(facts)],
  }),
  'appointment-requested': (facts, context) => ({
    subject: `You asked for an appointment on ${facts.date} at ${facts.startTime}`,
    lines: [
      `You asked for an appointment with ${facts.doctorName} on ${when(facts)}. The time is kept for you.`,
      ...byProxy(facts),
      'The clinic has to approve it. You get a message as soon as it has answered.',
    ],
    action: seeAppointments(context),
  }),
  'appointment-declined': (facts, context) => ({
    subject: `Your request for an appointment on ${facts.date} was declined`,
    lines: [
      `The clinic cannot give you the appointment with ${facts.doctorName} on ${when(facts)}.`,
      'If it has given a reason, you find it with the appointment.',
    ],
    action: seeAppointments(context),
  }),
  'appointment-request-expired': (facts) => ({
    subject: `Your request for an appointment on ${facts.date} was not answered`,
    lines: [
      `The clinic has not answered your request for an appointment with ${facts.doctorName} on ${when(facts)}. It does not take place.`,
      'Please book another time, or call the clinic.',
    ],
  }),
  'appointment-cancelled': (facts) => ({
    subject: `Your appointment on ${facts.date} was cancelled`,
    lines: [`Your appointment with ${facts.doctorName} on ${when(facts)} was cancelled.`, ...byProxy(facts)],
  }),
  'appointment-given-up': ({ message, offer, isWaiting, ...facts }, { publicUrl }) => ({
    subject: `${isOwn(facts) ? 'Your' : 'An'} appointment on ${facts.date} cannot take place`,
    lines: [
      `${isOwn(facts) ? 'Your appointment' : `The appointment of ${forWhom(facts)}`} with ${facts.doctorName} on ${when(facts)} cannot take place and was cancelled by the clinic.`,
      ...(message === null ? [] : [message]),
      ...(offer === null
        ? [isWaiting ? 'The waitlist offers the next free time.' : 'You can book another time.']
        : [
            `Instead we offer ${when(offer)} with ${offer.doctorName}. We are keeping it for ${forWhom(facts)} until ${deadline(offer)}.`,
            ANSWER,
          ]),
    ],
    action:
      offer === null && !isWaiting
        ? { label: 'See your appointments', url: linkTo(publicUrl, '/appointments') }
        : { label: offer === null ? 'See the waitlist' : 'Answer the offer', url: linkTo(publicUrl, '/waitlist') },
  }),
  'appointment-restored': (facts, context) => ({
    subject: `Your appointment on ${facts.date} takes place after all`,
    lines: [
      `The cancellation of your appointment with ${facts.doctorName} was undone.`,
      ...byProxy(facts),
      `It takes place on ${when(facts)}.`,
      ...where(facts),
    ],
    action: seeAppointments(context),
  }),
  'appointment-rescheduled': (facts, context) => ({
    subject: `Your appointment was moved to ${facts.date} at ${facts.startTime}`,
    lines: [
      `Your appointment with ${facts.doctorName} was moved to ${when(facts)}.`,
      ...byProxy(facts),
      ...where(facts),
      `It was previously on ${facts.previousDate} at ${facts.previousStartTime}.`,
    ],
    action: seeAppointments(context),
  }),
  'appointment-zone-changed': (facts, context) => ({
    subject: `Your appointment on ${facts.date} stays at ${facts.startTime}`,
    lines: [
      `Your appointment with ${facts.doctorName} stays on ${when(facts)}.`,
      ...where(facts),
      `The clocks of ${facts.timezone} will not be set as was expected when you booked, so that this is now ${utc(facts.start)}. If your calendar shows another time, please change it there.`,
    ],
    action: seeAppointments(context),
  }),
  'appointment-series-booked': ({ doctorName, timezone, times, isRequest, ...by }, context) => ({
    subject: `${isRequest ? 'You asked for' : 'Your'} ${times.length} appointments with ${doctorName}`,
    lines: [
      isRequest
        ? `You asked for appointments with ${doctorName}, which the clinic has to approve (times in ${timezone}):`
        : `Your appointments with ${doctorName} are booked (times in ${timezone}):`,
      ...byProxy(by),
      ...times.map(({ date, startTime, place }) => `${date} at ${startTime}${place ? `, ${place}` : ''}`),
    ],
    action: seeAppointments(context),
  }),
  'waitlist-offer': (facts, { publicUrl }) => ({
    subject: `A time has become free: ${facts.date} at ${facts.startTime}`,
    lines: [
      `A time with ${facts.doctorName} has become free: ${when(facts)}. We are keeping it for ${forWhom(facts)} until ${deadline(facts)}.`,
      ANSWER,
    ],
    action: { label: 'Answer the offer', url: linkTo(publicUrl, '/waitlist') },
  }),
  'offer-kept': (kept) => ({
    subject: 'The clinic is waiting for your answer',
    lines: [
      `The clinic keeps something for you until ${deadline(kept)}.`,
      'To see and answer it, accept the invitation to the portal that you got by mail, or call the clinic.',
    ],
  }),
  'doctor-running-late': ({ doctorName, minutes, startTime, expectedTime, timezone }) =>
    minutes === 0
      ? {
          subject: `Your appointment is at ${startTime}, as booked`,
          lines: [
            `${doctorName} is on time again.`,
            `Your appointment begins at ${startTime} (${timezone}), as booked.`,
          ],
        }
      : {
          subject: `Your appointment begins about ${minutes} minutes later`,
          lines: [
            `${doctorName} is running about ${minutes} minutes late today.`,
            `Your appointment at ${startTime} is expected to begin at ${expectedTime} (${timezone}).`,
          ],
        },
  'waitlist-ended': ({ doctorName, typeName, ...about }, { publicUrl }) => ({
    subject: `${isOwn(about) ? 'Your' : 'A'} wait for an appointment has ended`,
    lines: [
      typeName === undefined
        ? `You were waiting for an appointment with ${doctorName}, who no longer sees patients here.`
        : `${isOwn(about) ? 'You no longer wait' : `The wait of ${forWhom(about)} has ended`}: ${typeName}${doctorName === null ? '' : ` with ${doctorName}`} cannot be booked any more.`,
      'You can wait for something else instead, or book a free time.',
    ],
    action: { label: 'See the waitlist', url: linkTo(publicUrl, '/waitlist') },
  }),
  proxy: ({ what, isProxy, name }) => PROXY[what](isProxy, name),
};

const ANSWER = 'Accept it if it suits. If it does not, decline it so that somebody else can have it.';

function isOwn({ patientId }: ForPatient): boolean {
  return patientId === undefined;
}

function forWhom(about: ForPatient): string {
  return isOwn(about) ? 'you' : (about.patientName ?? 'somebody for whom you act');
}

/** On the clock that the time beside it is told on. */
function deadline({ expiresAt, timezone }: { readonly expiresAt: number; readonly timezone: string }): string {
  const zone = timezone as ZoneId;
  return when({ date: localDateAt(zone, expiresAt), startTime: localTimeAt(zone, expiresAt), timezone });
}

const MAY = 'book, move, cancel and see the appointments';

const PROXY: Readonly<Record<SchedulingVariables['proxy']['what'], (isProxy: boolean, name: string) => Copy>> = {
  requested: (_, name) => ({
    subject: `${name} asks you to act for them`,
    lines: [
      `If you accept, you may ${MAY} of ${name}. Sign in and look under the people for whom you act.`,
      'If you do not know this person, ignore this message: nothing happens.',
    ],
  }),
  began: (isProxy, name) => ({
    subject: isProxy ? `You may act for ${name}` : `${name} may act for you`,
    lines: [
      isProxy
        ? `You may now ${MAY} of ${name}. Each step is recorded with your name.`
        : `${name} may now ${MAY} of yours. You see each step in your history, and may end this at any time.`,
      'If you did not expect this, call the clinic.',
    ],
  }),
  ended: (isProxy, name) => ({
    subject: isProxy ? `You no longer act for ${name}` : `${name} no longer acts for you`,
    lines: [isProxy ? `You can no longer ${MAY} of ${name}.` : `${name} can no longer ${MAY} of yours.`],
  }),
};

/** The page has each appointment as a calendar file. */
function seeAppointments({ publicUrl }: RenderContext): NonNullable<Copy['action']> {
  return { label: 'See your appointments', url: linkTo(publicUrl, '/appointments') };
}

function when({ date, startTime, timezone }: Pick<AppointmentFacts, 'date' | 'startTime' | 'timezone'>): string {
  return `${date} at ${startTime} (${timezone})`;
}

function where({ place, visitMode, videoLink }: AppointmentFacts): string[] {
  switch (visitMode) {
    case 'phone':
      return ['The doctor will call you by phone.'];
    case 'video':
      return [
        videoLink ? `You meet by video: ${videoLink}` : 'You meet by video. The clinic will tell you the address.',
      ];
    default:
      return place ? [`Where: ${place}.`] : [];
  }
}
