/**
 * How the front desk finds a patient among many: the plans of the search, and how long it takes from the query to the opened and
 * recorded answer. Fails when a load reads a large table from end to end, or a name of those who were shown is in clear in the database.
 *
 *   TEST_DATABASE_URL=postgres://… npm run bench:front-desk -- [patients]     default 100,000, with as many appointments
 *
 * Names are made of syllables with the frequencies of real ones: a few are common, most are rare. The rows are made in a
 * scratch database, which is dropped afterwards.
 */
import type pg from 'pg';
import { createDatabase } from '../adapters/postgres/commit/database.ts';
import type { SqlRecordedLoad } from '../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../adapters/postgres/driver/tcp.ts';
import { createPatientSearchLoads } from '../adapters/postgres/identity/patient-search-loads.ts';
import { lookups, matches, type PatientQuery } from '../domain/identity/patient-search.ts';
import type { UserId } from '../domain/shared/ids.ts';
import type { Viewer } from '../domain/shared/viewer.ts';
import { recordEvent } from '../src/app/audit.ts';
import { numbers } from '../tests/concurrency/scheduling-load.ts';

import { idOf } from './clinic-rows.ts';
import { cipher, FIRST, fill, index, LAST, nameFrom, namesInClear, sealShown } from './front-desk-rows.ts';
import { createExplain, explainAll } from './plans.ts';
import { inScratch } from './scratch.ts';

const PATIENTS = Number(process.argv[2] ?? 100_000);
const SEARCHES = 400;
const NOW = Date.parse('2026-03-02T12:00:00Z');

const staff: Viewer = {
  ...{ userId: idOf('staff', 1) as UserId, role: 'staff', ofPatients: true, ofRestricted: false },
  ...{ emergency: null, proxyAt: null },
};
const doctor: Viewer = { ...staff, userId: idOf('doctor', 7) as UserId, role: 'doctor' };
const page = { after: null, limit: 20 };
const asked = (fields: Partial<PatientQuery>): PatientQuery => ({
  ...{ name: null, match: 'prefix', dateOfBirth: null, phone: null, ...fields },
});
const search = createPatientSearchLoads(cipher, index);
const found = (query: PatientQuery, viewer = staff) =>
  search.patientsFound({ lookups: lookups(query), now: NOW }, viewer, page);

function cases(): Readonly<Record<string, unknown>> {
  const words = (last: string | undefined, letters: number, given: string | undefined) =>
    asked({ name: `${(last ?? '').slice(0, letters)} ${(given ?? '').slice(0, 2)}` });
  return {
    'a common beginning': found(asked({ name: (FIRST[0] ?? '').slice(0, 2) })),
    'a rare word': found(asked({ name: LAST[15_000] ?? '' })),
    'two words': found(words(LAST[900], 4, FIRST[3])),
    'two common beginnings': found(words(LAST[0], 2, FIRST[0])),
    'a common and a rare beginning': found(words(LAST[15_000], 9, FIRST[0])),
    'a birth date': found(asked({ dateOfBirth: '1980-05-17' })),
    'a phone number': found(asked({ phone: '030 1234567' })),
    'two words, by a doctor': found(words(LAST[900], 3, FIRST[3]), doctor),
    'possible duplicates': search.duplicateCandidates(
      { terms: lookups(asked({ phone: '030 1234567' })).flat(), email: 'p7@example.org' },
      staff,
    ),
  };
}

/** Searches as they are typed: three to five letters of the last name, half of them with two of the first. */
function typed(): readonly PatientQuery[] {
  const below = numbers(20_261_130);
  return Array.from({ length: SEARCHES }, (_, n) => {
    const last = nameFrom(LAST, below).slice(0, 3 + below(3));
    return asked({ name: n % 2 === 0 ? last : `${last} ${nameFrom(FIRST, below).slice(0, 2)}` });
  });
}

async function shownBy(client: pg.Client, queries: readonly PatientQuery[]): Promise<readonly string[]> {
  const ids = new Set<string>();
  for (const query of queries) {
    for (const viewer of [staff, doctor]) {
      const { text, values } = (found(query, viewer) as SqlRecordedLoad<unknown>).streams;
      const { rows } = await client.query<{ stream: string }>(text, [...values]);
      for (const { stream } of rows) ids.add(stream);
    }
  }
  return [...ids];
}

async function measure(url: string, viewer: Viewer, queries: readonly PatientQuery[]): Promise<void> {
  const driver = createTcpDriver({ url, maxConnections: 2 });
  const database = createDatabase(driver, cipher, index);
  const deps = { random: { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }, cipher };
  const context = { actor: { kind: 'system' }, now: NOW, ip: '203.0.113.7', userAgent: 'bench', requestId: 'bench' };
  const times: number[] = [];
  let shown = 0;
  for (const query of queries) {
    const began = performance.now();
    const entries = Array.from({ length: page.limit + 1 }, () =>
      recordEvent(deps, context as Parameters<typeof recordEvent>[1], {
        ...{ type: 'patient.found', stream: 'system', outcome: 'success' },
      }),
    );
    const { found: answer } = await database.loadRecorded(found(query, viewer), entries);
    shown += answer.filter(({ user }) => matches(query, user)).length;
    times.push(performance.now() - began);
  }
  await driver.close();
  times.sort((a, b) => a - b);
  const at = (part: number) => (times[Math.floor(times.length * part)] ?? 0).toFixed(1);
  console.log(
    `${times.length} searches by ${viewer.role}, opened and recorded: median ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(0.999)} ms; ` +
      `${(shown / times.length).toFixed(1)} patients shown each`,
  );
}

/** How many pages of 8 kB the searches look at: unlike the time, it does not depend on what else the machine does, nor on its caches. */
async function countPages(client: pg.Client, viewer: Viewer, queries: readonly PatientQuery[]): Promise<void> {
  const explain = await createExplain(client);
  const works: { readonly pages: number; readonly read: number }[] = [];
  for (const query of queries) works.push(await explain(found(query, viewer)));
  for (const kind of ['pages', 'read'] as const) {
    const sorted = works.map((work) => work[kind]).sort((a, b) => a - b);
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    console.log(`  ${kind}: median ${at(0.5)}, p75 ${at(0.75)}, p95 ${at(0.95)}, most ${at(1)}`);
  }
}

process.exitCode = await inScratch('bench:front-desk', async (client, url) => {
  await fill(client, PATIENTS);
  const { rows } = await client.query(
    `SELECT count(*) AS terms, pg_size_pretty(pg_total_relation_size('person_search')) AS size FROM person_search`,
  );
  console.log(`${PATIENTS.toLocaleString('en')} patients with ${rows[0]?.terms} terms, ${rows[0]?.size}`);
  const scans = await explainAll(client, cases());
  const queries = typed();
  const shown = await shownBy(client, queries);
  await sealShown(client, shown);
  console.log();
  for (const viewer of [staff, doctor]) {
    await measure(url, viewer, queries);
    await countPages(client, viewer, queries);
  }
  const clear = await namesInClear(client, shown);
  console.log(
    clear.length === 0 ? '\nNo name is in clear in any table.' : `\nNames are in clear in ${clear.join(', ')}.`,
  );
  console.log(
    scans === 0 ? 'No large table is read from end to end.' : `${scans} large tables are read from end to end.`,
  );
  return scans + clear.length === 0;
});
