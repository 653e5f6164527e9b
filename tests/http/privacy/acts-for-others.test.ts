/** What a person did for others, in the copy of the person's own data. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHAPTERS } from '../../../domain/privacy/catalogue/tables.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { unzip } from '../../support/unzip.ts';
import { type Clinic, type Person, startClinic } from '../scheduling/clinic.ts';
import { mergersOf } from './mergers.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const { merge } = mergersOf(() => clinic);
const LIA = {
  firstName: 'Lia',
  lastName: 'Planted',
  channel: 'phone',
  dateOfBirth: '2019-01-02',
  acknowledgeDuplicates: true,
};
const child = async (): Promise<string> => (await clinic.post('/patients', clinic.staff.token, LIA)).body.id;
const represent = async (patientId: string, { id }: Person, ground = 'parent'): Promise<string> => {
  const proof = { personId: id, ground, proof: 'Papers seen' };
  const made = await clinic.post(`/patients/${patientId}/proxies`, clinic.staff.token, proof);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id;
};

async function copyOf({ token }: Person) {
  const { status, body } = await clinic.post('/privacy/exports', token);
  expect(status, JSON.stringify(body)).toBe(202);
  await clinic.runJobs();
  const request = new Request(`https://portal.example/api/v1/privacy/exports/${body.id}/download`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const files = unzip(new Uint8Array(await (await clinic.portal.fetch(request)).arrayBuffer()));
  const read = (name: string) => new TextDecoder().decode(files.get(name));
  return { copy: JSON.parse(read('personal-data.json')), page: read('index.html'), text: read('personal-data.json') };
}

test('R79 tells what was done for whom the person acts, and nothing of that patient', async () => {
  const { portal, staff } = clinic;
  const mother = await clinic.person('patient', 'nora');
  const daughter = await child();
  const proxy = await represent(daughter, mother);
  const { id } = (await clinic.book(mother.token, '11:30', { patientId: daughter, reason: 'a planted cough' })).body;
  portal.clock.advance(1);
  expect((await clinic.post(`/appointments/${id}/cancel`, mother.token, {})).status).toBe(200);
  expect((await clinic.book(mother.token, '13:30')).status).toBe(201);
  expect((await clinic.book(staff.token, '14:30', { patientId: daughter })).status).toBe(201);
  // Also when the proxy has ended.
  expect((await clinic.delete(`/proxies/${proxy}`, staff.token)).status).toBe(204);

  const { copy, page, text } = await copyOf(mother);
  const field = { id: expect.any(String), outcome: 'success', occurredAt: expect.stringMatching(/Z$/) };
  expect(copy.actsForOthers).toEqual([
    { ...field, eventType: 'appointment.cancelled', what: 'The patient’s appointment was cancelled by you.' },
    { ...field, eventType: 'appointment.booked', what: 'The patient’s appointment was booked by you.' },
  ]);
  expect(page).toContain('<td>The patient’s appointment was cancelled by you.</td>');
  expect(text + page).not.toContain('a planted cough');
  for (const theirs of ['Lia', daughter, id]) expect(JSON.stringify(copy.actsForOthers)).not.toContain(theirs);
  // Who books as a member of staff acts for the clinic.
  expect((await copyOf(staff)).copy.actsForOthers).toEqual([]);
});

test('R79 reads each act once, page by page, also of two in one millisecond', async () => {
  const { portal } = clinic;
  const mother = await clinic.person('patient', 'olga');
  const daughter = await child();
  await represent(daughter, mother);
  for (const startTime of ['09:00', '09:30', '10:00']) {
    if (startTime === '10:00') portal.clock.advance(1);
    expect((await clinic.book(mother.token, startTime, { patientId: daughter })).status).toBe(201);
  }
  const source = CHAPTERS.find(({ chapter }) => chapter.name === 'actsForOthers');
  const { privacy } = portal.deps.loads;
  const [owner] = await portal.database.load(privacy.copyOwner(mother.id as UserId));
  if (source === undefined || owner === undefined) throw new Error('no copy can be made');
  const read = async (after: string | null) =>
    (await portal.database.load(privacy.chapter(source, owner, { after, limit: 1 })))[0];
  const pages = [await read(null)];
  for (let next = pages[0]?.next; typeof next === 'string'; next = pages.at(-1)?.next) pages.push(await read(next));
  const acts = pages.flatMap(({ records }) => records);
  expect(acts.map(({ eventType }) => eventType)).toEqual(Array(3).fill('appointment.booked'));
  expect(new Set(acts.map(({ id }) => id)).size).toBe(3);
  const times = acts.map(({ occurredAt }) => String(occurredAt));
  expect(times).toEqual(times.toSorted().reverse());
});

test('R79 after a merge the survivor’s copy holds the acts of the alias, but not what one record did in the other', async () => {
  const father = await clinic.person('patient', 'otto');
  const alias = await clinic.person('patient', 'otto-again');
  const son = await child();
  await represent(son, alias);
  const between = await represent(father.id, alias, 'carer');
  expect((await clinic.book(alias.token, '15:00', { patientId: son })).status).toBe(201);
  expect((await clinic.book(alias.token, '16:00', { patientId: father.id })).status).toBe(201);
  expect((await copyOf(alias)).copy.actsForOthers).toHaveLength(2);
  expect((await clinic.delete(`/proxies/${between}`, clinic.staff.token)).status).toBe(204);
  const merged = await merge(father.id, alias.id, { endAliasAccount: true });
  expect(merged.status, JSON.stringify(merged.body)).toBe(201);
  const { copy } = await copyOf(father);
  expect(copy.actsForOthers).toMatchObject([{ what: 'The patient’s appointment was booked by you.' }]);
});
