/** Whose rows a batch locks before its first change. */
import { expect, test } from 'vitest';
import { lockPlaces, personsToLock } from '../../adapters/postgres/commit/person-locks.ts';
import type { Change } from '../../domain/changes.ts';
import type { Location } from '../../domain/scheduling/location.ts';
import { changeResource, createResource, type Resource } from '../../domain/scheduling/resource.ts';
import { appointment, DOCTOR_ID, id, NOW, PATIENT_ID, value } from '../domain/scheduling/builders.ts';

const ADDITIONAL = id<'user'>('additional');
const visit = appointment({ additionalDoctorIds: [ADDITIONAL] });
const changeOf = (type: Change['type']) => ({ type, appointment: visit, expectedVersion: 2 }) as Change;

test.each(['appointment.booked', 'appointment.rescheduled', 'appointment.restored'] as const)(
  '%s locks the patient and all doctors, who must have their accounts',
  (type) => {
    const { persons, doctors, leaving } = personsToLock([changeOf(type)]);
    expect(persons).toEqual(new Set([DOCTOR_ID, ADDITIONAL, PATIENT_ID]));
    expect([doctors, leaving]).toEqual([new Set([DOCTOR_ID, ADDITIONAL]), new Set()]);
  },
);

test('appointment.wall_clock_kept locks the same, also those whose account is closed', () => {
  const { persons, doctors, leaving } = personsToLock([changeOf('appointment.wall_clock_kept')]);
  const all = new Set([DOCTOR_ID, ADDITIONAL, PATIENT_ID]);
  expect([persons, leaving, doctors]).toEqual([all, all, new Set()]);
});

test.each(['appointment.edited', 'appointment.cancelled', 'appointment.status_changed'] as const)(
  '%s locks nobody',
  (type) => {
    expect(personsToLock([changeOf(type)]).persons).toEqual(new Set());
  },
);

test('a resource that is added, moved or comes into use locks its location, which must be open', () => {
  const settings = { kind: 'room', name: 'Room 1', locationId: id<'location'>('park'), active: true } as const;
  const room = { ...settings, id: id<'resource'>('room'), version: 1 };
  const locations = [{ id: settings.locationId, active: true } as Location];
  const state = { locations, use: { appointments: 0, appointmentIds: [], until: null, doctorIds: [] } };
  const changed = (of: Partial<Resource>) =>
    lockPlaces([value(changeResource({ ...room, ...of }, settings, state, null, NOW))]).length;
  expect(lockPlaces([value(createResource(room, locations, NOW))])).toHaveLength(1);
  expect([changed({ active: false }), changed({ locationId: id('lake') }), changed({ name: 'Store' })]).toEqual([
    1, 1, 0,
  ]);
});
