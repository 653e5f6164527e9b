/** What a merge fills in the survivor's profile, and who is told of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EN } from '../../../domain/shared/wording/en.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { indexPeople } from '../../../src/app/identity/patient-search.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';
import { mergersOf } from './mergers.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const { merge, renewed } = mergersOf(() => clinic);

beforeEach(async () => {
  clinic = await renewed();
});

const unmerge = (survivorId: string, mergeId: string) =>
  clinic.post(`/patients/${survivorId}/unmerge`, clinic.staff.token, { mergeId });

const profile = async (id: string) => (await clinic.get(`/users/${id}/profile`, clinic.staff.token)).body;

async function register(known: object): Promise<{ id: string; version: number }> {
  const person = { firstName: 'Otto', lastName: 'Brandt', channel: 'phone', acknowledgeDuplicates: true, ...known };
  const made = await clinic.post('/patients', clinic.staff.token, person);
  expect(made.status).toBe(201);
  return made.body;
}

const indexed = () => indexPeople(clinic.portal.deps, systemContext(clinic.portal.deps));

const ADDRESS = { street: 'Lindenweg 4', city: 'Kiel', postalCode: '24103', country: 'DE' };

describe('the profile of the survivor', () => {
  test('gets what it lacks from the alias, and keeps what is set', async () => {
    const survivor = await register({ phoneNumber: '+4943155501' });
    const alias = await register({ dateOfBirth: '1951-08-30', phoneNumber: '+4943155502', address: ADDRESS });
    const merged = await merge(survivor.id, alias.id);
    expect(merged).toMatchObject({ status: 201, body: { filled: ['dateOfBirth', 'address'] } });
    expect(await profile(survivor.id)).toMatchObject({
      dateOfBirth: '1951-08-30',
      phoneNumber: '+4943155501',
      address: ADDRESS,
    });
    expect((await profile(survivor.id)).damaged).toBeUndefined();
    await indexed();
    const found = await clinic.get('/patients?q=otto%20brandt&dateOfBirth=1951-08-30', clinic.staff.token);
    expect(found.body.data.map(({ id }: { id: string }) => id)).toContain(survivor.id);
    const listed = await clinic.get(`/patients/${survivor.id}/merges`, clinic.staff.token);
    expect(listed.body.data).toMatchObject([{ filled: ['dateOfBirth', 'address'] }]);
  });

  test('is emptied by the undoing of what was filled, but for what was changed since', async () => {
    const survivor = await register({});
    const alias = await register({ dateOfBirth: '1962-02-03', phoneNumber: '+4943155503', address: ADDRESS });
    const merged = await merge(survivor.id, alias.id);
    expect(merged.body.filled).toEqual(['dateOfBirth', 'phoneNumber', 'address']);
    const { version } = await profile(survivor.id);
    const moved = { address: { ...ADDRESS, street: 'Am Hafen 1' } };
    expect((await clinic.put(`/patients/${survivor.id}`, clinic.staff.token, moved, version)).status).toBe(200);
    expect((await unmerge(survivor.id, merged.body.id)).status).toBe(200);
    expect(await profile(survivor.id)).toMatchObject({ dateOfBirth: null, phoneNumber: null, ...moved });
    expect(await profile(alias.id)).toMatchObject({
      dateOfBirth: '1962-02-03',
      phoneNumber: '+4943155503',
      address: ADDRESS,
    });
    await indexed();
    const found = await clinic.get('/patients?q=otto%20brandt&dateOfBirth=1962-02-03', clinic.staff.token);
    expect(found.body.data.map(({ id }: { id: string }) => id)).toEqual([alias.id]);
  });
});

describe('those who have an account', () => {
  test('are told of the merge and of its undoing, the one that is closed too', async () => {
    const [survivor, alias] = [await clinic.person('patient', 'vera'), await clinic.person('patient', 'vera-two')];
    const told = async (to: string) => {
      await clinic.runJobs();
      const mails = await clinic.portal.mails(to);
      return mails.map(({ template }) => template).filter((template) => /merged|parted/.test(template));
    };
    const merged = await merge(survivor.id, alias.id, { endAliasAccount: true });
    expect(merged.status).toBe(201);
    expect(await told(survivor.email)).toEqual(['records-merged']);
    expect(await told(alias.email)).toEqual(['account-merged']);
    const [mail] = (await clinic.portal.mails(survivor.email)).filter(({ template }) => template === 'records-merged');
    expect(mail?.text).toContain(EN.moment(Date.parse(merged.body.undoUntil), 'UTC', { language: 'en' }));
    expect((await unmerge(survivor.id, merged.body.id)).status).toBe(200);
    expect((await told(survivor.email)).toSorted()).toEqual(['records-merged', 'records-parted']);
    expect((await told(alias.email)).toSorted()).toEqual(['account-merged', 'records-parted']);
  });

  test('are not told at an address that nobody has proven', async () => {
    const survivor = await register({ email: 'ottilie@example.org' });
    const alias = await register({});
    expect((await merge(survivor.id, alias.id)).status).toBe(201);
    await clinic.runJobs();
    const mails = await clinic.portal.mails('ottilie@example.org');
    expect(mails.map(({ template }) => template)).toEqual(['invitation']);
  });
});
