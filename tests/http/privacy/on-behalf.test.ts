/** What an administrator does with somebody's data for that person (GDPR Art. 15 and 16). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unzip } from '../../support/unzip.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;

beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const told = async () =>
  (await clinic.portal.mails(clinic.maria.email)).filter(({ template }) => template === 'acted-on-behalf').length;
const history = async () =>
  (await clinic.get('/audit/me?limit=100', clinic.maria.token)).body.data.map(({ what }: { what: string }) => what);

test('R79 an administrator requests and downloads a person’s copy: with a ground, recorded, and reported to the person', async () => {
  const { portal, admin, staff, maria } = clinic;
  const path = `/users/${maria.id}/exports`;
  const asked = { ground: 'written_request' };
  expect((await clinic.post(path, staff.token, asked)).status).toBe(403);
  expect((await clinic.post(path, admin.token, { ground: 'because' })).status).toBe(422);
  const { status, body } = await clinic.post(path, admin.token, asked);
  expect([status, body._links.self.href]).toEqual([202, `/api/v1${path}/${body.id}`]);
  await clinic.runJobs();
  expect((await clinic.get(`${path}/${body.id}`, admin.token)).body).toMatchObject({ status: 'ready' });
  // Of nobody else's path.
  expect((await clinic.get(`/users/${clinic.paul.id}/exports/${body.id}`, admin.token)).status).toBe(404);
  const download = new Request(`https://portal.example/api/v1${path}/${body.id}/download`, {
    headers: { Authorization: `Bearer ${admin.token}` },
  });
  const files = unzip(new Uint8Array(await (await portal.fetch(download)).arrayBuffer()));
  expect(new TextDecoder().decode(files.get('personal-data.json'))).toContain(maria.email);
  expect((await clinic.get(`${path}/${body.id}/download`, admin.token)).status).toBe(404);
  expect(await told()).toBe(2);
  expect(await history()).toEqual(
    expect.arrayContaining([
      'A copy of your data was requested for you by admin Example.',
      'The copy of your data was downloaded for you by admin Example.',
    ]),
  );
});

test('R79 an administrator corrects a person’s profile: with a ground, recorded, and reported to the person', async () => {
  const { portal, admin, staff, maria } = clinic;
  const path = `/users/${maria.id}/rectifications`;
  const fields = { ground: 'in_person', lastName: 'Silva', dateOfBirth: '1991-05-06' };
  expect((await clinic.put(path, admin.token, fields)).status).toBe(405);
  expect((await clinic.post(path, admin.token, fields)).status).toBe(428);
  const match = { 'If-Match': '*' };
  expect((await clinic.post(path, staff.token, fields, match)).status).toBe(403);
  expect((await clinic.post(path, admin.token, { lastName: 'Silva' }, match)).status).toBe(422);
  const before = await told();
  const corrected = await clinic.post(path, admin.token, fields, match);
  expect(corrected).toMatchObject({ status: 200, body: { lastName: 'Silva', dateOfBirth: '1991-05-06' } });
  expect(await told()).toBe(before + 1);
  expect(await history()).toContain('Your profile was corrected for you by admin Example.');
  portal.clock.advance(301);
  expect((await clinic.post(path, admin.token, fields, match)).body.code).toBe('step_up_required');
});
