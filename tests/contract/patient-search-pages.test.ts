/** The pages of the patient search among many: each is bounded, and together they are what a search without bounds finds. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { createFieldCipher } from '../../adapters/crypto/field-cipher.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { raw, type SqlRecordedLoad, sql } from '../../adapters/postgres/driver/sql.ts';
import { createPatientSearchLoads } from '../../adapters/postgres/identity/patient-search-loads.ts';
import { tokensOf } from '../../adapters/postgres/sealed/person-search.ts';
import type { SearchTerm } from '../../domain/identity/patient-search.ts';
import { toHex } from '../../domain/shared/bytes.ts';
import type { UserId } from '../../domain/shared/ids.ts';
import type { Viewer } from '../../domain/shared/viewer.ts';
import { type OwnDatabase, ownDatabase } from '../support/own-database.ts';

const PATIENTS = 6_000;
const LIMIT = 100;
const id = (kind: number, n: string | number) =>
  `('0000000${kind}-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
const idOf = (kind: number, n: number) => `0000000${kind}-0000-7000-8000-${String(n).padStart(12, '0')}` as UserId;
const index = createBlindIndex(`[{"key":"${generateIndexKey()}"},{"key":"${generateIndexKey()}"}]`);
const search = createPatientSearchLoads(createFieldCipher({ ring: [{ id: 'test', key: new Uint8Array(32) }] }), index);

/** Who has which term. Several of them exceed what is read for a page. */
const HAVE: Readonly<Record<string, (n: number) => boolean>> = {
  everybody: () => true,
  half: (n) => n % 2 === 0,
  other: (n) => n % 2 === 1,
  third: (n) => n % 3 === 0,
  late: (n) => n > 5_000,
  few: (n) => n % 997 === 1,
  /** With `half` it has nobody until the end. */
  tail: (n) => n % 2 === 1 || n > 5_900,
};
/** The patients of doctors: by visits, many of them several times, as an additional doctor, and by registration. */
const MET: Readonly<Record<number, (n: number) => boolean>> = {
  1: (n) => n % 4 === 0,
  2: (n) => n % 500 === 1 || n === 4_004 || n % 1_000 === 2,
  3: () => false,
};

const term = (value: string): SearchTerm => ({ field: 'users.name_word', value });
const staff: Viewer = {
  ...{ userId: idOf(4, 1), role: 'staff', ofPatients: true, ofRestricted: false },
  ...{ emergency: null, proxyAt: null },
};
const doctor = (n: number): Viewer => ({ ...staff, userId: idOf(1, n), role: 'doctor' });

const appointment = (which: string, doctorId: string) => `
  INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status, cancelled_at, created_at, updated_at)
    SELECT gen_random_uuid(), p.id, ${doctorId}, '01900000-0000-7000-8000-000000000001', now(), now() + interval '1 hour', 'UTC',
      tstzrange(now(), now() + interval '1 hour'), 'cancelled', now(), now(), now()
    FROM (SELECT ${id(2, 'n')} AS id, n FROM generate_series(0, ${PATIENTS - 1}) n) p, generate_series(1, 3) WHERE ${which};`;

const FILL = `
  SET session_replication_role = replica;
  INSERT INTO users (id, role, status, timezone, created_at, updated_at, registered_by)
    SELECT ${id(2, 'n')}, 'patient', 'active', 'UTC', now(), now(), CASE n WHEN 4004 THEN ${id(1, 2)} END
      FROM generate_series(0, ${PATIENTS - 1}) n
    UNION ALL SELECT ${id(1, 'n')}, 'doctor', 'active', 'UTC', now(), now(), NULL FROM generate_series(1, 3) n;
  INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at) SELECT id, 'test', '\\x00', now() FROM users;
  INSERT INTO doctors (user_id, first_name, last_name, timezone)
    SELECT ${id(1, 'n')}, 'D', n::text, 'UTC' FROM generate_series(1, 3) n;
  ${appointment('n % 4 = 0', id(1, 1))} ${appointment('n % 500 = 1', id(1, 2))} ${appointment('n % 1000 = 2', id(1, 3))}
  INSERT INTO appointment_participants (appointment_id, role, user_id, busy, active, occupancy, lane, additional)
    SELECT a.id, 'doctor', ${id(1, 2)}, a.busy, false, a.id, 0, true FROM appointments a WHERE a.doctor_id = ${id(1, 3)};
  UPDATE appointments SET doctor_id = ${id(1, 9)} WHERE doctor_id = ${id(1, 3)};
  SET session_replication_role = DEFAULT;`;

describe('pages of the patient search', () => {
  let database: OwnDatabase;
  let driver: SqlDriver;

  beforeAll(async () => {
    database = await ownDatabase();
    ({ driver } = database);
    await database.run(FILL);
    for (const [word, has] of Object.entries(HAVE)) {
      // Half of the hashes are under the former key.
      const [current, former] = tokensOf(index, [term(word)]).map(toHex);
      const whose = Array.from({ length: PATIENTS }, (_, n) => n).filter(has);
      await driver.run(
        [
          sql`INSERT INTO person_search (token, user_id)
            SELECT decode(CASE n % 7 WHEN 0 THEN ${former} ELSE ${current} END, 'hex'), ${raw(id(2, 'n'))}
            FROM unnest(${whose}::int[]) n`,
        ],
        'write',
      );
    }
    await database.run('ANALYZE');
  });
  afterAll(() => database.close());

  async function pages(lookups: readonly (readonly SearchTerm[])[], viewer: Viewer) {
    const found: string[] = [];
    let count = 0;
    for (let after: UserId | null = null; ; ) {
      const {
        load: { statements },
        streams,
      } = search.patientsFound({ lookups, now: 0 }, viewer, { after, limit: LIMIT }) as SqlRecordedLoad<unknown>;
      const [shown = [], left = []] = await driver.run([streams, statements[1] ?? sql``], 'snapshot');
      const ids = shown.map(({ stream }) => stream as UserId);
      found.push(...ids.slice(0, LIMIT));
      count++;
      const next: UserId | undefined =
        ids.length > LIMIT ? ids[LIMIT - 1] : ((left[0]?.further ?? undefined) as UserId | undefined);
      if (next === undefined) return { found, count };
      after = next;
    }
  }

  const expected = (words: readonly (readonly string[])[], met: (n: number) => boolean = () => true) =>
    Array.from({ length: PATIENTS }, (_, n) => n)
      .filter((n) => met(n) && words.every((forms) => forms.some((word) => HAVE[word]?.(n))))
      .map((n) => idOf(2, n));

  test.each<[words: readonly (readonly string[])[], viewer: number | null]>([
    [[['few']], null],
    [[['late']], null],
    [[['half'], ['third']], null],
    [[['half'], ['other']], null],
    [[['half'], ['tail']], null],
    [[['everybody'], ['few']], null],
    [[['everybody'], ['late', 'few']], null],
    [[['nobody'], ['half']], null],
    [[['everybody']], 1],
    [[['half'], ['third']], 1],
    [[['tail']], 1],
    [[['everybody']], 2],
    [[['few']], 2],
    [[['late'], ['half']], 2],
    [[['everybody']], 3],
  ])('%j, by doctor %s: all pages together are everybody', async (words, by) => {
    const lookups = words.map((forms) => forms.map(term));
    const { found, count } = await pages(lookups, by === null ? staff : doctor(by));
    const all = expected(words, by === null ? undefined : MET[by]);
    expect(found).toEqual(all);
    expect(count).toBeLessThanOrEqual(1 + Math.ceil(all.length / LIMIT) + Math.ceil(PATIENTS / 1_000));
  });
});
