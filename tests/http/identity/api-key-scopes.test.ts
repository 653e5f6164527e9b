/** What a key with few scopes can do, whatever its owner's role: a leaked key must not give access to the clinic (R28, R29). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { scopesFor } from '../../../domain/identity/api-key.ts';
import { type Permission, ROLES } from '../../../domain/shared/permissions.ts';
import { type Clinic, type Person, startClinic, TUESDAY } from '../scheduling/clinic.ts';

const REASON = 'a rash on the left arm';

let clinic: Clinic;
let appointment: { id: string; version: number };

beforeAll(async () => {
  clinic = await startClinic();
  const booked = await clinic.book(clinic.maria.token, '10:00', { reason: REASON, symptoms: 'it itches' });
  appointment = booked.body;
  // An appointment makes the patient one of the doctor's own; the tests of scopes use other appointments.
  await clinic.book(clinic.maria.token, '12:00', { doctorId: clinic.otherDoctor.id });
});
afterAll(() => clinic.portal.close());

/** Reads whose answers lead to others. */
const READ = `/appointments/my
  /doctors
  /doctors/DOCTOR
  /doctors/DOCTOR/delay
  /waitlist
  /rebookings
  /appointments?from=2026-03-03
  /clinic/day?date=2026-03-03
  /patients?q=maria
  /users/me
  /locations
  /users/PATIENT
  /appointment-types
  /patients/PATIENT/duplicates
  /doctors/DOCTOR/availability
  /audit/me
  /clinic/holidays
  /clinic/settings
  /users/me/profile`.split(/\s+/);

/** The links to reads in an answer, as they are to be asked. */
function readsIn(answer: unknown): string[] {
  if (typeof answer !== 'object' || answer === null) return [];
  return Object.entries(answer).flatMap(([name, part]) =>
    name === '_links'
      ? Object.values(part as Record<string, { href: string; method?: string }>).flatMap(({ href, method = 'GET' }) =>
          method === 'GET' ? [href.replace(/\{.*\}$/, '')] : [],
        )
      : readsIn(part),
  );
}

async function keyOf(owner: Person, ...scopes: Permission[]) {
  const made = await clinic.post('/api-keys', owner.token, { name: scopes.join(' '), scopes });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const headers = { 'X-API-Key': made.body.key as string };
  return (method: string, path: string, body?: unknown, extra: Record<string, string> = {}) =>
    clinic.portal.request(method, `/api/v1${path}`, { body, headers: { ...headers, ...extra } });
}

describe('the document', () => {
  it('names the scopes that a key can be given, and no other', async () => {
    const { paths } = (await clinic.portal.request('GET', '/openapi.json')).body;
    const { schema } = paths['/api/v1/api-keys'].post.requestBody.content['application/json'];
    const named = schema.properties.scopes.items.enum;
    expect(named.toSorted()).toEqual([...new Set(ROLES.flatMap(scopesFor))].sort());
    const made = await clinic.post('/api-keys', clinic.admin.token, { name: 'x', scopes: ['manage:users'] });
    expect([named.includes('manage:users'), made.body.code]).toEqual([false, 'scopes_not_allowed']);
  });
});

describe('reading', () => {
  it('R28: read:own_appointments shows no appointments of others, whatever the owner’s role', async () => {
    for (const owner of [clinic.staff, clinic.otherDoctor, clinic.admin, clinic.paul]) {
      const ask = await keyOf(owner, 'read:own_appointments');
      for (const path of [`/appointments/${appointment.id}`, `/appointments/${appointment.id}.ics`]) {
        expect([owner.email, path, (await ask('GET', path)).status]).toEqual([owner.email, path, 404]);
      }
      expect((await ask('GET', `/appointments/user/${clinic.maria.id}`)).status).toBe(404);
      // A patient may be a proxy, so whether the other patient exists is not told.
      const denied = owner === clinic.paul ? 404 : 403;
      expect((await ask('GET', `/waitlist?patientId=${clinic.maria.id}`)).status).toBe(denied);
      for (const list of ['/appointments/my', '/appointments/upcoming']) {
        const { body } = await ask('GET', list);
        expect([owner.email, JSON.stringify(body).includes(appointment.id)]).toEqual([owner.email, false]);
      }
    }
  });

  it('read:own_appointments shows a doctor’s key the doctor’s appointments, and a patient’s key the patient’s', async () => {
    for (const owner of [clinic.doctor, clinic.maria]) {
      const ask = await keyOf(owner, 'read:own_appointments');
      expect((await ask('GET', `/appointments/${appointment.id}`)).body.reason).toBe(REASON);
      const listed = (await ask('GET', '/appointments/my')).body.data.map(({ id }: { id: string }) => id);
      expect(listed).toContain(appointment.id);
    }
  });

  it('read:patient_records shows the appointments of patients', async () => {
    for (const owner of [clinic.staff, clinic.otherDoctor, clinic.admin]) {
      const ask = await keyOf(owner, 'read:own_appointments', 'read:patient_records');
      expect((await ask('GET', `/appointments/${appointment.id}`)).body.reason).toBe(REASON);
      expect((await ask('GET', `/appointments/user/${clinic.maria.id}`)).body.data.length).toBeGreaterThan(0);
    }
  });
});

describe('links', () => {
  it('leads nowhere that the key may not go, with any one scope and whoever owns it', async () => {
    const { staff, doctor, maria, admin } = clinic;
    const paths = READ.map((path) => path.replace('DOCTOR', doctor.id).replace('PATIENT', maria.id));
    const refused: string[] = [];
    let followed = 0;
    for (const owner of [staff, doctor, maria, admin]) {
      const role = owner === staff ? 'staff' : owner === doctor ? 'doctor' : owner === maria ? 'patient' : 'admin';
      for (const scope of scopesFor(role)) {
        const ask = await keyOf(owner, scope);
        const hrefs = new Set<string>();
        for (const path of paths) {
          const { status, body } = await ask('GET', path);
          if (status === 200) for (const href of readsIn(body)) hrefs.add(href);
        }
        for (const href of hrefs) {
          followed++;
          const { status } = await ask('GET', href.replace('/api/v1', ''));
          if (status === 403) refused.push(`${role} ${scope}: ${href}`);
        }
        await clinic.portal.driver.run(
          [sql`UPDATE api_keys SET revoked_at = now() WHERE user_id = ${owner.id}::uuid`],
          'write',
        );
      }
    }
    expect(refused).toEqual([]);
    expect(followed).toBeGreaterThan(100);
  });
});

describe('changing', () => {
  it('run:appointments does not show the patient’s words', async () => {
    const ask = await keyOf(clinic.staff, 'run:appointments');
    const confirmed = await ask('POST', `/appointments/${appointment.id}/confirm`);
    expect(confirmed).toMatchObject({ status: 200, body: { status: 'confirmed' } });
    expect(JSON.stringify(confirmed.body)).not.toMatch(/rash|itches/);
    expect(confirmed.body).not.toHaveProperty('notes');
    appointment = confirmed.body;
  });

  it('writes notes with write:clinical_notes only', async () => {
    for (const owner of [clinic.staff, clinic.admin, clinic.doctor]) {
      const without = await keyOf(owner, 'run:appointments');
      const match = { 'If-Match': `"v${appointment.version}"` };
      const refused = await without('PUT', `/appointments/${appointment.id}`, { notes: 'planted' }, match);
      expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      const withIt = await keyOf(owner, 'run:appointments', 'write:clinical_notes');
      const written = await withIt('PUT', `/appointments/${appointment.id}`, { notes: owner.email }, match);
      expect(written.status).toBe(200);
      appointment = written.body;
    }
    const shown = await clinic.get(`/appointments/${appointment.id}`, clinic.doctor.token);
    expect(shown.body.notes).toBe(clinic.doctor.email);
  });

  it('booking with notes requires that scope', async () => {
    const body = {
      doctorId: clinic.doctor.id,
      appointmentDate: TUESDAY,
      startTime: '15:00',
      appointmentType: 'consultation',
      patientId: clinic.paul.id,
      notes: 'planted',
    };
    const ask = await keyOf(clinic.staff, 'book:patient_appointment');
    expect((await ask('POST', '/appointments', body)).status).toBe(403);
    const series = { ...body, frequency: 'weekly', count: 2 };
    expect((await ask('POST', '/appointments/series', series)).status).toBe(403);
    expect((await ask('POST', '/appointments', { ...body, notes: undefined })).status).toBe(201);
  });

  it('shows the actions that the key can take, and no others', async () => {
    const reading = await keyOf(clinic.doctor, 'read:own_appointments');
    const { body } = await reading('GET', `/appointments/${appointment.id}`);
    expect(Object.keys(body._links).sort()).toEqual(['calendar', 'self']);
  });
});
