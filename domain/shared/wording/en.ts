/** English. */
import { type DateInWords, phrases } from './wording.ts';

const brief = ({ weekday, day, month }: DateInWords) => `${weekday} ${day} ${month}`;

export const EN = phrases({
  language: 'en',
  direction: 'ltr',
  weekdays: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  briefWeekdays: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'],
  months: [
    'January',
    'February',
    'March',
    'April',
    'May',
    'June',
    'July',
    'August',
    'September',
    'October',
    'November',
    'December',
  ],
  briefMonths: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  date: ({ weekday, day, month, year }, { monthFirst }) =>
    monthFirst ? `${weekday}, ${month} ${day}, ${year}` : `${weekday} ${day} ${month} ${year}`,
  briefDate: (date, { monthFirst }) => (monthFirst ? `${date.weekday}, ${date.month} ${date.day}` : brief(date)),
  clock12: (hour, minute, isMorning) => `${hour}:${minute} ${isMorning ? 'AM' : 'PM'}`,
  at: (date, time) => `${date} at ${time}`,
  briefAt: (date, time) => `${date}, ${time}`,
  inCity: (time, city) => (city === 'UTC' ? `${time} (UTC)` : `${time} (${city} time)`),
  occurrence: { first: '(first)', second: '(second)' },
  list: (items) => (items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`),
  greeting: (name) => (name === null ? 'Hello,' : `Hello ${name},`),
  portal: 'Patient portal',
  colon: ': ',
  reasons: {
    account: 'You get this message because it is about your account.',
    security: 'You get this message because it is about the security of your account. It cannot be switched off.',
    code: 'You get this message because somebody entered your address or number in the patient portal.',
    alert: 'You get this message because it is urgent, or about the safety of your data. It cannot be switched off.',
    appointment: 'You get this message because it is about an appointment of yours or of somebody for whom you act.',
    reminder: 'You get this message because you have an appointment.',
    message: 'You get this message from the clinic because you have an account at its patient portal.',
    digest: 'You get this message because you work for the clinic.',
  },
  markCopy: (text) => `Copy: ${text}`,
  copyOf: (name) =>
    name === null
      ? 'You act for somebody and get a copy of the message to that person:'
      : `You act for ${name} and get a copy of the message to ${name}:`,
  preferences: 'Choose which messages you get',
  unsubscribe: 'Stop messages of this kind',
  credentials: {
    trusted_device: 'trusted devices',
    api_key: 'API keys',
    calendar_feed: 'calendar links',
    export: 'copies of your data that are ready for download',
  },
  calendar: {
    name: 'Appointment',
    visit: (doctorName) => `Appointment with ${doctorName}`,
    about: 'See or change it in the patient portal.',
  },
  noLongerWork: (credentials) => `These no longer work: ${credentials}.`,
});

/** @returns the form of a number */
export function counted(count: number, forms: { readonly one: string; readonly other: string }): string {
  return count === 1 ? forms.one : forms.other;
}
