import type { ForPatient, Line, Reader } from '../../shared/messages.ts';
import { withCopies } from '../../shared/wording/copies.ts';
import { counted, EN } from '../../shared/wording/en.ts';
import type { AppointmentFacts, ByProxy, SchedulingTexts } from '../messages.ts';
import { asked, asks, type ConfirmingWords, choices, replied } from './confirming.ts';
import { TOLD_TO_PROXIES } from './copies.ts';
import { PROXY } from './proxy-en.ts';

const { t, when } = EN;
const SEE = 'See your appointments';
const CHANGE_OR_SEE = 'See or change your appointment';
const CONFIRM = 'Confirm the appointment';
const CONFIRMING: ConfirmingWords = {
  reply: 'Answer C to confirm.',
  please:
    'Please confirm that you are coming. If you cannot come, please move or cancel the appointment, so that somebody else can have the time.',
  move: 'Move the appointment',
  cancel: 'Cancel the appointment',
  calendar: 'Add your appointments to your calendar',
};

const TEXTS: SchedulingTexts = {
  'appointment-confirmation': (facts, reader) => ({
    subject: `Your appointment on ${EN.dayAndTime(facts, reader)}`,
    lines: [
      t`Your appointment with ${facts.doctorName} is booked for ${when(facts, reader)}.`,
      ...byProxy(facts),
      ...where(facts),
      ...choices(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Your appointment${withDoctor(facts, reader)} is booked: ${EN.brief(facts, reader)}.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-reminder': (facts, reader) =>
    facts.isConfirmed
      ? {
          subject: `See you on ${EN.dayAndTime(facts, reader)}`,
          lines: [
            t`Your appointment with ${facts.doctorName} on ${when(facts, reader)} is confirmed. We look forward to seeing you.`,
            ...where(facts),
          ],
          action: CHANGE_OR_SEE,
          brief: `See you on ${EN.brief(facts, reader)}.`,
        }
      : {
          subject: `Reminder: your appointment on ${EN.dayAndTime(facts, reader)}`,
          lines: [
            t`This is a reminder of your appointment with ${facts.doctorName} on ${when(facts, reader)}.`,
            ...where(facts),
            ...asked(facts, CONFIRMING),
          ],
          action: asks(facts) ? CONFIRM : CHANGE_OR_SEE,
          brief: `Reminder: your appointment${withDoctor(facts, reader)} is on ${EN.brief(facts, reader)}.`,
          ...replied(facts, CONFIRMING),
        },
  'appointment-requested': (facts, reader) => ({
    subject: `You asked for an appointment on ${EN.dayAndTime(facts, reader)}`,
    lines: [
      t`You asked for an appointment with ${facts.doctorName} on ${when(facts, reader)}. The time is kept for you.`,
      ...byProxy(facts),
      'The clinic has to approve it. You get a message as soon as it has answered.',
    ],
    action: SEE,
    brief: `You asked for an appointment${withDoctor(facts, reader)}: ${EN.brief(facts, reader)}. The clinic will answer.`,
  }),
  'appointment-declined': (facts, reader) => ({
    subject: `Your request for an appointment on ${EN.day(facts.date, reader)} was declined`,
    lines: [
      t`The clinic cannot give you the appointment with ${facts.doctorName} on ${when(facts, reader)}.`,
      'If it has given a reason, you find it with the appointment.',
    ],
    action: SEE,
    brief: `The clinic cannot give you the appointment${withDoctor(facts, reader)} on ${EN.brief(facts, reader)}.`,
  }),
  'appointment-request-expired': (facts, reader) => ({
    subject: `Your request for an appointment on ${EN.day(facts.date, reader)} was not answered`,
    lines: [
      t`The clinic has not answered your request for an appointment with ${facts.doctorName} on ${when(facts, reader)}. It does not take place.`,
      'Please book another time, or call the clinic.',
    ],
    action: SEE,
    brief: `Your request for ${EN.brief(facts, reader)} was not answered. Please book another time.`,
  }),
  'appointment-cancelled': (facts, reader) => ({
    subject: `Your appointment on ${EN.day(facts.date, reader)} was cancelled`,
    lines: [t`Your appointment with ${facts.doctorName} on ${when(facts, reader)} was cancelled.`, ...byProxy(facts)],
    brief: `Your appointment${withDoctor(facts, reader)} on ${EN.brief(facts, reader)} was cancelled.`,
  }),
  'appointment-given-up': ({ message, offer, isWaiting, ...facts }, reader) => ({
    subject: `${isOwn(facts) ? 'Your' : 'An'} appointment on ${EN.day(facts.date, reader)} cannot take place`,
    lines: [
      t`${isOwn(facts) ? 'Your appointment' : t`The appointment of ${forWhom(facts)}`} with ${facts.doctorName} on ${when(facts, reader)} cannot take place and was cancelled by the clinic.`,
      ...(message === null ? [] : [{ words: message }]),
      ...(offer === null
        ? [isWaiting ? 'The waitlist offers the next free time.' : 'You can book another time.']
        : [
            t`Instead we offer ${when(offer, reader)} with ${offer.doctorName}. We are keeping it for ${forWhom(facts)} until ${EN.moment(offer.expiresAt, offer.timezone, reader)}.`,
            ANSWER,
          ]),
    ],
    action: offer !== null ? 'Answer the offer' : isWaiting ? 'See the waitlist' : SEE,
    brief: `${isOwn(facts) ? 'Your' : 'An'} appointment on ${EN.brief(facts, reader)} cannot take place.${offer === null ? '' : ` We offer ${EN.brief(offer, reader)}.`}`,
  }),
  'appointment-restored': (facts, reader) => ({
    subject: `Your appointment on ${EN.day(facts.date, reader)} takes place after all`,
    lines: [
      t`The cancellation of your appointment with ${facts.doctorName} was undone.`,
      ...byProxy(facts),
      t`It takes place on ${when(facts, reader)}.`,
      ...where(facts),
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Your appointment${withDoctor(facts, reader)} on ${EN.brief(facts, reader)} takes place after all.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-rescheduled': (facts, reader) => ({
    subject: `Your appointment was moved to ${EN.dayAndTime(facts, reader)}`,
    lines: [
      t`Your appointment with ${facts.doctorName} was moved to ${when(facts, reader)}.`,
      ...byProxy(facts),
      ...where(facts),
      `It was previously on ${EN.dayAndTime({ date: facts.previousDate, startTime: facts.previousStartTime }, reader)}.`,
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Your appointment${withDoctor(facts, reader)} was moved to ${EN.brief(facts, reader)}.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-zone-changed': (facts, reader) => ({
    subject: `Your appointment on ${EN.day(facts.date, reader)} stays at ${EN.time(facts.startTime, reader)}`,
    lines: [
      t`Your appointment with ${facts.doctorName} stays on ${when(facts, reader)}.`,
      ...where(facts),
      t`The clocks of ${facts.timezone} will not be set as was expected when you booked, so that this is now ${EN.moment(facts.start, 'UTC', reader)}. If your calendar shows another time, please change it there.`,
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Your appointment stays on ${EN.brief(facts, reader)}. Please check the time in your calendar.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-series-booked': ({ doctorName, timezone, times, isRequest, ...by }, reader) => ({
    subject: `${isRequest ? 'You asked for' : 'Your'} ${times.length} appointments${reader.sender.namesDoctor ? t` with ${doctorName}` : ''}`,
    lines: [
      isRequest
        ? t`You asked for appointments with ${doctorName}, which the clinic has to approve:`
        : t`Your appointments with ${doctorName} are booked:`,
      { items: times.map((one) => withPlace(when({ ...one, timezone }, reader), one.place)) },
      ...byProxy(by),
    ],
    action: SEE,
    brief: isRequest
      ? `You asked for ${times.length} appointments. The clinic will answer.`
      : `Your ${times.length} appointments are booked.`,
  }),
  'waitlist-offer': (facts, reader) => ({
    subject: `A time has become free: ${EN.dayAndTime(facts, reader)}`,
    lines: [
      t`A time with ${facts.doctorName} has become free: ${when(facts, reader)}. We are keeping it for ${forWhom(facts)} until ${EN.moment(facts.expiresAt, facts.timezone, reader)}.`,
      ANSWER,
    ],
    action: 'Answer the offer',
    brief: `Free time${withDoctor(facts, reader)}: ${EN.brief(facts, reader)}. Please answer by ${EN.briefMoment(facts.expiresAt, facts.timezone, reader)}.`,
  }),
  'doctor-running-late': ({ doctorName, minutes, startTime, expectedTime, timezone }, reader) =>
    minutes === 0
      ? {
          subject: `Your appointment is at ${EN.time(startTime, reader)}, as booked`,
          lines: [
            t`${doctorName} is on time again.`,
            t`Your appointment begins at ${EN.timeInCity(startTime, timezone, reader)}, as booked.`,
          ],
          brief: `Your appointment begins at ${EN.time(startTime, reader)}, as booked.`,
        }
      : {
          subject: `Your appointment begins about ${lasting(minutes)} later`,
          lines: [
            t`${doctorName} is running about ${lasting(minutes)} late today.`,
            t`Your appointment at ${EN.time(startTime, reader)} is expected to begin at ${EN.timeInCity(expectedTime, timezone, reader)}.`,
          ],
          brief: `Your appointment at ${EN.time(startTime, reader)} is expected to begin at ${EN.timeInCity(expectedTime, timezone, reader)}.`,
        },
  'offer-kept': ({ expiresAt, timezone }, reader) => ({
    subject: 'The clinic is waiting for your answer',
    lines: [
      t`The clinic keeps something for you until ${EN.moment(expiresAt, timezone, reader)}.`,
      'To see and answer it, accept the invitation to the portal that you got by mail, or call the clinic.',
    ],
    brief: `The clinic is waiting for your answer until ${EN.briefMoment(expiresAt, timezone, reader)}.`,
  }),
  'waitlist-ended': ({ doctorName, typeName, ...about }, { sender }) => ({
    subject: `${isOwn(about) ? 'Your' : 'A'} wait for an appointment has ended`,
    lines: [
      t`${isOwn(about) ? 'You no longer wait' : t`The wait of ${forWhom(about)} has ended`}: ${
        typeName === undefined
          ? t`${doctorName ?? 'the doctor'} no longer sees patients here`
          : t`${typeName}${doctorName === null ? '' : t` with ${doctorName}`} cannot be booked any more`
      }.`,
      'You can wait for something else instead, or book a free time.',
    ],
    action: 'See the waitlist',
    brief: `${isOwn(about) ? 'Your' : 'A'} wait for an appointment${sender.namesDoctor && doctorName !== null ? ` with ${EN.briefName(doctorName)}` : ''} has ended.`,
  }),
  'daily-digest': ({ date, timezone, requests, appointments: total, doctors, moreDoctors }, reader) => {
    const appointments = counted(total, { one: '1 appointment', other: `${total} appointments` });
    const waiting = counted(requests, { one: '1 request waits', other: `${requests} requests wait` });
    return {
      subject: `${EN.day(date, reader)}: ${appointments}`,
      lines: [
        t`${EN.day(date, reader)}: ${appointments}, ${waiting} for an answer. Times are those of ${EN.cityOf(timezone)}.`,
        ...(doctors.length === 0
          ? []
          : [
              {
                items: [
                  ...doctors.map(
                    ({ doctorName, times }) => t`${doctorName}: ${EN.list(times.map((time) => EN.time(time, reader)))}`,
                  ),
                  ...(moreDoctors === 0
                    ? []
                    : [counted(moreDoctors, { one: 'and 1 more doctor', other: `and ${moreDoctors} more doctors` })]),
                ],
              },
            ]),
      ],
      action: 'See the appointments',
      brief: `${EN.day(date, reader)}: ${appointments}.`,
    };
  },
  proxy: ({ what, isProxy, name }) => PROXY[what](isProxy, name),
};

export const SCHEDULING: SchedulingTexts = withCopies(TEXTS, TOLD_TO_PROXIES, EN);

const ANSWER = 'Accept it if it suits. If it does not, decline it so that somebody else can have it.';

function isOwn({ patientId }: ForPatient): boolean {
  return patientId === undefined;
}

function forWhom(about: ForPatient): string {
  return isOwn(about) ? 'you' : (about.patientName ?? 'somebody for whom you act');
}

function byProxy({ proxyId, proxyName }: ByProxy): string[] {
  return proxyId === undefined ? [] : [t`${proxyName ?? 'Somebody who acts for you'} did this for you.`];
}

function withDoctor({ doctorName }: AppointmentFacts, { sender }: Reader): string {
  return sender.namesDoctor ? ` with ${EN.briefName(doctorName)}` : '';
}

function withPlace(time: string, place: string | null | undefined): string {
  return place ? t`${time}, ${place}` : time;
}

function lasting(minutes: number): string {
  return counted(minutes, { one: '1 minute', other: `${minutes} minutes` });
}

function where({ place, visitMode, videoLink }: AppointmentFacts): Line[] {
  switch (visitMode) {
    case 'phone':
      return ['The doctor will call you by phone.'];
    case 'video':
      return [
        videoLink
          ? { label: 'You meet by video', url: videoLink }
          : 'You meet by video. The clinic will tell you the address.',
      ];
    default:
      return place ? [t`Where: ${place}.`] : [];
  }
}
