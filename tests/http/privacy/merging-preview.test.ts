/** What a merge would do is seen before it is done: the same facts, and nothing changes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic, TUESDAY } from '../scheduling/clinic.ts';
import { mergersOf } from './mergers.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const { register, merge, visit, nextTime } = mergersOf(() => clinic);

function preview(survivorId: string, aliasId: string, { token = clinic.staff.token, version = 1, more = {} } = {}) {
  const headers = { 'If-Match': `"v${version}"` };
  return clinic.post(
    `/patients/${survivorId}/merge?dryRun=true`,
    token,
    { aliasId, aliasVersion: 1, ...more },
    headers,
  );
}

const previews = async (stream: string) => {
  const [rows = []] = await clinic.portal.driver.run(
    [sql`SELECT 1 FROM audit_events WHERE stream = ${stream} AND event_type = 'patient.merge_previewed'`],
    'snapshot',
  );
  return rows.length;
};

test('says what the merge then does, and changes nothing but the histories of both', async () => {
  const [survivor, alias] = [await register(), await register()];
  const phone = await clinic.put(`/patients/${alias.id}`, clinic.staff.token, { phoneNumber: '+4943155502' }, 1);
  expect(phone.status, JSON.stringify(phone.body)).toBe(200);
  await visit(alias.id, 'A cough');
  await visit(alias.id, 'A rash');
  const wish = { type: 'consultation', from: TUESDAY, to: TUESDAY, patientId: alias.id };
  expect((await clinic.post('/waitlist', clinic.staff.token, wish)).status).toBe(201);
  const seen = await preview(survivor.id, alias.id, { more: { aliasVersion: 2 } });
  expect(seen, JSON.stringify(seen.body)).toMatchObject({
    status: 200,
    body: {
      ...{ survivorId: survivor.id, aliasId: alias.id, obstacles: [], overlaps: [], filled: ['phoneNumber'] },
      moves: expect.arrayContaining([
        { kind: 'appointments', count: 2 },
        { kind: 'waitlist_entries', count: 1 },
      ]),
      _links: { merge: { method: 'POST' } },
    },
  });
  expect([await previews(survivor.id), await previews(alias.id)]).toEqual([1, 1]);
  expect((await clinic.get(`/appointments/user/${alias.id}`, clinic.staff.token)).body.data).toHaveLength(2);
  expect((await clinic.get(`/patients/${survivor.id}/merges`, clinic.staff.token)).body.data).toEqual([]);
  const merged = await merge(survivor.id, alias.id);
  expect(merged).toMatchObject({ status: 201, body: { filled: seen.body.filled, moves: seen.body.moves } });
});

test('says what stands against it, as the refusal does', async () => {
  const [survivor, alias] = [await register(), await register()];
  const at = nextTime();
  for (const [patientId, doctorId] of [
    [survivor.id, clinic.doctor.id],
    [alias.id, clinic.otherDoctor.id],
  ]) {
    expect((await clinic.book(clinic.staff.token, at, { patientId, doctorId })).status).toBe(201);
  }
  const seen = await preview(survivor.id, alias.id);
  expect(seen).toMatchObject({
    status: 200,
    body: { obstacles: ['overlapping_appointments'], overlaps: [{ isPast: false }] },
  });
  expect(seen.body._links).not.toHaveProperty('merge');
  const { status, body } = await merge(survivor.id, alias.id);
  const { obstacles, overlaps } = body;
  expect({ status, obstacles, overlaps }).toEqual({
    status: 409,
    obstacles: seen.body.obstacles,
    overlaps: seen.body.overlaps,
  });
});

test('is for those who may merge, and for the versions that they have seen', async () => {
  const [survivor, alias] = [await register(), await register()];
  for (const { token } of [clinic.maria, clinic.doctor]) {
    expect((await preview(survivor.id, alias.id, { token })).status).toBe(403);
  }
  expect(await preview(survivor.id, alias.id, { version: 9 })).toMatchObject({ status: 412 });
  const changed = await preview(survivor.id, alias.id, { more: { aliasVersion: 9 } });
  expect(changed).toMatchObject({ status: 412, body: { code: 'alias_changed', version: 1 } });
  const nobody = await preview(survivor.id, clinic.doctor.id);
  expect(nobody).toMatchObject({ status: 404 });
  expect([await previews(survivor.id), await previews(alias.id)]).toEqual([0, 0]);
});
