import type { ForPatient, Line, Reader } from '../../shared/messages.ts';
import { withCopies } from '../../shared/wording/copies.ts';
import { counted, DE } from '../../shared/wording/de.ts';
import type { AppointmentFacts, ByProxy, SchedulingTexts } from '../messages.ts';
import { asked, asks, type ConfirmingWords, choices, replied } from './confirming.ts';
import { TOLD_TO_PROXIES } from './copies.ts';
import { PROXY } from './proxy-de.ts';

const { t, when } = DE;
const SEE = 'Ihre Termine ansehen';
const CHANGE_OR_SEE = 'Ihren Termin ansehen oder ändern';
const CONFIRM = 'Termin bestätigen';
const CONFIRMING: ConfirmingWords = {
  reply: 'Bestätigen Sie mit der Antwort C.',
  please:
    'Bitte bestätigen Sie, dass Sie kommen. Wenn Sie nicht kommen können, verlegen Sie den Termin oder sagen Sie ihn ab, damit jemand anderes die Zeit bekommen kann.',
  move: 'Termin verlegen',
  cancel: 'Termin absagen',
  calendar: 'Termine in den eigenen Kalender übernehmen',
};

const TEXTS: SchedulingTexts = {
  'appointment-confirmation': (facts, reader) => ({
    subject: `Ihr Termin am ${subjectTime(facts, reader)}`,
    lines: [
      t`Ihr Termin bei ${facts.doctorName} ist gebucht: ${when(facts, reader)}.`,
      ...byProxy(facts),
      ...where(facts),
      ...choices(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Ihr Termin${withDoctor(facts, reader)} ist gebucht: ${DE.brief(facts, reader)}.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-reminder': (facts, reader) =>
    facts.isConfirmed
      ? {
          subject: `Bis ${subjectTime(facts, reader)}`,
          lines: [
            t`Ihr Termin bei ${facts.doctorName} am ${when(facts, reader)} ist bestätigt. Wir freuen uns auf Sie.`,
            ...where(facts),
          ],
          action: CHANGE_OR_SEE,
          brief: `Ihr Termin am ${DE.brief(facts, reader)} ist bestätigt.`,
        }
      : {
          subject: `Erinnerung: Ihr Termin am ${subjectTime(facts, reader)}`,
          lines: [
            t`Wir erinnern Sie an Ihren Termin bei ${facts.doctorName} am ${when(facts, reader)}.`,
            ...where(facts),
            ...asked(facts, CONFIRMING),
          ],
          action: asks(facts) ? CONFIRM : CHANGE_OR_SEE,
          brief: `Erinnerung: Ihr Termin${withDoctor(facts, reader)} ist am ${DE.brief(facts, reader)}.`,
          ...replied(facts, CONFIRMING),
        },
  'appointment-requested': (facts, reader) => ({
    subject: `Ihre Terminanfrage für ${subjectTime(facts, reader)}`,
    lines: [
      t`Sie haben um einen Termin bei ${facts.doctorName} am ${when(facts, reader)} gebeten. Die Zeit wird für Sie freigehalten.`,
      ...byProxy(facts),
      'Die Praxis muss ihn noch bestätigen. Sie erhalten eine Nachricht, sobald sie geantwortet hat.',
    ],
    action: SEE,
    brief: `Ihre Terminanfrage${withDoctor(facts, reader)}: ${DE.brief(facts, reader)}. Die Praxis antwortet Ihnen.`,
  }),
  'appointment-declined': (facts, reader) => ({
    subject: `Ihre Terminanfrage für ${DE.day(facts.date, reader)} wurde abgelehnt`,
    lines: [
      t`Die Praxis kann Ihnen den Termin bei ${facts.doctorName} am ${when(facts, reader)} nicht geben.`,
      'Wenn sie einen Grund angegeben hat, finden Sie ihn beim Termin.',
    ],
    action: SEE,
    brief: `Die Praxis kann Ihnen den Termin${withDoctor(facts, reader)} am ${DE.brief(facts, reader)} nicht geben.`,
  }),
  'appointment-request-expired': (facts, reader) => ({
    subject: `Ihre Terminanfrage für ${DE.day(facts.date, reader)} blieb ohne Antwort`,
    lines: [
      t`Die Praxis hat auf Ihre Anfrage für einen Termin bei ${facts.doctorName} am ${when(facts, reader)} nicht geantwortet. Er findet nicht statt.`,
      'Bitte buchen Sie eine andere Zeit oder rufen Sie die Praxis an.',
    ],
    action: SEE,
    brief: `Ihre Anfrage für ${DE.brief(facts, reader)} blieb ohne Antwort. Bitte buchen Sie eine andere Zeit.`,
  }),
  'appointment-cancelled': (facts, reader) => ({
    subject: `Ihr Termin am ${DE.day(facts.date, reader)} wurde abgesagt`,
    lines: [t`Ihr Termin bei ${facts.doctorName} am ${when(facts, reader)} wurde abgesagt.`, ...byProxy(facts)],
    brief: `Ihr Termin${withDoctor(facts, reader)} am ${DE.brief(facts, reader)} wurde abgesagt.`,
  }),
  'appointment-given-up': ({ message, offer, isWaiting, ...facts }, reader) => ({
    subject: `${isOwn(facts) ? 'Ihr' : 'Ein'} Termin am ${DE.day(facts.date, reader)} kann nicht stattfinden`,
    lines: [
      t`${isOwn(facts) ? 'Ihr Termin' : t`Der Termin für ${forWhom(facts)}`} bei ${facts.doctorName} am ${when(facts, reader)} kann nicht stattfinden und wurde von der Praxis abgesagt.`,
      ...(message === null ? [] : [{ words: message }]),
      ...(offer === null
        ? [isWaiting ? 'Die Warteliste bietet die nächste freie Zeit an.' : 'Sie können eine andere Zeit buchen.']
        : [
            t`Stattdessen bieten wir an: ${when(offer, reader)} bei ${offer.doctorName}. Wir halten die Zeit frei für ${forWhom(facts)}, und zwar bis ${DE.moment(offer.expiresAt, offer.timezone, reader)}.`,
            ANSWER,
          ]),
    ],
    action: offer !== null ? 'Das Angebot beantworten' : isWaiting ? 'Die Warteliste ansehen' : SEE,
    brief: `${isOwn(facts) ? 'Ihr' : 'Ein'} Termin am ${DE.brief(facts, reader)} kann nicht stattfinden.${offer === null ? '' : ` Wir bieten an: ${DE.brief(offer, reader)}.`}`,
  }),
  'appointment-restored': (facts, reader) => ({
    subject: `Ihr Termin am ${DE.day(facts.date, reader)} findet doch statt`,
    lines: [
      t`Die Absage Ihres Termins bei ${facts.doctorName} wurde rückgängig gemacht.`,
      ...byProxy(facts),
      t`Er findet statt am ${when(facts, reader)}.`,
      ...where(facts),
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Ihr Termin${withDoctor(facts, reader)} am ${DE.brief(facts, reader)} findet doch statt.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-rescheduled': (facts, reader) => ({
    subject: `Ihr Termin wurde verschoben auf ${subjectTime(facts, reader)}`,
    lines: [
      t`Ihr Termin bei ${facts.doctorName} wurde verschoben auf ${when(facts, reader)}.`,
      ...byProxy(facts),
      ...where(facts),
      `Vorher war er am ${subjectTime({ date: facts.previousDate, startTime: facts.previousStartTime }, reader)}.`,
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Ihr Termin${withDoctor(facts, reader)} wurde verschoben auf ${DE.brief(facts, reader)}.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-zone-changed': (facts, reader) => ({
    subject: `Ihr Termin am ${DE.day(facts.date, reader)} bleibt um ${clock(facts.startTime, reader)}`,
    lines: [
      t`Ihr Termin bei ${facts.doctorName} bleibt am ${when(facts, reader)}.`,
      ...where(facts),
      t`Die Uhren von ${facts.timezone} werden anders gestellt, als bei Ihrer Buchung zu erwarten war. Der Termin ist deshalb jetzt am ${DE.moment(facts.start, 'UTC', reader)}. Wenn Ihr Kalender eine andere Zeit zeigt, ändern Sie sie dort bitte.`,
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Ihr Termin bleibt am ${DE.brief(facts, reader)}. Bitte prüfen Sie die Zeit in Ihrem Kalender.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-series-booked': ({ doctorName, timezone, times, isRequest, ...by }, reader) => ({
    subject: isRequest
      ? `Ihre Anfrage für ${times.length} Termine${reader.sender.namesDoctor ? t` bei ${doctorName}` : ''}`
      : `Ihre ${times.length} Termine${reader.sender.namesDoctor ? t` bei ${doctorName}` : ''}`,
    lines: [
      isRequest
        ? t`Sie haben um Termine bei ${doctorName} gebeten, die die Praxis noch bestätigen muss:`
        : t`Ihre Termine bei ${doctorName} sind gebucht:`,
      { items: times.map((one) => withPlace(when({ ...one, timezone }, reader), one.place)) },
      ...byProxy(by),
    ],
    action: SEE,
    brief: isRequest
      ? `Sie haben um ${times.length} Termine gebeten. Die Praxis antwortet Ihnen.`
      : `Ihre ${times.length} Termine sind gebucht.`,
  }),
  'waitlist-offer': (facts, reader) => ({
    subject: `Eine Zeit ist frei geworden: ${subjectTime(facts, reader)}`,
    lines: [
      t`Eine Zeit bei ${facts.doctorName} ist frei geworden: ${when(facts, reader)}. Wir halten sie frei für ${forWhom(facts)}, und zwar bis ${DE.moment(facts.expiresAt, facts.timezone, reader)}.`,
      ANSWER,
    ],
    action: 'Das Angebot beantworten',
    brief: `Freie Zeit${withDoctor(facts, reader)}: ${DE.brief(facts, reader)}. Bitte antworten Sie bis ${DE.briefMoment(facts.expiresAt, facts.timezone, reader)}.`,
  }),
  'doctor-running-late': ({ doctorName, minutes, startTime, expectedTime, timezone }, reader) =>
    minutes === 0
      ? {
          subject: `Ihr Termin ist um ${clock(startTime, reader)}, wie gebucht`,
          lines: [
            t`${doctorName} ist wieder pünktlich.`,
            t`Ihr Termin beginnt um ${DE.timeInCity(startTime, timezone, reader)}, wie gebucht.`,
          ],
          brief: `Ihr Termin beginnt um ${clock(startTime, reader)}, wie gebucht.`,
        }
      : {
          subject: `Ihr Termin beginnt etwa ${lasting(minutes)} später`,
          lines: [
            t`${doctorName} hat heute etwa ${lasting(minutes)} Verspätung.`,
            t`Ihr Termin um ${clock(startTime, reader)} beginnt voraussichtlich um ${DE.timeInCity(expectedTime, timezone, reader)}.`,
          ],
          brief: `Ihr Termin um ${clock(startTime, reader)} beginnt voraussichtlich um ${DE.timeInCity(expectedTime, timezone, reader)}.`,
        },
  'offer-kept': ({ expiresAt, timezone }, reader) => ({
    subject: 'Die Praxis wartet auf Ihre Antwort',
    lines: [
      t`Die Praxis hält etwas für Sie frei, und zwar bis ${DE.moment(expiresAt, timezone, reader)}.`,
      'Um es zu sehen und zu beantworten, nehmen Sie bitte die Einladung zum Portal an, die Sie per E-Mail erhalten haben, oder rufen Sie die Praxis an.',
    ],
    brief: `Die Praxis wartet auf Ihre Antwort bis ${DE.briefMoment(expiresAt, timezone, reader)}.`,
  }),
  'waitlist-ended': ({ doctorName, typeName, ...about }, { sender }) => ({
    subject: `${isOwn(about) ? 'Ihr' : 'Ein'} Warten auf einen Termin ist beendet`,
    lines: [
      t`${isOwn(about) ? 'Sie warten nicht mehr' : t`Das Warten für ${forWhom(about)} ist beendet`}: ${
        typeName === undefined
          ? t`Bei ${doctorName ?? 'dieser Praxis'} sind keine Termine mehr möglich`
          : t`${typeName}${doctorName === null ? '' : t` bei ${doctorName}`} kann nicht mehr gebucht werden`
      }.`,
      'Sie können stattdessen auf etwas anderes warten oder eine freie Zeit buchen.',
    ],
    action: 'Die Warteliste ansehen',
    brief: `${isOwn(about) ? 'Ihr' : 'Ein'} Warten auf einen Termin${sender.namesDoctor && doctorName !== null ? ` bei ${DE.briefName(doctorName)}` : ''} ist beendet.`,
  }),
  'daily-digest': ({ date, timezone, requests, appointments: total, doctors, moreDoctors }, reader) => {
    const appointments = counted(total, { one: '1 Termin', other: `${total} Termine` });
    const waiting = counted(requests, { one: '1 Anfrage wartet', other: `${requests} Anfragen warten` });
    return {
      subject: `${DE.day(date, reader)}: ${appointments}`,
      lines: [
        t`${DE.day(date, reader)}: ${appointments}, ${waiting} auf Antwort. Die Zeiten sind die von ${DE.cityOf(timezone)}.`,
        ...(doctors.length === 0
          ? []
          : [
              {
                items: [
                  ...doctors.map(
                    ({ doctorName, times }) => t`${doctorName}: ${DE.list(times.map((time) => DE.time(time, reader)))}`,
                  ),
                  ...(moreDoctors === 0
                    ? []
                    : [
                        counted(moreDoctors, {
                          one: 'und 1 weiterer Arzt oder Ärztin',
                          other: `und ${moreDoctors} weitere Ärztinnen und Ärzte`,
                        }),
                      ]),
                ],
              },
            ]),
      ],
      action: 'Die Termine ansehen',
      brief: `${DE.day(date, reader)}: ${appointments}.`,
    };
  },
  proxy: ({ what, isProxy, name }) => PROXY[what](isProxy, name),
};

export const SCHEDULING: SchedulingTexts = withCopies(TEXTS, TOLD_TO_PROXIES, DE);

const ANSWER =
  'Nehmen Sie an, wenn sie passt. Wenn nicht, lehnen Sie bitte ab, damit jemand anderes sie bekommen kann.';

function isOwn({ patientId }: ForPatient): boolean {
  return patientId === undefined;
}

function forWhom(about: ForPatient): string {
  return isOwn(about) ? 'Sie' : (about.patientName ?? 'jemanden, für den Sie handeln');
}

function clock(time: string, reader: Reader): string {
  return `${DE.time(time, reader)} Uhr`;
}

function subjectTime(facts: Pick<AppointmentFacts, 'date' | 'startTime'>, reader: Reader): string {
  return `${DE.dayAndTime(facts, reader)} Uhr`;
}

function byProxy({ proxyId, proxyName }: ByProxy): string[] {
  return proxyId === undefined ? [] : [t`${proxyName ?? 'Jemand, der für Sie handelt,'} hat das für Sie getan.`];
}

function withDoctor({ doctorName }: AppointmentFacts, { sender }: Reader): string {
  return sender.namesDoctor ? ` bei ${DE.briefName(doctorName)}` : '';
}

function withPlace(time: string, place: string | null | undefined): string {
  return place ? t`${time}, ${place}` : time;
}

function lasting(minutes: number): string {
  return counted(minutes, { one: '1 Minute', other: `${minutes} Minuten` });
}

function where({ place, visitMode, videoLink }: AppointmentFacts): Line[] {
  switch (visitMode) {
    case 'phone':
      return ['Die Ärztin oder der Arzt ruft Sie an.'];
    case 'video':
      return [
        videoLink
          ? { label: 'Sie treffen sich per Video', url: videoLink }
          : 'Sie treffen sich per Video. Die Praxis teilt Ihnen die Adresse mit.',
      ];
    default:
      return place ? [t`Ort: ${place}.`] : [];
  }
}
