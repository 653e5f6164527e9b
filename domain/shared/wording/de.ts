/** German, with the polite form of address. */
import { phrases } from './wording.ts';

export const DE = phrases({
  language: 'de',
  direction: 'ltr',
  weekdays: ['Montag', 'Dienstag', 'Mittwoch', 'Donnerstag', 'Freitag', 'Samstag', 'Sonntag'],
  briefWeekdays: ['Mo.', 'Di.', 'Mi.', 'Do.', 'Fr.', 'Sa.', 'So.'],
  months: [
    'Januar',
    'Februar',
    'März',
    'April',
    'Mai',
    'Juni',
    'Juli',
    'August',
    'September',
    'Oktober',
    'November',
    'Dezember',
  ],
  briefMonths: ['Jan.', 'Feb.', 'März', 'Apr.', 'Mai', 'Juni', 'Juli', 'Aug.', 'Sept.', 'Okt.', 'Nov.', 'Dez.'],
  date: ({ weekday, day, month, year }) => `${weekday}, ${day}. ${month} ${year}`,
  briefDate: ({ weekday, day, month }) => `${weekday} ${day}. ${month}`,
  clock12: (hour, minute, isMorning) => `${isMorning ? 'vormittags' : 'nachmittags'} ${hour}:${minute}`,
  at: (date, time) => `${date} um ${time}`,
  briefAt: (date, time) => `${date}, ${time}`,
  inCity: (time, city) => (city === 'UTC' ? `${time} Uhr (UTC)` : `${time} Uhr (Ortszeit ${city})`),
  occurrence: { first: '(erstes Mal)', second: '(zweites Mal)' },
  list: (items) => (items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} und ${items.at(-1)}`),
  greeting: (name) => (name === null ? 'Guten Tag,' : `Guten Tag ${name},`),
  portal: 'Patientenportal',
  colon: ': ',
  reasons: {
    account: 'Sie erhalten diese Nachricht, weil sie Ihr Konto betrifft.',
    security:
      'Sie erhalten diese Nachricht, weil sie die Sicherheit Ihres Kontos betrifft. Sie lässt sich nicht abbestellen.',
    code: 'Sie erhalten diese Nachricht, weil jemand Ihre Adresse oder Nummer im Patientenportal angegeben hat.',
    alert:
      'Sie erhalten diese Nachricht, weil sie dringend ist oder die Sicherheit Ihrer Daten betrifft. Sie lässt sich nicht abschalten.',
    appointment:
      'Sie erhalten diese Nachricht, weil sie einen Termin von Ihnen oder von jemandem betrifft, für den Sie handeln.',
    reminder: 'Sie erhalten diese Nachricht, weil Sie einen Termin haben.',
    message: 'Sie erhalten diese Nachricht von der Praxis, weil Sie ein Konto in ihrem Patientenportal haben.',
    digest: 'Sie erhalten diese Nachricht, weil Sie für die Praxis arbeiten.',
  },
  markCopy: (text) => `Kopie: ${text}`,
  copyOf: (name) =>
    name === null
      ? 'Sie handeln für eine andere Person und erhalten eine Kopie der Nachricht an sie:'
      : `Sie handeln für ${name} und erhalten eine Kopie der Nachricht an ${name}:`,
  preferences: 'Wählen, welche Nachrichten Sie erhalten',
  unsubscribe: 'Nachrichten dieser Art abbestellen',
  credentials: {
    trusted_device: 'vertraute Geräte',
    api_key: 'API-Schlüssel',
    calendar_feed: 'Kalender-Links',
    export: 'Kopien Ihrer Daten, die zum Herunterladen bereitliegen',
  },
  calendar: {
    name: 'Termin',
    visit: (doctorName) => `Termin bei ${doctorName}`,
    about: 'Im Patientenportal ansehen oder ändern.',
  },
  noLongerWork: (credentials) => `Diese Zugänge gelten nicht mehr: ${credentials}.`,
});

/** @returns the form of a number */
export function counted(count: number, forms: { readonly one: string; readonly other: string }): string {
  return count === 1 ? forms.one : forms.other;
}
