/** What calendars show of appointments: no reason, no notes, and nothing of other people. */
import type { Appointment } from './appointment.ts';
import type { Clinic } from './clinic-settings.ts';
import { addressInWords, inOneLine, type Location, type PostalAddress } from './location.ts';

export type CalendarAppointment = Pick<
  Appointment,
  'id' | 'start' | 'end' | 'timezone' | 'visitMode' | 'version' | 'status' | 'createdAt' | 'updatedAt'
>;

type NamedPlace = PostalAddress & { readonly name: string | null };

export interface CalendarVisit {
  readonly appointment: CalendarAppointment;
  readonly place: NamedPlace | null;
}

/** Without what is sealed or concerns others. */
export function visitOf(appointment: Appointment, location: Location | null): CalendarVisit {
  const { id, start, end, timezone, visitMode, version, status, createdAt, updatedAt } = appointment;
  return {
    appointment: { id, start, end, timezone, visitMode, version, status, createdAt, updatedAt },
    place: location === null ? null : namedPlace(location),
  };
}

/** Where an appointment in person takes place, in one line. The clinic's name and address stand for those that its location lacks. */
export function placeOf({ appointment, place }: CalendarVisit, clinic: Clinic): string | null {
  if (appointment.visitMode !== 'in_person') return null;
  const own = place === null ? '' : fullAddress(place);
  return inOneLine([place?.name ?? clinic.name, own === '' ? fullAddress(clinic) : own]) || null;
}

function namedPlace({ name, street, city, state, postalCode, country }: Location): NamedPlace {
  return { name, street, city, state, postalCode, country };
}

function fullAddress(address: PostalAddress): string {
  return inOneLine([addressInWords(address), address.country]);
}
