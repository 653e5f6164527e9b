/** Locations, rooms and devices: who adds and changes them, and how they are listed. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, startClinic } from './clinic.ts';

let clinic: Clinic;
let park: { readonly id: string; readonly version: number };

beforeAll(async () => {
  clinic = await startClinic();
  park = (await addLocation({ name: 'Park', city: 'Berlin' })).body;
});
afterAll(() => clinic.portal.close());

const addLocation = (body: object) =>
  clinic.post('/locations', clinic.admin.token, { name: 'Park', timezone: 'UTC', ...body });
const addResource = (body: object) =>
  clinic.post('/resources', clinic.admin.token, { kind: 'room', name: 'Room 1', locationId: park.id, ...body });

test('an administrator adds a location with its address; a patient reads it', async () => {
  const address = { street: 'Am Ufer 3', city: 'Bonn', state: null, postalCode: '53111', country: 'DE' };
  const body = { name: 'Rhine', ...address, phone: '+49 228 123456', directions: 'Ring twice' };
  const added = await addLocation(body);
  expect(added.status, JSON.stringify(added.body)).toBe(201);
  const shown = await clinic.get(`/locations/${added.body.id}`, clinic.maria.token);
  expect(shown.body).toMatchObject({ ...body, phone: '+49228123456', timezone: 'UTC', active: true, version: 1 });
  expect(shown.headers.get('etag')).toBe('"v1"');
});

test('names of locations are unique, an unknown country is refused with its pointer', async () => {
  expect((await addLocation({ name: 'Park' })).body.code).toBe('location_exists');
  expect((await addLocation({ name: 'Elsewhere', country: 'Germany' })).body.errors[0].pointer).toBe('/country');
});

test('staff, doctors and patients neither add nor change locations and resources', async () => {
  for (const { token } of [clinic.staff, clinic.doctor, clinic.maria]) {
    expect((await clinic.post('/locations', token, { name: 'Mine', timezone: 'UTC' })).body.code).toBe('forbidden');
    const room = { kind: 'room', name: 'Mine', locationId: park.id };
    expect((await clinic.post('/resources', token, room)).body.code).toBe('forbidden');
  }
});

test('a changed location has a new version; the former version is refused, and so is a missing one', async () => {
  const { body } = await addLocation({ name: 'Old name' });
  const change = { name: 'New name', timezone: 'Europe/Berlin' };
  const saved = await clinic.put(`/locations/${body.id}`, clinic.admin.token, change, 1);
  expect(saved.body).toMatchObject({ name: 'New name', timezone: 'Europe/Berlin', version: 2 });
  expect((await clinic.put(`/locations/${body.id}`, clinic.admin.token, change, 1)).status).toBe(412);
  expect((await clinic.put(`/locations/${body.id}`, clinic.admin.token, change)).status).toBe(428);
  expect((await clinic.put(`/locations/${park.id}`, clinic.admin.token, change, 1)).body.code).toBe('location_exists');
});

test('the list of locations is sorted as asked, page by page', async () => {
  for (const [name, city] of [
    ['Alpha', 'Zwickau'],
    ['Zulu', 'Aachen'],
  ]) {
    await addLocation({ name, city });
  }
  const names: string[] = [];
  let next: string | undefined = '/locations?sort=-name&limit=2';
  while (next !== undefined) {
    const { body }: { body: { data: { name: string }[]; _links: { next?: { href: string } } } } = await clinic.get(
      next,
      clinic.maria.token,
    );
    names.push(...body.data.map(({ name }) => name));
    next = body._links.next?.href.slice('/api/v1'.length);
  }
  expect(names).toEqual(names.toSorted().reverse());
  expect(names).toContain('Park');
  const byCity = await clinic.get('/locations?sort=city', clinic.maria.token);
  expect(byCity.body.data.at(-1).name).toBe('Alpha');
});

test('a room belongs to an open location, its name is unique there, and it is found by location and kind', async () => {
  const unknown = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f';
  expect((await addResource({ locationId: unknown })).body.code).toBe('location_not_found');
  expect((await addResource({})).status).toBe(201);
  expect((await addResource({})).body.code).toBe('resource_exists');
  await addResource({ kind: 'device', name: 'Ultrasound' });
  const devices = await clinic.get(`/resources?locationId=${park.id}&kind=device`, clinic.maria.token);
  expect(devices.body.data).toMatchObject([{ name: 'Ultrasound', kind: 'device', locationId: park.id }]);
  const others = await clinic.get(`/resources?locationId=${unknown}`, clinic.maria.token);
  expect(others.body.data).toEqual([]);
});

test('a location without hours and appointments is closed, and takes no further room', async () => {
  const { body } = await addLocation({ name: 'Closing' });
  const closed = await clinic.put(
    `/locations/${body.id}`,
    clinic.admin.token,
    { name: 'Closing', timezone: 'UTC', active: false },
    1,
  );
  expect(closed.body).toMatchObject({ active: false, version: 2 });
  expect((await addResource({ locationId: body.id })).body.code).toBe('location_not_found');
});

test.each(['POST', 'PUT'] as const)(
  'hours of a date (%s) are not committed for a location that is closed meanwhile',
  async (how) => {
    const name = `Leaving after ${how}`;
    const { body: location } = await addLocation({ name });
    const path = `/doctors/${clinic.doctor.id}/availability/overrides`;
    const date = how === 'PUT' ? '2026-03-10' : '2026-03-11';
    const hours = { date, available: [{ start: '09:00', end: '10:00', locationId: location.id }] };
    const kept = how === 'PUT' ? (await clinic.post(path, clinic.admin.token, { date, available: [] })).body : null;
    const { driver } = clinic.portal;
    const { run } = driver;
    driver.run = async (statements, mode, bounds) => {
      if (mode === 'write') {
        driver.run = run;
        const closed = { name, timezone: 'UTC', active: false };
        expect((await clinic.put(`/locations/${location.id}`, clinic.admin.token, closed, 1)).status).toBe(200);
      }
      return run(statements, mode, bounds);
    };
    const answer =
      kept === null
        ? await clinic.post(path, clinic.admin.token, hours)
        : await clinic.put(`${path}/${kept.id}`, clinic.admin.token, hours);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/available/0/locationId' }] } });
  },
);

test('a cancellation is not undone at a location that is closed since: the answer says so', async () => {
  const { body: location } = await addLocation({ name: 'Closed since' });
  await clinic.hours(clinic.doctor.id, [{ weekday: 2, start: '09:00', end: '12:00', locationId: location.id }]);
  const booked = await clinic.book(clinic.maria.token, '10:00');
  expect(booked.body).toMatchObject({ location: { id: location.id } });
  const step = (what: string) => clinic.post(`/appointments/${booked.body.id}/${what}`, clinic.staff.token, {});
  expect((await step('cancel')).status).toBe(200);
  await clinic.hours(clinic.doctor.id, []);
  const closed = { name: 'Closed since', timezone: 'UTC', active: false };
  expect((await clinic.put(`/locations/${location.id}`, clinic.admin.token, closed, 1)).status).toBe(200);
  expect(await step('undo')).toMatchObject({
    status: 422,
    body: { code: 'slot_unavailable', reasons: [{ code: 'outside_availability', acknowledgeable: false }] },
  });
});

test('a room at a closed location is renamed, but neither added, moved there nor taken into use again', async () => {
  const closing = (await addLocation({ name: 'Annex' })).body;
  const room = (await addResource({ name: 'Corner', locationId: closing.id })).body;
  const settings = { kind: 'room', name: 'Corner', locationId: closing.id };
  const save = (body: object, version: number) =>
    clinic.put(`/resources/${room.id}`, clinic.admin.token, body, version);
  expect((await save({ ...settings, active: false }, 1)).status).toBe(200);
  const closed = { name: 'Annex', timezone: 'UTC', active: false };
  expect((await clinic.put(`/locations/${closing.id}`, clinic.admin.token, closed, 1)).status).toBe(200);

  expect(await save({ ...settings, active: true }, 2)).toMatchObject({
    status: 404,
    body: { code: 'location_not_found' },
  });
  expect((await addResource({ name: 'New', locationId: closing.id })).body.code).toBe('location_not_found');
  expect((await save({ ...settings, name: 'Store', active: false }, 2)).status).toBe(200);
  const open = { ...closed, active: true };
  expect((await clinic.put(`/locations/${closing.id}`, clinic.admin.token, open, 2)).status).toBe(200);
  expect((await save({ ...settings, active: true }, 3)).body).toMatchObject({ active: true });
});

test.each(['added', 'taken into use'])('a room is not %s at a location that is closed meanwhile', async (how) => {
  const name = `Closed before a room is ${how}`;
  const { body: location } = await addLocation({ name });
  const settings = { kind: 'room', name: 'Late', locationId: location.id };
  const kept = how === 'added' ? null : (await addResource({ ...settings, active: false })).body;
  const { driver } = clinic.portal;
  const { run } = driver;
  driver.run = async (statements, mode, bounds) => {
    if (mode === 'write') {
      driver.run = run;
      const closed = { name, timezone: 'UTC', active: false };
      expect((await clinic.put(`/locations/${location.id}`, clinic.admin.token, closed, 1)).status).toBe(200);
    }
    return run(statements, mode, bounds);
  };
  const answer =
    kept === null
      ? await addResource(settings)
      : await clinic.put(`/resources/${kept.id}`, clinic.admin.token, settings, 1);
  expect(answer).toMatchObject({ status: 404, body: { code: 'location_not_found' } });
});
