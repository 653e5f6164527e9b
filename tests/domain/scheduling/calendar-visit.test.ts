import { describe, expect, test } from 'vitest';
import { type CalendarVisit, placeOf, visitOf } from '../../../domain/scheduling/calendar-visit.ts';
import type { Clinic } from '../../../domain/scheduling/clinic-settings.ts';
import { appointment } from './builders.ts';

const NOWHERE = { street: null, city: null, state: null, postalCode: null, country: null };
const CLINIC = {
  ...NOWHERE,
  name: 'Park practice',
  street: 'Lindenstraße 12',
  city: 'Berlin',
  country: 'DE',
} as Clinic;

function at(place: CalendarVisit['place'], visitMode: 'in_person' | 'video' = 'in_person'): CalendarVisit {
  return { appointment: { ...visitOf(appointment(), null).appointment, visitMode }, place };
}

describe('the place of an appointment in calendars', () => {
  test.each<[string, CalendarVisit['place'], string]>([
    ['of a location with an address', { ...NOWHERE, name: 'North', city: 'Bonn' }, 'North, Bonn'],
    ['of a location without one', { ...NOWHERE, name: 'North' }, 'North, Lindenstraße 12, Berlin, DE'],
    ['of no location', null, 'Park practice, Lindenstraße 12, Berlin, DE'],
  ])('%s', (_, place, expected) => expect(placeOf(at(place), CLINIC)).toBe(expected));

  test('is nowhere for a video visit, and before the clinic has said where it is', () => {
    expect(placeOf(at({ ...NOWHERE, name: 'North', city: 'Bonn' }, 'video'), CLINIC)).toBeNull();
    expect(placeOf(at(null), { ...CLINIC, ...NOWHERE, name: null })).toBeNull();
  });
});

test('what calendars show has no words of the record', () => {
  const full = { ...appointment(), reason: 'A secret cough', notes: 'Lungs clear' };
  expect(JSON.stringify(visitOf(full, null))).not.toMatch(/cough|Lungs|patientId/);
});
