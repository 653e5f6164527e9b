/** A clinic with many patients, whose names are as frequent as real ones, for the benchmark of the front desk. */
import type pg from 'pg';
import { createBlindIndex, generateIndexKey } from '../adapters/crypto/blind-index.ts';
import { createFieldCipher } from '../adapters/crypto/field-cipher.ts';
import { searchTokens } from '../adapters/postgres/sealed/person-search.ts';
import { sealingRow } from '../adapters/postgres/sealed/sealed-row.ts';
import { fromHex } from '../domain/shared/bytes.ts';
import { numbers } from '../tests/concurrency/scheduling-load.ts';

const DOCTORS = 50;
const WAITING = 5_000;

export const below = numbers(20_261_129);
/** A number below the limit; small ones are common, as names are. */
const common = (limit: number) => Math.floor(limit * (below(2 ** 30) / 2 ** 30) ** 3);
export const idOf = (kind: number, n: number) =>
  `${(0x018000000000 + kind * 2 ** 36 + n * 6_000)
    .toString(16)
    .padStart(12, '0')
    .replace(/^(.{8})(.{4})$/, '$1-$2')}-7000-8000-000000000000`;

const SYLLABLES = [
  'ba',
  'ler',
  'mann',
  'son',
  'ka',
  'ri',
  'to',
  'schmi',
  'dt',
  'mül',
  'o',
  'ven',
  'ste',
  'in',
  'ho',
  'fer',
  'ra',
  'mi',
  'lu',
  'ne',
];
function names(count: number, syllables: number): readonly string[] {
  const name = () => Array.from({ length: syllables }, () => SYLLABLES[below(SYLLABLES.length)]).join('');
  return Array.from({ length: count }, () => name().replace(/^./u, (letter) => letter.toUpperCase()));
}
export const FIRST = names(800, 2);
export const LAST = names(20_000, 3);
export const nameFrom = (list: readonly string[]) => list[common(list.length)] ?? '';

export const cipher = createFieldCipher({ ring: [{ id: 'bench', key: new Uint8Array(32) }] });
export const index = createBlindIndex(generateIndexKey());

/** The columns of a batch of patients, and their hashes. */
function patients(from: number, to: number) {
  const columns: Record<'ids' | 'wrapped' | 'first' | 'last' | 'born' | 'phone' | 'email' | 'language', unknown[]> = {
    ids: [],
    wrapped: [],
    first: [],
    last: [],
    born: [],
    phone: [],
    email: [],
    language: [],
  };
  const tokens: { readonly token: Uint8Array; readonly id: string }[] = [];
  for (let n = from; n < to; n++) {
    const id = idOf(2, n);
    const key = cipher.newKey(id);
    const sealed = sealingRow(cipher, key, 'users', id);
    const person = {
      firstName: nameFrom(FIRST),
      lastName: nameFrom(LAST),
      dateOfBirth: `${1930 + below(90)}-${String(1 + below(12)).padStart(2, '0')}-${String(1 + below(28)).padStart(2, '0')}`,
      phoneNumber: `+4930${1_000_000 + below(9_000_000)}`,
    };
    columns.ids.push(id);
    columns.wrapped.push(key.wrapped);
    columns.first.push(sealed.text('first_name', person.firstName));
    columns.last.push(sealed.text('last_name', person.lastName));
    columns.born.push(sealed.text('date_of_birth', person.dateOfBirth));
    columns.phone.push(sealed.text('phone_number', person.phoneNumber));
    columns.email.push(sealed.text('email', `p${n}@example.org`));
    columns.language.push(sealed.text('language', 'en'));
    for (const token of searchTokens(index, person)) tokens.push({ token: fromHex(token), id });
  }
  return { columns, tokens };
}

/** @param count how many patients, and as many appointments */
export async function fill(client: pg.Client, count: number): Promise<void> {
  await client.query('SET session_replication_role = replica');
  const doctors = Array.from({ length: DOCTORS }, (_, n) => idOf(1, n));
  await client.query(
    `INSERT INTO users (id, role, status, timezone, created_at, updated_at)
     SELECT id, 'doctor', 'active', 'UTC', now(), now() FROM unnest($1::uuid[]) id`,
    [doctors],
  );
  await client.query(
    `INSERT INTO doctors (user_id, first_name, last_name, specialty, timezone)
     SELECT id, 'D', left(id::text, 8), 'General practice', 'UTC' FROM unnest($1::uuid[]) id`,
    [doctors],
  );
  await client.query(
    `INSERT INTO availability_rules (doctor_id, position, weekday, start_time, end_time)
     SELECT user_id, d, d, '08:00', '18:00' FROM doctors, generate_series(1, 7) d`,
  );
  for (let from = 0; from < count; from += 5_000) {
    const { columns, tokens } = patients(from, Math.min(count, from + 5_000));
    await client.query(
      `INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
       SELECT id, 'bench', wrapped, now() FROM unnest($1::uuid[], $2::bytea[]) t (id, wrapped)`,
      [columns.ids, columns.wrapped],
    );
    await client.query(
      `INSERT INTO users (id, role, status, timezone, first_name, last_name, date_of_birth, phone_number, email, language, email_index, email_claim, created_at, updated_at)
       SELECT id, 'patient', 'active', 'UTC', f, l, b, p, e, g, sha256(id::text::bytea), sha256(id::text::bytea), now(), now()
       FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[]) t (id, f, l, b, p, e, g)`,
      [columns.ids, columns.first, columns.last, columns.born, columns.phone, columns.email, columns.language],
    );
    await client.query('INSERT INTO person_search (token, user_id) SELECT * FROM unnest($1::bytea[], $2::uuid[])', [
      tokens.map(({ token }) => token),
      tokens.map(({ id }) => id),
    ]);
  }
  // 20 a day for each doctor, the last of them 30 days ahead.
  await client.query(
    `INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status, created_at, updated_at)
     SELECT gen_random_uuid(), p.id, d.user_id, '01900000-0000-7000-8000-000000000001', s, s + interval '20 minutes', 'UTC',
       tstzrange(s, s + interval '20 minutes'), CASE WHEN s < '2026-03-02' THEN 'completed' ELSE 'scheduled' END, s, s
     FROM (SELECT id, row_number() OVER (ORDER BY md5(id::text)) - 1 AS n FROM users WHERE role = 'patient') p
     JOIN (SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS n FROM doctors) d ON d.n = p.n % ${DOCTORS},
     LATERAL (SELECT timestamptz '2026-04-01 08:00+00' - (p.n / ${DOCTORS} / 20) * interval '1 day'
       + (p.n / ${DOCTORS} % 20) * interval '30 minutes' AS s) f`,
  );
  await client.query(
    `INSERT INTO appointment_participants (appointment_id, role, user_id, busy, active, occupancy, lane)
     SELECT id, 'doctor', doctor_id, busy, true, id, 0 FROM appointments`,
  );
  await client.query(
    `INSERT INTO waitlist_entries (id, patient_id, appointment_type_id, first_date, last_date, rank, state, created_at, updated_at, version)
     SELECT gen_random_uuid(), id, '01900000-0000-7000-8000-000000000001', '2026-03-01', '2026-03-20', n % 5, CASE WHEN n % 10 = 0 THEN 'waiting' ELSE 'booked' END, now(), now(), 1
     FROM (SELECT id, row_number() OVER () AS n FROM users WHERE role = 'patient' LIMIT ${WAITING}) p`,
  );
  await client.query('SET session_replication_role = DEFAULT');
  await client.query('VACUUM ANALYZE');
}
