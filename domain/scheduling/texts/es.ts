import type { ForPatient, Line, Reader } from '../../shared/messages.ts';
import { withCopies } from '../../shared/wording/copies.ts';
import { counted, ES } from '../../shared/wording/es.ts';
import type { AppointmentFacts, ByProxy, SchedulingTexts } from '../messages.ts';
import { asked, asks, type ConfirmingWords, choices, replied } from './confirming.ts';
import { TOLD_TO_PROXIES } from './copies.ts';
import { PROXY } from './proxy-es.ts';

const { t, when } = ES;
const SEE = 'Ver sus citas';
const CHANGE_OR_SEE = 'Ver o cambiar su cita';
const CONFIRM = 'Confirmar la cita';
const CONFIRMING: ConfirmingWords = {
  reply: 'Responda C para confirmar.',
  please:
    'Confirme, por favor, que va a venir. Si no puede, cambie o cancele la cita para que otra persona pueda tener esa hora.',
  move: 'Cambiar la cita',
  cancel: 'Cancelar la cita',
  calendar: 'Añadir sus citas a su calendario',
};

const TEXTS: SchedulingTexts = {
  'appointment-confirmation': (facts, reader) => ({
    subject: `Su cita del ${ES.dayAndTime(facts, reader)}`,
    lines: [
      t`Su cita con ${facts.doctorName} está reservada para el ${when(facts, reader)}.`,
      ...byProxy(facts),
      ...where(facts),
      ...choices(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Su cita${withDoctor(facts, reader)} está reservada: ${ES.brief(facts, reader)}.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-reminder': (facts, reader) =>
    facts.isConfirmed
      ? {
          subject: `Le esperamos el ${ES.dayAndTime(facts, reader)}`,
          lines: [
            t`Su cita con ${facts.doctorName} el ${when(facts, reader)} está confirmada. Le esperamos.`,
            ...where(facts),
          ],
          action: CHANGE_OR_SEE,
          brief: `Le esperamos el ${ES.brief(facts, reader)}.`,
        }
      : {
          subject: `Recordatorio: su cita del ${ES.dayAndTime(facts, reader)}`,
          lines: [
            t`Le recordamos su cita con ${facts.doctorName} el ${when(facts, reader)}.`,
            ...where(facts),
            ...asked(facts, CONFIRMING),
          ],
          action: asks(facts) ? CONFIRM : CHANGE_OR_SEE,
          brief: `Recordatorio: su cita${withDoctor(facts, reader)} es el ${ES.brief(facts, reader)}.`,
          ...replied(facts, CONFIRMING),
        },
  'appointment-requested': (facts, reader) => ({
    subject: `Ha pedido una cita para el ${ES.dayAndTime(facts, reader)}`,
    lines: [
      t`Ha pedido una cita con ${facts.doctorName} para el ${when(facts, reader)}. Le guardamos esa hora.`,
      ...byProxy(facts),
      'La clínica tiene que aprobarla. Recibirá un mensaje en cuanto haya respondido.',
    ],
    action: SEE,
    brief: `Ha pedido una cita${withDoctor(facts, reader)}: ${ES.brief(facts, reader)}. La clínica le responderá.`,
  }),
  'appointment-declined': (facts, reader) => ({
    subject: `Su petición de cita para el ${ES.day(facts.date, reader)} no se ha aceptado`,
    lines: [
      t`La clínica no puede darle la cita con ${facts.doctorName} el ${when(facts, reader)}.`,
      'Si ha indicado un motivo, lo encontrará junto a la cita.',
    ],
    action: SEE,
    brief: `La clínica no puede darle la cita${withDoctor(facts, reader)} del ${ES.brief(facts, reader)}.`,
  }),
  'appointment-request-expired': (facts, reader) => ({
    subject: `Su petición de cita para el ${ES.day(facts.date, reader)} quedó sin respuesta`,
    lines: [
      t`La clínica no ha respondido a su petición de cita con ${facts.doctorName} el ${when(facts, reader)}. La cita no tendrá lugar.`,
      'Por favor, pida otra hora o llame a la clínica.',
    ],
    action: SEE,
    brief: `Su petición para el ${ES.brief(facts, reader)} quedó sin respuesta. Por favor, pida otra hora.`,
  }),
  'appointment-cancelled': (facts, reader) => ({
    subject: `Su cita del ${ES.day(facts.date, reader)} se ha anulado`,
    lines: [t`Su cita con ${facts.doctorName} del ${when(facts, reader)} se ha anulado.`, ...byProxy(facts)],
    brief: `Su cita${withDoctor(facts, reader)} del ${ES.brief(facts, reader)} se ha anulado.`,
  }),
  'appointment-given-up': ({ message, offer, isWaiting, ...facts }, reader) => ({
    subject: `${isOwn(facts) ? 'Su' : 'Una'} cita del ${ES.day(facts.date, reader)} no puede tener lugar`,
    lines: [
      t`${isOwn(facts) ? 'Su cita' : t`La cita para ${forWhom(facts)}`} con ${facts.doctorName} del ${when(facts, reader)} no puede tener lugar y la clínica la ha anulado.`,
      ...(message === null ? [] : [{ words: message }]),
      ...(offer === null
        ? [isWaiting ? 'La lista de espera ofrece la próxima hora libre.' : 'Puede pedir otra hora.']
        : [
            t`En su lugar ofrecemos el ${when(offer, reader)} con ${offer.doctorName}. Guardamos esa hora para ${forWhom(facts)} hasta el ${ES.moment(offer.expiresAt, offer.timezone, reader)}.`,
            ANSWER,
          ]),
    ],
    action: offer !== null ? 'Responder a la oferta' : isWaiting ? 'Ver la lista de espera' : SEE,
    brief: `${isOwn(facts) ? 'Su' : 'Una'} cita del ${ES.brief(facts, reader)} no puede tener lugar.${offer === null ? '' : ` Ofrecemos: ${ES.brief(offer, reader)}.`}`,
  }),
  'appointment-restored': (facts, reader) => ({
    subject: `Su cita del ${ES.day(facts.date, reader)} sí tendrá lugar`,
    lines: [
      t`Se ha deshecho la anulación de su cita con ${facts.doctorName}.`,
      ...byProxy(facts),
      t`Tendrá lugar el ${when(facts, reader)}.`,
      ...where(facts),
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Su cita${withDoctor(facts, reader)} del ${ES.brief(facts, reader)} sí tendrá lugar.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-rescheduled': (facts, reader) => ({
    subject: `Su cita se ha cambiado al ${ES.dayAndTime(facts, reader)}`,
    lines: [
      t`Su cita con ${facts.doctorName} se ha cambiado al ${when(facts, reader)}.`,
      ...byProxy(facts),
      ...where(facts),
      `Antes era el ${ES.dayAndTime({ date: facts.previousDate, startTime: facts.previousStartTime }, reader)}.`,
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Su cita${withDoctor(facts, reader)} se ha cambiado al ${ES.brief(facts, reader)}.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-zone-changed': (facts, reader) => ({
    subject: `Su cita del ${ES.day(facts.date, reader)} sigue a la misma hora: ${ES.time(facts.startTime, reader)}`,
    lines: [
      t`Su cita con ${facts.doctorName} sigue siendo el ${when(facts, reader)}.`,
      ...where(facts),
      t`Los relojes de ${facts.timezone} no cambiarán como se esperaba cuando pidió la cita, así que ahora es el ${ES.moment(facts.start, 'UTC', reader)}. Si su calendario muestra otra hora, corríjala allí.`,
      ...asked(facts, CONFIRMING),
    ],
    action: asks(facts) ? CONFIRM : SEE,
    brief: `Su cita sigue siendo el ${ES.brief(facts, reader)}. Por favor, compruebe la hora en su calendario.`,
    ...replied(facts, CONFIRMING),
  }),
  'appointment-series-booked': ({ doctorName, timezone, times, isRequest, ...by }, reader) => ({
    subject: isRequest
      ? `Ha pedido ${times.length} citas${reader.sender.namesDoctor ? t` con ${doctorName}` : ''}`
      : `Sus ${times.length} citas${reader.sender.namesDoctor ? t` con ${doctorName}` : ''}`,
    lines: [
      isRequest
        ? t`Ha pedido citas con ${doctorName}, que la clínica tiene que aprobar:`
        : t`Sus citas con ${doctorName} están reservadas:`,
      { items: times.map((one) => withPlace(when({ ...one, timezone }, reader), one.place)) },
      ...byProxy(by),
    ],
    action: SEE,
    brief: isRequest
      ? `Ha pedido ${times.length} citas. La clínica le responderá.`
      : `Sus ${times.length} citas están reservadas.`,
  }),
  'waitlist-offer': (facts, reader) => ({
    subject: `Ha quedado libre una hora: ${ES.dayAndTime(facts, reader)}`,
    lines: [
      t`Ha quedado libre una hora con ${facts.doctorName}: ${when(facts, reader)}. La guardamos para ${forWhom(facts)} hasta el ${ES.moment(facts.expiresAt, facts.timezone, reader)}.`,
      ANSWER,
    ],
    action: 'Responder a la oferta',
    brief: `Hora libre${withDoctor(facts, reader)}: ${ES.brief(facts, reader)}. Responda antes del ${ES.briefMoment(facts.expiresAt, facts.timezone, reader)}.`,
  }),
  'doctor-running-late': ({ doctorName, minutes, startTime, expectedTime, timezone }, reader) =>
    minutes === 0
      ? {
          subject: `Su cita empieza a la hora reservada: ${ES.time(startTime, reader)}`,
          lines: [
            t`${doctorName} ya va a la hora.`,
            t`Su cita empieza a la hora reservada: ${ES.timeInCity(startTime, timezone, reader)}.`,
          ],
          brief: `Su cita empieza a la hora reservada: ${ES.time(startTime, reader)}.`,
        }
      : {
          subject: `Su cita empieza unos ${lasting(minutes)} más tarde`,
          lines: [
            t`${doctorName} lleva hoy un retraso de unos ${lasting(minutes)}.`,
            t`Hora de su cita: ${ES.time(startTime, reader)}. Hora a la que se espera que empiece: ${ES.timeInCity(expectedTime, timezone, reader)}.`,
          ],
          brief: `Hora de su cita: ${ES.time(startTime, reader)}. Se espera que empiece: ${ES.timeInCity(expectedTime, timezone, reader)}.`,
        },
  'offer-kept': ({ expiresAt, timezone }, reader) => ({
    subject: 'La clínica espera su respuesta',
    lines: [
      t`La clínica guarda algo para usted hasta el ${ES.moment(expiresAt, timezone, reader)}.`,
      'Para verlo y responder, acepte la invitación al portal que recibió por correo o llame a la clínica.',
    ],
    brief: `La clínica espera su respuesta hasta el ${ES.briefMoment(expiresAt, timezone, reader)}.`,
  }),
  'waitlist-ended': ({ doctorName, typeName, ...about }, { sender }) => ({
    subject: `${isOwn(about) ? 'Su' : 'Una'} espera de una cita ha terminado`,
    lines: [
      t`${isOwn(about) ? 'Su espera ha terminado' : t`La espera para ${forWhom(about)} ha terminado`}: ${
        typeName === undefined
          ? t`${doctorName ?? 'esa persona del equipo médico'} ya no atiende aquí`
          : t`ya no se puede reservar ${typeName}${doctorName === null ? '' : t` con ${doctorName}`}`
      }.`,
      'Puede esperar otra cosa o reservar una hora libre.',
    ],
    action: 'Ver la lista de espera',
    brief: `${isOwn(about) ? 'Su' : 'Una'} espera de una cita${sender.namesDoctor && doctorName !== null ? ` con ${ES.briefName(doctorName)}` : ''} ha terminado.`,
  }),
  'daily-digest': ({ date, timezone, requests, appointments: total, doctors, moreDoctors }, reader) => {
    const appointments = counted(total, { one: '1 cita', other: `${total} citas` });
    const waiting = counted(requests, { one: '1 petición espera', other: `${requests} peticiones esperan` });
    return {
      subject: `Agenda del ${ES.day(date, reader)}: ${appointments}`,
      lines: [
        t`Agenda del ${ES.day(date, reader)}: ${appointments}, ${waiting} respuesta. Las horas son las de ${ES.cityOf(timezone)}.`,
        ...(doctors.length === 0
          ? []
          : [
              {
                items: [
                  ...doctors.map(
                    ({ doctorName, times }) => t`${doctorName}: ${ES.list(times.map((time) => ES.time(time, reader)))}`,
                  ),
                  ...(moreDoctors === 0
                    ? []
                    : [counted(moreDoctors, { one: 'y 1 médico más', other: `y ${moreDoctors} médicos más` })]),
                ],
              },
            ]),
      ],
      action: 'Ver las citas',
      brief: `Agenda del ${ES.day(date, reader)}: ${appointments}.`,
    };
  },
  proxy: ({ what, isProxy, name }) => PROXY[what](isProxy, name),
};

export const SCHEDULING: SchedulingTexts = withCopies(TEXTS, TOLD_TO_PROXIES, ES);

const ANSWER = 'Acéptela si conviene. Si no, rechácela para que otra persona pueda tenerla.';

function isOwn({ patientId }: ForPatient): boolean {
  return patientId === undefined;
}

function forWhom(about: ForPatient): string {
  return isOwn(about) ? 'usted' : (about.patientName ?? 'una persona en cuyo nombre usted actúa');
}

function byProxy({ proxyId, proxyName }: ByProxy): string[] {
  return proxyId === undefined ? [] : [t`Lo hizo en su nombre ${proxyName ?? 'una persona que le representa'}.`];
}

function withDoctor({ doctorName }: AppointmentFacts, { sender }: Reader): string {
  return sender.namesDoctor ? ` con ${ES.briefName(doctorName)}` : '';
}

function withPlace(time: string, place: string | null | undefined): string {
  return place ? t`${time}, ${place}` : time;
}

function lasting(minutes: number): string {
  return counted(minutes, { one: '1 minuto', other: `${minutes} minutos` });
}

function where({ place, visitMode, videoLink }: AppointmentFacts): Line[] {
  switch (visitMode) {
    case 'phone':
      return ['Le llamarán por teléfono desde la consulta.'];
    case 'video':
      return [
        videoLink
          ? { label: 'La cita es por vídeo', url: videoLink }
          : 'La cita es por vídeo. La clínica le dirá la dirección.',
      ];
    default:
      return place ? [t`Lugar: ${place}.`] : [];
  }
}
