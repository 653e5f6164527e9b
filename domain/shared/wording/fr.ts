/** French, with the polite form of address. */
import { phrases } from './wording.ts';

export const FR = phrases({
  language: 'fr',
  direction: 'ltr',
  weekdays: ['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche'],
  briefWeekdays: ['lun.', 'mar.', 'mer.', 'jeu.', 'ven.', 'sam.', 'dim.'],
  months: [
    'janvier',
    'février',
    'mars',
    'avril',
    'mai',
    'juin',
    'juillet',
    'août',
    'septembre',
    'octobre',
    'novembre',
    'décembre',
  ],
  briefMonths: ['janv.', 'févr.', 'mars', 'avr.', 'mai', 'juin', 'juil.', 'août', 'sept.', 'oct.', 'nov.', 'déc.'],
  date: ({ weekday, day, month, year }) => `${weekday} ${ordinal(day)} ${month} ${year}`,
  briefDate: ({ weekday, day, month }) => `${weekday} ${ordinal(day)} ${month}`,
  clock12: (hour, minute, isMorning) => `${hour}:${minute} ${isMorning ? 'AM' : 'PM'}`,
  at: (date, time) => `${date} à ${time}`,
  briefAt: (date, time) => `${date}, ${time}`,
  inCity: (time, city) =>
    city === 'UTC' ? `${time} (UTC)` : `${time} (heure ${/^[aeiouy]/i.test(city) ? 'd’' : 'de '}${city})`,
  occurrence: { first: '(première fois)', second: '(seconde fois)' },
  list: (items) => (items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} et ${items.at(-1)}`),
  greeting: (name) => (name === null ? 'Bonjour,' : `Bonjour ${name},`),
  portal: 'Portail patient',
  colon: '\u00a0: ',
  reasons: {
    account: 'Vous recevez ce message car il concerne votre compte.',
    security: 'Vous recevez ce message car il concerne la sécurité de votre compte. Il ne peut pas être désactivé.',
    code: 'Vous recevez ce message car quelqu’un a saisi votre adresse ou votre numéro sur le portail patient.',
    alert:
      'Vous recevez ce message car il est urgent ou concerne la sécurité de vos données. Il ne peut pas être désactivé.',
    appointment:
      'Vous recevez ce message car il concerne votre rendez-vous ou celui d’une personne pour qui vous agissez.',
    reminder: 'Vous recevez ce message car vous avez un rendez-vous.',
    message: 'Vous recevez ce message de la clinique car vous avez un compte sur son portail patient.',
    digest: 'Vous recevez ce message car vous travaillez pour la clinique.',
  },
  markCopy: (text) => `Copie : ${text}`,
  copyOf: (name) =>
    name === null
      ? 'Vous agissez pour une autre personne ; voici une copie du message qui lui est adressé :'
      : `Vous agissez pour ${name} ; voici une copie du message qui lui est adressé :`,
  preferences: 'Choisir les messages que vous recevez',
  unsubscribe: 'Ne plus recevoir ce type de messages',
  credentials: {
    trusted_device: 'les appareils de confiance',
    api_key: 'les clés d’API',
    calendar_feed: 'les liens de calendrier',
    export: 'les copies de vos données prêtes à télécharger',
  },
  calendar: {
    name: 'Rendez-vous',
    visit: (doctorName) => `Rendez-vous avec ${doctorName}`,
    about: 'À consulter ou à modifier sur le portail patient.',
  },
  noLongerWork: (credentials) => `Ne fonctionnent plus : ${credentials}.`,
});

function ordinal(day: number): string {
  return day === 1 ? '1er' : String(day);
}

/** @returns the form of a number: 0 and 1 are singular */
export function counted(count: number, forms: { readonly one: string; readonly other: string }): string {
  return count < 2 ? forms.one : forms.other;
}
