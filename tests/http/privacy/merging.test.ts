/** Two records of one patient are merged, read together, and parted again within a day. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PASSWORD } from '../../support/portal.ts';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY } from '../scheduling/clinic.ts';
import { mergersOf, type Registered } from './mergers.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const { register, merge, visit, nextTime, renewed } = mergersOf(() => clinic);

beforeEach(async () => {
  clinic = await renewed();
});

const unmerge = (survivorId: string, mergeId: string, by = clinic.staff) =>
  clinic.post(`/patients/${survivorId}/unmerge`, by.token, { mergeId });

const appointmentsOf = async (id: string, token = clinic.staff.token) =>
  (await clinic.get(`/appointments/user/${id}`, token)).body.data as { id: string; reason: string | null }[];

const refusedFor = (...obstacles: string[]) => ({ status: 409, body: { code: 'merge_not_possible', obstacles } });

async function restricted(id: string) {
  const limit = { kind: 'restriction', ground: 'accuracy_contested' };
  const made = await clinic.post(`/users/${id}/processing-limits`, clinic.admin.token, limit);
  expect(made.status).toBe(201);
  return () => clinic.delete(`/users/${id}/processing-limits/${made.body.id}`, clinic.admin.token);
}

interface Pair {
  readonly alias: Registered;
  readonly survivor: Registered;
  /** Appointments that were booked for each before. */
  readonly inAlias: string;
  readonly inSurvivor: string;
}

async function pairWithVisits(): Promise<Pair> {
  const alias = await register('Ott');
  const survivor = await register();
  const inAlias = await visit(alias.id, 'A cough');
  const inSurvivor = await visit(survivor.id, 'A rash');
  const noted = await clinic.put(`/appointments/${inAlias}`, clinic.doctor.token, { notes: 'Bronchitis' }, 1);
  expect(noted.status).toBe(200);
  const wish = {
    type: 'consultation',
    from: TUESDAY,
    to: WEDNESDAY,
    specialty: 'general practice',
    patientId: alias.id,
  };
  expect((await clinic.post('/waitlist', clinic.staff.token, wish)).status).toBe(201);
  return { alias, survivor, inAlias, inSurvivor };
}

/** Follows the link from the duplicates of the survivor. @returns the id of the merge */
async function mergeFromDuplicates({ alias, survivor }: Pair): Promise<string> {
  const { data } = (await clinic.get(`/patients/${survivor.id}/duplicates`, clinic.staff.token)).body;
  const found = data.find(({ id }: Registered) => id === alias.id);
  expect(found).toMatchObject({
    reasons: ['birth_date_and_name'],
    _links: { merge: { href: `/api/v1/patients/${survivor.id}/merge`, method: 'POST' } },
  });

  const merged = await clinic.post(
    found._links.merge.href.replace('/api/v1', ''),
    clinic.staff.token,
    { aliasId: alias.id, aliasVersion: found.version },
    { 'If-Match': `"v${survivor.version}"` },
  );
  expect(merged).toMatchObject({ status: 201, body: { survivorId: survivor.id, aliasId: alias.id, undoneAt: null } });
  return merged.body.id;
}

async function expectMoved({ survivor, inAlias, inSurvivor }: Pair): Promise<void> {
  expect((await appointmentsOf(survivor.id)).map(({ id }) => id).toSorted()).toEqual([inAlias, inSurvivor].toSorted());
  const opened = await clinic.get(`/appointments/${inAlias}`, clinic.doctor.token);
  expect(opened.body).toMatchObject({ patientId: survivor.id, reason: 'A cough', notes: 'Bronchitis' });
  expect(opened.body.damaged).toBeUndefined();
  const waiting = await clinic.get(`/waitlist?patientId=${survivor.id}`, clinic.staff.token);
  expect(waiting.body.data).toMatchObject([{ specialty: 'general practice' }]);
}

/** The former id says where the record is, to those who may see it. */
async function expectFormerIdLeads({ alias, survivor }: Pair): Promise<void> {
  for (const path of [
    `/users/${alias.id}/profile`,
    `/appointments/user/${alias.id}`,
    `/patients/${alias.id}/duplicates`,
  ]) {
    expect([path, await clinic.get(path, clinic.staff.token)]).toMatchObject([
      path,
      { status: 410, body: { code: 'patient_merged', mergedInto: survivor.id } },
    ]);
  }
  expect((await clinic.get(`/users/${alias.id}/profile`, clinic.paul.token)).status).toBe(404);
  expect(await clinic.book(clinic.staff.token, nextTime(), { patientId: alias.id })).toMatchObject({ status: 410 });
  const search = await clinic.get('/patients?q=ott%20brandt&match=exact', clinic.staff.token);
  expect(search.body.data.map(({ id }: Registered) => id)).not.toContain(alias.id);
}

async function expectUndone({ alias, survivor, inAlias, inSurvivor }: Pair, mergeId: string): Promise<void> {
  const list = await clinic.get(`/patients/${survivor.id}/merges`, clinic.staff.token);
  const [listed] = list.body.data;
  expect(listed).toMatchObject({ id: mergeId, _links: { unmerge: { method: 'POST' } } });
  const since = await visit(survivor.id, 'A sprain', WEDNESDAY);
  expect(await unmerge(survivor.id, listed.id)).toMatchObject({ status: 200, body: { undoneBy: clinic.staff.id } });
  expect((await appointmentsOf(alias.id)).map(({ id }) => id)).toEqual([inAlias]);
  expect((await appointmentsOf(survivor.id)).map(({ id }) => id).toSorted()).toEqual([inSurvivor, since].toSorted());
  expect((await clinic.get(`/appointments/${inAlias}`, clinic.doctor.token)).body).toMatchObject({
    patientId: alias.id,
    reason: 'A cough',
    notes: 'Bronchitis',
  });
  expect(await unmerge(survivor.id, listed.id)).toMatchObject({ status: 409, body: { code: 'merge_undone' } });
}

describe('merging two records of one patient', () => {
  test('leads from the duplicates, moves everything with its sealed texts, and is undone', async () => {
    const pair = await pairWithVisits();
    const mergeId = await mergeFromDuplicates(pair);
    await expectMoved(pair);
    await expectFormerIdLeads(pair);
    await expectUndone(pair, mergeId);
  });

  test('a change that was begun before the merge does not write what it sealed for the alias', async () => {
    const [alias, survivor] = [await register(), await register()];
    const appointment = await visit(alias.id, 'A cough');
    expect((await merge(survivor.id, alias.id)).status).toBe(201);
    const late = await clinic.put(`/appointments/${appointment}`, clinic.staff.token, { reason: 'Late' }, 1);
    expect(late).toMatchObject({ status: 412 });
  });

  test('refuses with everything that stands in the way, and takes no account away unasked', async () => {
    const survivor = await register();
    const { maria } = clinic;
    expect(await merge(survivor.id, survivor.id)).toMatchObject(refusedFor('same_record'));
    expect(await merge(survivor.id, maria.id)).toMatchObject(
      refusedFor('alias_has_account', 'survivor_without_account'),
    );
    expect(await merge(survivor.id, maria.id, { endAliasAccount: true })).toMatchObject(
      refusedFor('survivor_without_account'),
    );
    const lift = await restricted(maria.id);
    expect((await merge(maria.id, survivor.id)).status).toBe(403);
    await lift();
    const startTime = nextTime();
    const first = await clinic.book(maria.token, startTime);
    const second = await clinic.book(clinic.staff.token, startTime, {
      doctorId: clinic.otherDoctor.id,
      patientId: survivor.id,
    });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await merge(maria.id, survivor.id)).toMatchObject({
      ...refusedFor('overlapping_appointments'),
      body: { overlaps: [{ survivorAppointmentId: first.body.id, aliasAppointmentId: second.body.id, isPast: false }] },
    });
    await clinic.post(`/appointments/${second.body.id}/cancel`, clinic.staff.token, {});
    expect((await merge(maria.id, survivor.id)).status).toBe(201);
  });

  test('asks for both versions, a recent proof and the permission', async () => {
    const [survivor, alias] = [await register(), await register()];
    const path = `/patients/${survivor.id}/merge`;
    const body = { aliasId: alias.id, aliasVersion: alias.version };
    expect(await clinic.post(path, clinic.staff.token, body)).toMatchObject({ status: 428 });
    expect(await clinic.post(path, clinic.staff.token, body, { 'If-Match': '"v9"' })).toMatchObject({ status: 412 });
    const stale = await clinic.post(path, clinic.staff.token, { ...body, aliasVersion: 9 }, { 'If-Match': '"v1"' });
    expect(stale).toMatchObject({ status: 412, body: { code: 'alias_changed', version: alias.version } });
    for (const { token } of [clinic.doctor, clinic.maria]) {
      expect(await clinic.post(path, token, body, { 'If-Match': '"v1"' })).toMatchObject({
        status: 403,
        body: { code: 'forbidden' },
      });
    }
    clinic.portal.clock.advance(301);
    const unproven = await clinic.post(path, clinic.staff.token, body, { 'If-Match': '"v1"' });
    expect(unproven).toMatchObject({ status: 403, body: { code: 'step_up_required' } });
    expect((await unmerge(survivor.id, survivor.id)).body.code).toBe('step_up_required');
  });

  test('ends the account of the alias if that was said, and undoing gives the login back', async () => {
    const [survivor, alias] = [await clinic.person('patient', 'lena'), await clinic.person('patient', 'lena-two')];
    const feed = await clinic.post('/calendar/feeds', alias.token);
    expect(feed.status).toBe(201);
    const merged = await merge(survivor.id, alias.id, { endAliasAccount: true });
    expect(merged.status).toBe(201);
    expect((await clinic.get('/users/me', alias.token)).status).toBe(401);
    expect((await clinic.get('/users/me', survivor.token)).status).toBe(200);
    const signIn = () =>
      clinic.portal.request('POST', '/api/v1/auth/login', { body: { email: alias.email, password: PASSWORD } });
    expect((await signIn()).status).toBe(401);
    expect((await unmerge(survivor.id, merged.body.id)).status).toBe(200);
    expect((await signIn()).status).toBe(200);
    expect((await clinic.get('/users/me', alias.token)).status).toBe(401);
  });

  test('the person reads both histories as one, page by page', async () => {
    const survivor = await clinic.person('patient', 'nina');
    const alias = await register('Nina');
    await visit(alias.id, 'A cough', WEDNESDAY);
    const own = async () => {
      const events: { id: string; eventType: string }[] = [];
      let path: string | null = '/audit/me?limit=3';
      while (path !== null) {
        const { status, body } = await clinic.get(path, survivor.token);
        expect(status).toBe(200);
        events.push(...body.data);
        path = body._links.next?.href.replace('/api/v1', '') ?? null;
      }
      return events;
    };
    expect((await own()).map(({ eventType }) => eventType)).not.toContain('patient.registered');
    expect((await merge(survivor.id, alias.id)).status).toBe(201);
    const read = await own();
    expect(read.map(({ eventType }) => eventType)).toEqual(
      expect.arrayContaining(
        ['patient.registered', 'appointment.booked', 'patient.merged', 'user.signed_in'].slice(0, 3),
      ),
    );
    expect(new Set(read.map(({ id }) => id)).size).toBe(read.length);
    const searched = await clinic.get(
      `/audit/events?subject=${survivor.id}&type=patient.registered`,
      clinic.admin.token,
    );
    expect(searched.body.data).toHaveLength(1);
  });

  test('R75 whom somebody reached is told once for both records', async () => {
    const [survivor, alias] = [await register('Ute'), await register('Ute')];
    const { staff, admin, portal } = clinic;
    const affected = async () => {
      const [from, to] = [-1000, 1000].map((by) => new Date(portal.clock.now() + by).toISOString());
      const { body } = await clinic.get(
        `/audit/affected?actor=${staff.id}&from=${from}&to=${to}&limit=100`,
        admin.token,
      );
      return body;
    };
    const before = await affected();
    const of = (id: string, { data }: { data: { userId: string; events: number }[] }) =>
      data.find(({ userId }) => userId === id)?.events ?? 0;
    expect((await merge(survivor.id, alias.id)).status).toBe(201);
    const after = await affected();
    expect(after.persons).toBe(before.persons - 1);
    expect(of(alias.id, after)).toBe(0);
    // Before it was merged each was read once more, and the merging is in both histories.
    expect(of(survivor.id, after)).toBe(of(survivor.id, before) + of(alias.id, before) + 4);
    expect(after.data.find(({ userId }: { userId: string }) => userId === survivor.id).name).toBe('Ute Brandt');
  });
});
