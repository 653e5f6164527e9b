/** Spanish, with the polite form of address. */
import { phrases } from './wording.ts';

export const ES = phrases({
  language: 'es',
  direction: 'ltr',
  weekdays: ['lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado', 'domingo'],
  briefWeekdays: ['lun', 'mar', 'mié', 'jue', 'vie', 'sáb', 'dom'],
  months: [
    'enero',
    'febrero',
    'marzo',
    'abril',
    'mayo',
    'junio',
    'julio',
    'agosto',
    'septiembre',
    'octubre',
    'noviembre',
    'diciembre',
  ],
  briefMonths: ['ene', 'feb', 'mar', 'abr', 'may', 'jun', 'jul', 'ago', 'sept', 'oct', 'nov', 'dic'],
  date: ({ weekday, day, month, year }) => `${weekday}, ${day} de ${month} de ${year}`,
  briefDate: ({ weekday, day, month }) => `${weekday} ${day} ${month}`,
  clock12: (hour, minute, isMorning) => `${hour}:${minute} ${isMorning ? 'a. m.' : 'p. m.'}`,
  at: (date, time) => `${date}, ${/^0?1:/.test(time) ? 'a la' : 'a las'} ${time}`,
  briefAt: (date, time) => `${date}, ${time}`,
  inCity: (time, city) => (city === 'UTC' ? `${time} (UTC)` : `${time} (hora de ${city})`),
  occurrence: { first: '(la primera vez)', second: '(la segunda vez)' },
  list: (items) => (items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} y ${items.at(-1)}`),
  greeting: (name) => (name === null ? 'Hola:' : `Hola, ${name}:`),
  portal: 'Portal del paciente',
  colon: ': ',
  reasons: {
    account: 'Recibe este mensaje porque trata de su cuenta.',
    security: 'Recibe este mensaje porque trata de la seguridad de su cuenta. No se puede desactivar.',
    code: 'Recibe este mensaje porque alguien indicó su dirección o su número en el portal del paciente.',
    alert: 'Recibe este mensaje porque es urgente o trata de la seguridad de sus datos. No se puede desactivar.',
    appointment: 'Recibe este mensaje porque trata de una cita suya o de una persona en cuyo nombre usted actúa.',
    reminder: 'Recibe este mensaje porque tiene una cita.',
    message: 'Recibe este mensaje de la clínica porque tiene una cuenta en su portal del paciente.',
    digest: 'Recibe este mensaje porque trabaja para la clínica.',
  },
  markCopy: (text) => `Copia: ${text}`,
  copyOf: (name) =>
    name === null
      ? 'Usted actúa en nombre de otra persona; esta es una copia del mensaje que se le ha enviado:'
      : `Usted actúa en nombre de ${name}; esta es una copia del mensaje que se le ha enviado:`,
  preferences: 'Elegir qué mensajes recibe',
  unsubscribe: 'Dejar de recibir mensajes de este tipo',
  credentials: {
    trusted_device: 'los dispositivos de confianza',
    api_key: 'las claves de API',
    calendar_feed: 'los enlaces de calendario',
    export: 'las copias de sus datos listas para descargar',
  },
  calendar: {
    name: 'Cita',
    visit: (doctorName) => `Cita con ${doctorName}`,
    about: 'Véala o cámbiela en el portal del paciente.',
  },
  noLongerWork: (credentials) => `Ya no funcionan: ${credentials}.`,
});

/** @returns the form of a number */
export function counted(count: number, forms: { readonly one: string; readonly other: string }): string {
  return count === 1 ? forms.one : forms.other;
}
