/** Two records of a patient are merged while others use them. */
import { beforeAll, expect, it } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { begunAt } from '../http/scheduling/clinic.ts';
import type { Reply } from '../support/portal.ts';
import { countingDeadlocks, onServer, type SignedIn } from './on-server.ts';

const ROUNDS = 8;
const deadlocks = countingDeadlocks();

onServer('records that are merged', { wrap: deadlocks.wrap }, (server) => {
  let staff: SignedIn;
  let doctor: SignedIn;
  let colleague: SignedIn;
  let count = 0;

  const send = (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    token = staff.token,
  ) => server.portal.request(method, `/api/v1${path}`, { token, body, headers });

  beforeAll(async () => {
    staff = await server.signedIn('staff', 'sam');
    doctor = await server.signedIn('doctor', 'dora');
    colleague = await server.signedIn('doctor', 'dan');
    const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: '08:00', end: '18:00' }));
    for (const { id } of [doctor, colleague]) {
      await send('PUT', `/doctors/${id}/availability`, { timezone: 'UTC', weekly });
    }
  });

  async function record(): Promise<string> {
    const body = {
      firstName: `Otto${++count}`,
      lastName: 'Brandt',
      dateOfBirth: '1951-08-30',
      channel: 'phone',
      acknowledgeDuplicates: true,
    };
    const made = await send('POST', '/patients', body);
    expect(made.status).toBe(201);
    return made.body.id;
  }

  const merge = (survivor: string, alias: string): Promise<Reply> =>
    send('POST', `/patients/${survivor}/merge`, { aliasId: alias, aliasVersion: 1 }, { 'If-Match': '*' });

  /** A time of its own for each booking of the test. */
  function book(patientId: string, { id: doctorId } = doctor): Promise<Reply> {
    const slot = count++;
    const date = new Date(Date.parse('2026-03-03') + Math.floor(slot / 15) * 7 * 86_400_000).toISOString().slice(0, 10);
    const minutes = 8 * 60 + (slot % 15) * 30;
    const startTime = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${minutes % 60 === 0 ? '00' : '30'}`;
    const body = {
      doctorId,
      appointmentDate: date,
      startTime,
      appointmentType: 'consultation',
      patientId,
      reason: 'A cough',
    };
    return send('POST', '/appointments', body);
  }

  const left = async (alias: string) =>
    (await server.rows(sql`SELECT id FROM appointments WHERE patient_id = ${alias}::uuid`)).length;

  it(`no appointment is left with the alias, and every text can be read, ${ROUNDS} times in a row`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [survivor, alias] = [await record(), await record()];
      const first = await book(alias);
      expect(first.status, JSON.stringify(first.body)).toBe(201);
      const late = { reason: 'Changed' };
      const [merged, ...others] = await Promise.all([
        merge(survivor, alias),
        book(alias),
        book(survivor),
        send('PUT', `/appointments/${first.body.id}`, late, { 'If-Match': '"v1"' }),
      ]);
      const { status } = merged as Reply;
      // The merge is decided again with what was booked; who came too late is told where the record is.
      expect([201, 409]).toContain(status);
      for (const reply of others) expect([200, 201, 409, 410, 412]).toContain(reply.status);
      if (status === 201) expect(await left(alias)).toBe(0);
      const owner = status === 201 ? survivor : alias;
      const { body } = await send('GET', `/appointments/user/${owner}`);
      expect(
        body.data
          .map(({ damaged }: { damaged?: string[] }) => damaged ?? null)
          .every((damage: unknown) => damage === null),
      ).toBe(true);
      expect(body.data.every(({ reason }: { reason: string }) => ['A cough', 'Changed'].includes(reason))).toBe(true);
    }
    expect(deadlocks.count()).toBe(0);
  }, 120_000);

  it(`of two merges of one record one is done, whichever way round, ${ROUNDS} times in a row`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [one, two, three] = [await record(), await record(), await record()];
      const replies = await Promise.all([merge(one, two), merge(two, one), merge(three, two)]);
      const done = replies.filter(({ status }) => status === 201);
      expect([round, done.length]).toEqual([round, expect.any(Number)]);
      expect(done.length).toBeGreaterThanOrEqual(1);
      const rows = await server.rows(
        sql`SELECT id, merged_into FROM users WHERE id = ANY (${[one, two, three]}::uuid[]) AND merged_into IS NOT NULL`,
      );
      expect(rows.length).toBe(done.length);
      // No circle, and nobody is merged into an alias.
      const aliases = new Set(rows.map(({ id }) => id));
      expect(rows.filter(({ merged_into }) => aliases.has(merged_into as string))).toEqual([]);
      for (const { status } of replies) expect([201, 409, 410, 404, 412]).toContain(status);
    }
    expect(deadlocks.count()).toBe(0);
  }, 120_000);

  it(`undoing empties no profile that is changed at that moment, ${ROUNDS} times in a row`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [survivor, alias] = [await record(), await record()];
      const known = { phoneNumber: '+4943155502', address: { city: 'Kiel' } };
      expect((await send('PUT', `/patients/${alias}`, known, { 'If-Match': '*' })).status).toBe(200);
      const body = { aliasId: alias, aliasVersion: 2 };
      const merged = await send('POST', `/patients/${survivor}/merge`, body, { 'If-Match': '*' });
      expect(merged.body.filled).toEqual(['phoneNumber', 'address']);
      const phoneNumber = '+4943155509';
      const [undone, changed] = await Promise.all([
        send('POST', `/patients/${survivor}/unmerge`, { mergeId: merged.body.id }),
        send('PUT', `/patients/${survivor}`, { phoneNumber }, { 'If-Match': '*' }),
      ]);
      expect([undone.status, changed.status]).toEqual([200, 200]);
      const { body: profile } = await send('GET', `/users/${survivor}/profile`);
      // Whichever comes second is decided again on what the first has written.
      expect(profile).toMatchObject({ phoneNumber, address: null });
    }
    expect(deadlocks.count()).toBe(0);
  }, 120_000);

  it(`a visit that was entered twice is counted when it is moved at that moment, ${ROUNDS} times in a row`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [survivor, alias] = [await record(), await record()];
      const [one, other] = [await book(survivor), await book(alias, colleague)];
      const begun = `2026-02-0${round + 1}T09:00:00Z`;
      await server.driver.run([begunAt(one.body.id, begun), begunAt(other.body.id, begun)], 'write');
      const asked = { aliasId: alias, aliasVersion: 1, acknowledge: ['past_overlaps'] };
      const time = { appointmentDate: '2026-04-07', startTime: `${String(9 + round).padStart(2, '0')}:00` };
      const [merged, moved] = await Promise.all([
        send('POST', `/patients/${survivor}/merge`, asked, { 'If-Match': '*' }),
        send('POST', `/appointments/${other.body.id}/reschedule`, time),
      ]);
      expect(merged.status, JSON.stringify(merged.body)).toBe(201);
      expect([200, 409, 410, 412]).toContain(moved.status);
      const [row] = await server.rows(
        sql`SELECT p.participant_id, p.active FROM appointment_participants p
            WHERE p.appointment_id = ${other.body.id}::uuid AND p.role = 'patient'`,
      );
      expect(row).toEqual({ participant_id: survivor, active: moved.status === 200 });
    }
    expect(deadlocks.count()).toBe(0);
  }, 120_000);

  it(`erasing the survivor while a record is merged into it leaves no key, ${ROUNDS} times in a row`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const survivor = await server.signedIn('patient', `pat${round}`);
      const alias = await record();
      const [merged, closed] = await Promise.all([
        merge(survivor.id, alias),
        send('DELETE', `/users/${survivor.id}`, undefined, {}, survivor.token),
      ]);
      expect((closed as Reply).status).toBe(204);
      const keys = await server.rows(
        sql`SELECT owner_id FROM data_keys WHERE owner_id = ANY (${[survivor.id, alias]}::uuid[])`,
      );
      // Either the alias was erased with the survivor, or it was not merged.
      const isMerged = (merged as Reply).status === 201;
      expect(keys.map(({ owner_id }) => owner_id)).toEqual(isMerged ? [] : [alias]);
    }
    expect(deadlocks.count()).toBe(0);
  }, 120_000);
});
