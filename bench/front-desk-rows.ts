/** Patients whose names are as frequent as real ones, for the benchmark of the patient search. */
import type pg from 'pg';
import { createBlindIndex } from '../adapters/crypto/blind-index.ts';
import { createFieldCipher } from '../adapters/crypto/field-cipher.ts';
import { searchTokens } from '../adapters/postgres/sealed/person-search.ts';
import { sealingRow } from '../adapters/postgres/sealed/sealed-row.ts';
import { numbers } from '../tests/concurrency/scheduling-load.ts';
import { inBulk, timed } from './bulk-fill.ts';
import { numberOf, sqlId } from './clinic-rows.ts';

const DOCTORS = 50;
const CHUNK = 20_000;
const PRINTED = 100_000;
/** How many names are looked for in clear. */
const SOUGHT = 5;

type Below = (limit: number) => number;
/** A number below the limit; small ones are common, as names are. */
const common = (below: Below, limit: number) => Math.floor(limit * (below(2 ** 30) / 2 ** 30) ** 3);

const SYLLABLES = 'ba ler mann son ka ri to schmi dt mül o ven ste in ho fer ra mi lu ne'.split(' ');
function names(count: number, syllables: number, below: Below): readonly string[] {
  const name = () => Array.from({ length: syllables }, () => SYLLABLES[below(SYLLABLES.length)]).join('');
  return Array.from({ length: count }, () => name().replace(/^./u, (letter) => letter.toUpperCase()));
}
const first = numbers(20_261_129);
export const FIRST = names(800, 2, first);
export const LAST = names(20_000, 3, first);
export const nameFrom = (list: readonly string[], below: Below) => list[common(below, list.length)] ?? '';

export const cipher = createFieldCipher({ ring: [{ id: 'bench', key: new Uint8Array(32) }] });

export const index = createBlindIndex(Buffer.alloc(32, 7).toString('base64url'));

/** The n-th patient. */
function personOf(n: number) {
  const below = numbers(Math.imul(n + 1, 0x9e3779b1));
  const two = (limit: number) => String(1 + below(limit)).padStart(2, '0');
  // Neighbouring generators begin alike.
  below(1);
  return {
    firstName: nameFrom(FIRST, below),
    lastName: nameFrom(LAST, below),
    dateOfBirth: `${1930 + below(90)}-${two(12)}-${two(28)}`,
    phoneNumber: `+4930${1_000_000 + 77 * below(100_000)}`,
  };
}

const NOBODY = { firstName: '', lastName: '', dateOfBirth: null, phoneNumber: null };
const known = new Map<string, readonly string[]>();

/** The hashes of a person. Names, dates and numbers repeat, so those of each are computed once. */
function tokensOf(n: number): ReadonlySet<string> {
  const parts = Object.entries(personOf(n)).map(([field, value]) => {
    const tokens = known.get(value) ?? searchTokens(index, { ...NOBODY, [field]: value });
    known.set(value, tokens);
    return tokens;
  });
  return new Set(parts.flat());
}

const PEOPLE = `
  INSERT INTO users (id, role, status, timezone, created_at, updated_at)
    SELECT ${sqlId('doctor', 'n')}, 'doctor', 'active', 'UTC', now(), now() FROM generate_series(0, ${DOCTORS - 1}) n;
  INSERT INTO doctors (user_id, first_name, last_name, timezone)
    SELECT ${sqlId('doctor', 'n')}, 'D', n::text, 'UTC' FROM generate_series(0, ${DOCTORS - 1}) n;`;

/** Boxes are random here: sealing them takes an hour for a million patients. {@link sealShown} seals those that are opened. */
const patients = (from: number, to: number) => {
  const box = (column: string) => `'\\x01'::bytea || sha256(convert_to('${column}' || n, 'UTF8'))`;
  return `
  INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
    SELECT ${sqlId('patient', 'n')}, 'bench', ${box('key')} || ${box('wrapped')}, now() FROM generate_series(${from}, ${to - 1}) n;
  INSERT INTO users (id, role, status, timezone, first_name, last_name, date_of_birth, phone_number, email, language, email_index, email_claim,
      created_at, updated_at)
    SELECT ${sqlId('patient', 'n')}, 'patient', 'active', 'UTC', ${['f', 'l', 'b', 'p', 'e', 'g'].map(box).join(', ')},
      sha256(convert_to('i' || n, 'UTF8')), sha256(convert_to('i' || n, 'UTF8')), now(), now()
    FROM generate_series(${from}, ${to - 1}) n;`;
};

/** 20 a day for each doctor, the last of them 30 days ahead. */
const appointments = (count: number) => `
  INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status, created_at, updated_at,
      local_date, local_time, local_version)
    SELECT ${sqlId('appointment', 'n')}, ${sqlId('patient', `n::bigint * 7919 % ${count}`)}, ${sqlId('doctor', `n % ${DOCTORS}`)},
      '01900000-0000-7000-8000-000000000001', s, s + interval '20 minutes', 'UTC', tstzrange(s, s + interval '20 minutes'),
      CASE WHEN s < '2026-03-02' THEN 'completed' ELSE 'scheduled' END, s, s, s::date, to_char(s, 'HH24:MI'), 1
    FROM generate_series(0, ${count - 1}) n, LATERAL (SELECT timestamptz '2026-04-01 08:00+00'
      - (n / ${DOCTORS} / 20) * interval '1 day' + (n / ${DOCTORS} % 20) * interval '30 minutes' AS s) f`;

/** @param count how many patients, and as many appointments */
export async function fill(client: pg.Client, count: number): Promise<void> {
  await inBulk(client, ['users', 'data_keys', 'appointments', 'person_search'], async () => {
    await client.query(PEOPLE);
    for (let from = 0; from < count; from += PRINTED) {
      const to = Math.min(count, from + PRINTED);
      await timed(`${to.toLocaleString('en')} patients`, () => fillPatients(client, from, to));
    }
    await timed('appointments', () => client.query(appointments(count)));
  });
}

async function fillPatients(client: pg.Client, first: number, end: number): Promise<void> {
  for (let from = first; from < end; from += CHUNK) {
    const to = Math.min(end, from + CHUNK);
    await client.query(patients(from, to));
    const tokens: string[] = [];
    const whose: number[] = [];
    for (let n = from; n < to; n++) {
      for (const token of tokensOf(n)) {
        tokens.push(token);
        whose.push(n);
      }
    }
    await client.query(
      `INSERT INTO person_search (token, user_id) SELECT decode(token, 'hex'), ${sqlId('patient', 'n')}
       FROM unnest(string_to_array($1, ','), string_to_array($2, ',')::int[]) t (token, n)`,
      [tokens.join(), whose.join()],
    );
  }
}

/** Seals the fields of these patients, as the portal does. */
export async function sealShown(client: pg.Client, ids: readonly string[]): Promise<void> {
  await client.query('BEGIN');
  for (const id of ids) {
    const n = numberOf('patient', id);
    const person = personOf(n);
    const key = cipher.newKey(id);
    const sealed = sealingRow(cipher, key, 'users', id);
    await client.query('UPDATE data_keys SET wrapped = $2 WHERE owner_id = $1', [id, key.wrapped]);
    await client.query(
      `UPDATE users SET first_name = $2, last_name = $3, date_of_birth = $4, phone_number = $5, email = $6, language = $7 WHERE id = $1`,
      [
        ...[id, sealed.text('first_name', person.firstName), sealed.text('last_name', person.lastName)],
        ...[sealed.text('date_of_birth', person.dateOfBirth), sealed.text('phone_number', person.phoneNumber)],
        ...[sealed.text('email', `p${n}@example.org`), sealed.text('language', 'en')],
      ],
    );
  }
  await client.query('COMMIT');
  await client.query('VACUUM (ANALYZE) users, data_keys');
}

/**
 * Looks for the last names of patients in all columns of all tables, as text and as bytes.
 * @returns the tables that have one in clear
 */
export async function namesInClear(client: pg.Client, ids: readonly string[]): Promise<readonly string[]> {
  const all = new Set(ids.map((id) => personOf(numberOf('patient', id)).lastName));
  const words = [...all].sort((a, b) => b.length - a.length).slice(0, SOUGHT);
  const patterns = words.flatMap((word) => [`%${word}%`, `%${Buffer.from(word).toString('hex')}%`]);
  const { rows } = await client.query<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY name`,
  );
  const found: string[] = [];
  for (const { name } of rows) {
    const { rowCount } = await client.query(`SELECT FROM ${name} t WHERE t::text LIKE ANY($1::text[]) LIMIT 1`, [
      patterns,
    ]);
    if (rowCount !== 0) found.push(name);
  }
  return found;
}
