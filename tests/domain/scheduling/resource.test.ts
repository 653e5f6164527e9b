import { describe, expect, test } from 'vitest';
import {
  addressInWords,
  changeLocation,
  isUsed,
  type Location,
  type LocationId,
  type PlaceUse,
  placeInWords,
} from '../../../domain/scheduling/location.ts';
import {
  changeResource,
  createResource,
  type Resource,
  type ResourceId,
  type ResourceSettings,
} from '../../../domain/scheduling/resource.ts';
import { DOCTOR_ID, id, NOW, refusal, value, zone } from './builders.ts';

const MAIN: Location = {
  id: id<'location'>('main') as LocationId,
  name: 'Main practice',
  street: 'Lindenstraße 12',
  city: 'Berlin',
  state: null,
  postalCode: '10969',
  country: 'DE',
  timezone: zone('Europe/Berlin'),
  phone: null,
  directions: null,
  active: true,
  version: 2,
};
const OTHER: Location = { ...MAIN, id: id<'location'>('other') as LocationId };
const CLOSED: Location = { ...MAIN, id: id<'location'>('closed') as LocationId, active: false };
const LOCATIONS = [CLOSED, MAIN, OTHER];
const UNUSED: PlaceUse = { appointments: 0, appointmentIds: [], until: null, doctorIds: [] };
const BOOKED: PlaceUse = { ...UNUSED, appointments: 1 };

test('a place is used by appointments, or by hours of doctors', () => {
  expect(isUsed(UNUSED)).toBe(false);
  expect(isUsed(BOOKED)).toBe(true);
  expect(isUsed({ ...UNUSED, doctorIds: [DOCTOR_ID] })).toBe(true);
});

describe('changing a location', () => {
  const { id: _, version: __, ...SETTINGS } = MAIN;
  const change = (fields: Partial<Location>, use = UNUSED, current: Location | undefined = MAIN) =>
    changeLocation(current, { ...SETTINGS, ...fields }, use, 2, NOW);

  test.each([
    ['its name', { name: 'Practice' }, false],
    ['closing it', { active: false }, true],
    ['another zone', { timezone: zone('Europe/Paris') }, true],
  ])('%s: it must be unused: %s', (_, fields, unused) => {
    expect(value(change(fields))).toEqual({
      type: 'location.changed',
      location: { ...MAIN, ...fields, version: 3 },
      expectedVersion: 2,
      unused,
      at: NOW,
    });
    expect(change(fields, BOOKED).ok).toBe(!unused);
    if (unused) expect(refusal(change(fields, BOOKED))).toEqual({ code: 'location_in_use', ...BOOKED });
  });

  test('opening it again needs nothing', () => {
    expect(value(change({}, BOOKED, { ...MAIN, active: false })).unused).toBe(false);
    expect(value(change({ active: false }, BOOKED, { ...MAIN, active: false })).unused).toBe(false);
  });

  test('one that is not there, or was changed meanwhile, is refused', () => {
    expect(refusal(changeLocation(undefined, SETTINGS, UNUSED, null, NOW))).toEqual({ code: 'location_not_found' });
    expect(refusal(change({}, UNUSED, { ...MAIN, version: 3 }))).toEqual({ code: 'stale_version', version: 3 });
  });
});

test('a place in words leaves out what is not known', () => {
  expect(placeInWords(MAIN)).toBe('Main practice, Lindenstraße 12, 10969 Berlin');
  expect(placeInWords({ ...MAIN, street: null, city: null, postalCode: null })).toBe('Main practice');
  expect(addressInWords({ street: null, city: 'Austin', state: 'TX', postalCode: null })).toBe('Austin, TX');
});

const ROOM: Resource = {
  id: id<'resource'>('room') as ResourceId,
  kind: 'room',
  name: 'Room 1',
  locationId: MAIN.id,
  active: true,
  version: 5,
};

test('a resource is added only to a location that is open', () => {
  expect(createResource(ROOM, LOCATIONS, NOW)).toMatchObject({
    ok: true,
    value: { type: 'resource.created', at: NOW },
  });
  for (const locationId of [CLOSED.id, id<'location'>('unknown') as LocationId]) {
    expect(refusal(createResource({ ...ROOM, locationId }, LOCATIONS, NOW))).toEqual({ code: 'location_not_found' });
  }
});

describe('changing a resource', () => {
  const { id: _, version: __, ...SETTINGS } = ROOM;
  const change = (fields: Partial<ResourceSettings>, use = UNUSED, current: Partial<Resource> = {}) =>
    changeResource(
      { ...ROOM, ...current },
      { ...SETTINGS, ...current, ...fields },
      { use, locations: LOCATIONS },
      5,
      NOW,
    );

  test.each([
    ['its name', { name: 'Room 2' }, {}, { unused: false, opens: false }],
    ['taking it out of use', { active: false }, {}, { unused: true, opens: false }],
    ['another kind', { kind: 'device' }, {}, { unused: true, opens: false }],
    ['another location', { locationId: OTHER.id }, {}, { unused: true, opens: true }],
    ['using it again', { active: true }, { active: false }, { unused: false, opens: true }],
    ['the name of one out of use', { name: 'Room 2' }, { active: false }, { unused: false, opens: false }],
  ] as const)('%s', (_, fields, current, guards) => {
    expect(value(change(fields, UNUSED, current))).toEqual({
      type: 'resource.changed',
      resource: { ...ROOM, ...current, ...fields, version: 6 },
      expectedVersion: 5,
      ...guards,
      at: NOW,
    });
    const whileBooked = change(fields, BOOKED, current);
    if (guards.unused) expect(refusal(whileBooked)).toEqual({ code: 'resource_in_use', ...BOOKED });
    else expect(whileBooked.ok).toBe(true);
  });

  test('it comes to a location, or into use again, only where that is open', () => {
    const closed = { locationId: CLOSED.id };
    expect(refusal(change(closed))).toEqual({ code: 'location_not_found' });
    expect(refusal(change({ active: true }, UNUSED, { ...closed, active: false }))).toEqual({
      code: 'location_not_found',
    });
    expect(change({ name: 'Room 2' }, UNUSED, closed).ok).toBe(true);
  });

  test('one that is not there, or was changed meanwhile, is refused', () => {
    const state = { use: UNUSED, locations: LOCATIONS };
    expect(refusal(changeResource(undefined, SETTINGS, state, null, NOW))).toEqual({ code: 'resource_not_found' });
    expect(refusal(change({}, UNUSED, { version: 6 }))).toEqual({ code: 'stale_version', version: 6 });
  });
});
