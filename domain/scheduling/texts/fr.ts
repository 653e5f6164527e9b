import type { ForPatient, Line, Reader } from '../../shared/messages.ts';
import { withCopies } from '../../shared/wording/copies.ts';
import { counted, FR } from '../../shared/wording/fr.ts';
import type { AppointmentFacts, ByProxy, SchedulingTexts } from '../messages.ts';
import { asked, asks, type ConfirmingWords, choices, replied } from './confirming.ts';
import { TOLD_TO_PROXIES } from './copies.ts';
import { PROXY } from './proxy-fr.ts';

const { t, when } = FR;
const SEE = 'Voir vos rendez-vous';
const CHANGE_OR_SEE = 'Voir ou modifier votre rendez-vous';
const CONFIRM = 'Confirmer le rendez-vous';
const CONFIRMING: ConfirmingWords = {
  reply: 'Répondez C pour confirmer.',
  please:
    'Merci de confirmer votre venue. Si vous ne pouvez pas venir, déplacez ou annulez le rendez-vous pour que quelqu’un d’autre puisse l’avoir.',
  move: 'Déplacer le rendez-vous',
  cancel: 'Annuler le rendez-vous',
  calendar: 'Ajouter vos rendez-vous à votre calendrier',
};

const TEXTS: SchedulingTexts = {
  'appointment-confirmation': (facts, reader) => ({
    subject: `Votre rendez-vous du ${FR.dayAndTime(facts, reader)}`,
    lines: [
      t`Votre rendez-vous avec ${facts.doctorName} est pris pour le ${when(facts, reader)}.`,
      ...byProxy(facts),
      ...where(facts),
      ...choices(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Votre rendez-vous${withDoctor(facts, reader)} est pris : ${FR.brief(facts, reader)}.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-reminder': (facts, reader) =>
    facts.isConfirmed
      ? {
          subject: `Votre rendez-vous du ${FR.dayAndTime(facts, reader)} est confirmé`,
          lines: [
            t`Votre rendez-vous avec ${facts.doctorName} le ${when(facts, reader)} est confirmé. À bientôt.`,
            ...where(facts),
          ],
          action: CHANGE_OR_SEE,
          brief: `À bientôt : ${FR.brief(facts, reader)}.`,
        }
      : {
          subject: `Rappel : votre rendez-vous du ${FR.dayAndTime(facts, reader)}`,
          lines: [
            t`Nous vous rappelons votre rendez-vous avec ${facts.doctorName} le ${when(facts, reader)}.`,
            ...where(facts),
            ...asked(facts, CONFIRMING),
          ],
          action: asks(facts) ? CONFIRM : CHANGE_OR_SEE,
          brief: `Rappel : votre rendez-vous${withDoctor(facts, reader)} est le ${FR.brief(facts, reader)}.`,
          ...replied(facts, CONFIRMING),
        },
  'appointment-requested': (facts, reader) => ({
    subject: `Votre demande de rendez-vous pour le ${FR.dayAndTime(facts, reader)}`,
    lines: [
      t`Vous avez demandé un rendez-vous avec ${facts.doctorName} le ${when(facts, reader)}. Cet horaire vous est réservé.`,
      ...byProxy(facts),
      'La clinique doit l’accepter. Vous recevrez un message dès qu’elle aura répondu.',
    ],
    action: SEE,
    brief: `Votre demande de rendez-vous${withDoctor(facts, reader)} : ${FR.brief(facts, reader)}. La clinique vous répondra.`,
  }),
  'appointment-declined': (facts, reader) => ({
    subject: `Votre demande de rendez-vous du ${FR.day(facts.date, reader)} n’est pas acceptée`,
    lines: [
      t`La clinique ne peut pas vous donner le rendez-vous avec ${facts.doctorName} le ${when(facts, reader)}.`,
      'Si elle a indiqué un motif, vous le trouverez avec le rendez-vous.',
    ],
    action: SEE,
    brief: `La clinique ne peut pas vous donner le rendez-vous${withDoctor(facts, reader)} du ${FR.brief(facts, reader)}.`,
  }),
  'appointment-request-expired': (facts, reader) => ({
    subject: `Votre demande de rendez-vous du ${FR.day(facts.date, reader)} est restée sans réponse`,
    lines: [
      t`La clinique n’a pas répondu à votre demande de rendez-vous avec ${facts.doctorName} le ${when(facts, reader)}. Il n’aura pas lieu.`,
      'Veuillez choisir un autre horaire ou appeler la clinique.',
    ],
    action: SEE,
    brief: `Votre demande pour le ${FR.brief(facts, reader)} est restée sans réponse. Veuillez choisir un autre horaire.`,
  }),
  'appointment-cancelled': (facts, reader) => ({
    subject: `Votre rendez-vous du ${FR.day(facts.date, reader)} est annulé`,
    lines: [t`Votre rendez-vous avec ${facts.doctorName} le ${when(facts, reader)} est annulé.`, ...byProxy(facts)],
    brief: `Votre rendez-vous${withDoctor(facts, reader)} du ${FR.brief(facts, reader)} est annulé.`,
  }),
  'appointment-given-up': ({ message, offer, isWaiting, ...facts }, reader) => ({
    subject: `${isOwn(facts) ? 'Votre' : 'Un'} rendez-vous du ${FR.day(facts.date, reader)} ne peut pas avoir lieu`,
    lines: [
      t`${isOwn(facts) ? 'Votre rendez-vous' : t`Le rendez-vous pour ${forWhom(facts)}`} avec ${facts.doctorName} le ${when(facts, reader)} ne peut pas avoir lieu et la clinique l’a annulé.`,
      ...(message === null ? [] : [{ words: message }]),
      ...(offer === null
        ? [
            isWaiting
              ? 'La liste d’attente propose le prochain horaire libre.'
              : 'Vous pouvez choisir un autre horaire.',
          ]
        : [
            t`À la place, nous proposons le ${when(offer, reader)} avec ${offer.doctorName}. Nous gardons cet horaire pour ${forWhom(facts)} jusqu’au ${FR.moment(offer.expiresAt, offer.timezone, reader)}.`,
            ANSWER,
          ]),
    ],
    action: offer !== null ? 'Répondre à la proposition' : isWaiting ? 'Voir la liste d’attente' : SEE,
    brief: `${isOwn(facts) ? 'Votre' : 'Un'} rendez-vous du ${FR.brief(facts, reader)} ne peut pas avoir lieu.${offer === null ? '' : ` Nous proposons : ${FR.brief(offer, reader)}.`}`,
  }),
  'appointment-restored': (facts, reader) => ({
    subject: `Votre rendez-vous du ${FR.day(facts.date, reader)} aura bien lieu`,
    lines: [
      t`L’annulation de votre rendez-vous avec ${facts.doctorName} a été retirée.`,
      ...byProxy(facts),
      t`Il aura lieu le ${when(facts, reader)}.`,
      ...where(facts),
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Votre rendez-vous${withDoctor(facts, reader)} du ${FR.brief(facts, reader)} aura bien lieu.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-rescheduled': (facts, reader) => ({
    subject: `Votre rendez-vous est déplacé au ${FR.dayAndTime(facts, reader)}`,
    lines: [
      t`Votre rendez-vous avec ${facts.doctorName} est déplacé au ${when(facts, reader)}.`,
      ...byProxy(facts),
      ...where(facts),
      `Il était prévu le ${FR.dayAndTime({ date: facts.previousDate, startTime: facts.previousStartTime }, reader)}.`,
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Votre rendez-vous${withDoctor(facts, reader)} est déplacé au ${FR.brief(facts, reader)}.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-zone-changed': (facts, reader) => ({
    subject: `Votre rendez-vous du ${FR.day(facts.date, reader)} reste à ${FR.time(facts.startTime, reader)}`,
    lines: [
      t`Votre rendez-vous avec ${facts.doctorName} reste le ${when(facts, reader)}.`,
      ...where(facts),
      t`Le changement d’heure prévu lors de votre réservation (${facts.timezone}) n’aura pas lieu de cette façon. Le rendez-vous est donc maintenant le ${FR.moment(facts.start, 'UTC', reader)}. Si votre calendrier affiche une autre heure, veuillez l’y corriger.`,
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Votre rendez-vous reste le ${FR.brief(facts, reader)}. Veuillez vérifier l’heure dans votre calendrier.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-series-booked': ({ doctorName, timezone, times, isRequest, ...by }, reader) => ({
    subject: isRequest
      ? `Votre demande de ${times.length} rendez-vous${reader.sender.namesDoctor ? t` avec ${doctorName}` : ''}`
      : `Vos ${times.length} rendez-vous${reader.sender.namesDoctor ? t` avec ${doctorName}` : ''}`,
    lines: [
      isRequest
        ? t`Vous avez demandé des rendez-vous avec ${doctorName}, que la clinique doit accepter :`
        : t`Vos rendez-vous avec ${doctorName} sont pris :`,
      { items: times.map((one) => withPlace(when({ ...one, timezone }, reader), one.place)) },
      ...byProxy(by),
    ],
    action: SEE,
    brief: isRequest
      ? `Vous avez demandé ${times.length} rendez-vous. La clinique vous répondra.`
      : `Vos ${times.length} rendez-vous sont pris.`,
  }),
  'waitlist-offer': (facts, reader) => ({
    subject: `Un horaire s’est libéré : ${FR.dayAndTime(facts, reader)}`,
    lines: [
      t`Un horaire avec ${facts.doctorName} s’est libéré : ${when(facts, reader)}. Nous le gardons pour ${forWhom(facts)} jusqu’au ${FR.moment(facts.expiresAt, facts.timezone, reader)}.`,
      ANSWER,
    ],
    action: 'Répondre à la proposition',
    brief: `Horaire libre${withDoctor(facts, reader)} : ${FR.brief(facts, reader)}. Répondez avant le ${FR.briefMoment(facts.expiresAt, facts.timezone, reader)}.`,
  }),
  'doctor-running-late': ({ doctorName, minutes, startTime, expectedTime, timezone }, reader) =>
    minutes === 0
      ? {
          subject: `Votre rendez-vous est à ${FR.time(startTime, reader)}, comme prévu`,
          lines: [
            t`${doctorName} est de nouveau à l’heure.`,
            t`Votre rendez-vous commence à ${FR.timeInCity(startTime, timezone, reader)}, comme prévu.`,
          ],
          brief: `Votre rendez-vous commence à ${FR.time(startTime, reader)}, comme prévu.`,
        }
      : {
          subject: `Votre rendez-vous commence environ ${lasting(minutes)} plus tard`,
          lines: [
            t`${doctorName} a environ ${lasting(minutes)} de retard aujourd’hui.`,
            t`Votre rendez-vous de ${FR.time(startTime, reader)} devrait commencer à ${FR.timeInCity(expectedTime, timezone, reader)}.`,
          ],
          brief: `Votre rendez-vous de ${FR.time(startTime, reader)} devrait commencer à ${FR.timeInCity(expectedTime, timezone, reader)}.`,
        },
  'offer-kept': ({ expiresAt, timezone }, reader) => ({
    subject: 'La clinique attend votre réponse',
    lines: [
      t`La clinique garde quelque chose pour vous jusqu’au ${FR.moment(expiresAt, timezone, reader)}.`,
      'Pour le voir et y répondre, acceptez l’invitation au portail que vous avez reçue par e-mail ou appelez la clinique.',
    ],
    brief: `La clinique attend votre réponse jusqu’au ${FR.briefMoment(expiresAt, timezone, reader)}.`,
  }),
  'waitlist-ended': ({ doctorName, typeName, ...about }, { sender }) => ({
    subject: `${isOwn(about) ? 'Votre' : 'Une'} attente d’un rendez-vous est terminée`,
    lines: [
      t`${isOwn(about) ? 'Votre attente est terminée' : t`L’attente pour ${forWhom(about)} est terminée`} : ${
        typeName === undefined
          ? t`${doctorName ?? 'ce médecin'} ne consulte plus ici`
          : t`${typeName}${doctorName === null ? '' : t` avec ${doctorName}`}, ce n’est plus possible`
      }.`,
      'Vous pouvez attendre autre chose ou prendre un horaire libre.',
    ],
    action: 'Voir la liste d’attente',
    brief: `${isOwn(about) ? 'Votre' : 'Une'} attente d’un rendez-vous${sender.namesDoctor && doctorName !== null ? ` avec ${FR.briefName(doctorName)}` : ''} est terminée.`,
  }),
  'daily-digest': ({ date, timezone, requests, appointments: total, doctors, moreDoctors }, reader) => {
    const appointments = `${total} rendez-vous`;
    const waiting = counted(requests, {
      one: `${requests} demande attend`,
      other: `${requests} demandes attendent`,
    });
    return {
      subject: `Programme du ${FR.day(date, reader)} : ${appointments}`,
      lines: [
        t`Programme du ${FR.day(date, reader)} : ${appointments}, ${waiting} une réponse. Les heures sont celles de ${FR.cityOf(timezone)}.`,
        ...(doctors.length === 0
          ? []
          : [
              {
                items: [
                  ...doctors.map(
                    ({ doctorName, times }) =>
                      t`${doctorName} : ${FR.list(times.map((time) => FR.time(time, reader)))}`,
                  ),
                  ...(moreDoctors === 0
                    ? []
                    : [
                        counted(moreDoctors, {
                          one: `et ${moreDoctors} autre médecin`,
                          other: `et ${moreDoctors} autres médecins`,
                        }),
                      ]),
                ],
              },
            ]),
      ],
      action: 'Voir les rendez-vous',
      brief: `Programme du ${FR.day(date, reader)} : ${appointments}.`,
    };
  },
  proxy: ({ what, isProxy, name }) => PROXY[what](isProxy, name),
};

export const SCHEDULING: SchedulingTexts = withCopies(TEXTS, TOLD_TO_PROXIES, FR);

const ANSWER = 'Acceptez-le s’il convient. Sinon, refusez-le pour que quelqu’un d’autre puisse l’avoir.';

function isOwn({ patientId }: ForPatient): boolean {
  return patientId === undefined;
}

function forWhom(about: ForPatient): string {
  return isOwn(about) ? 'vous' : (about.patientName ?? 'une personne pour qui vous agissez');
}

function byProxy({ proxyId, proxyName }: ByProxy): string[] {
  return proxyId === undefined ? [] : [t`${proxyName ?? 'Une personne qui agit pour vous'} l’a fait en votre nom.`];
}

function withDoctor({ doctorName }: AppointmentFacts, { sender }: Reader): string {
  return sender.namesDoctor ? ` avec ${FR.briefName(doctorName)}` : '';
}

function withPlace(time: string, place: string | null | undefined): string {
  return place ? t`${time}, ${place}` : time;
}

function lasting(minutes: number): string {
  return counted(minutes, { one: `${minutes} minute`, other: `${minutes} minutes` });
}

function where({ place, visitMode, videoLink }: AppointmentFacts): Line[] {
  switch (visitMode) {
    case 'phone':
      return ['Le médecin vous appellera par téléphone.'];
    case 'video':
      return [
        videoLink
          ? { label: 'Le rendez-vous a lieu par vidéo', url: videoLink }
          : 'Le rendez-vous a lieu par vidéo. La clinique vous donnera l’adresse.',
      ];
    default:
      return place ? [t`Lieu : ${place}.`] : [];
  }
}
