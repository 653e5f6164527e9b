/**
 * How the front desk reads among many patients: the plans of its very statements, and how long the patient search takes from the
 * query to the opened and recorded answer. Fails when a statement reads a large table from end to end.
 *
 *   TEST_DATABASE_URL=postgres://… npm run bench:front-desk -- [patients]     default 100,000, with as many appointments
 *
 * Names are made of syllables with the frequencies of real ones: a few are common, most are rare. The rows are made in a
 * scratch database, which is dropped afterwards.
 */
import pg from 'pg';
import { createDatabase } from '../adapters/postgres/commit/database.ts';
import type { Sql, SqlLoad, SqlRecordedLoad } from '../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../adapters/postgres/driver/tcp.ts';
import { createPatientSearchLoads } from '../adapters/postgres/identity/patient-search-loads.ts';
import { migrateServer } from '../adapters/postgres/migrate/migrate.ts';
import { createFrontDeskLoads } from '../adapters/postgres/scheduling/front-desk-loads.ts';
import { lookups, matches, type PatientQuery } from '../domain/identity/patient-search.ts';
import type { UserId } from '../domain/shared/ids.ts';
import type { LocalDate } from '../domain/shared/time.ts';
import type { Viewer } from '../domain/shared/viewer.ts';
import { recordEvent } from '../src/app/audit.ts';
import { migrationFiles } from '../tests/support/postgres.ts';
import { createScratchDatabase } from '../tests/tools/services.ts';
import { below, cipher, FIRST, fill, idOf, index, LAST, nameFrom } from './front-desk-rows.ts';

const PATIENTS = Number(process.argv[2] ?? 100_000);
const SEARCHES = 400;
const NOW = Date.parse('2026-03-02T12:00:00Z');
const LARGE = /Seq Scan on (users|appointments|person_search|waitlist_entries|data_keys)\b/;

const server = process.env.TEST_DATABASE_URL;
if (server === undefined) throw new Error('set TEST_DATABASE_URL');

const staff: Viewer = {
  userId: idOf(3, 1) as UserId,
  role: 'staff',
  ofPatients: true,
  ofRestricted: false,
  emergency: null,
  proxyAt: null,
};
const doctor: Viewer = { ...staff, userId: idOf(1, 7) as UserId, role: 'doctor' };
const page = { after: null, limit: 20 };
const asked = (fields: Partial<PatientQuery>): PatientQuery => ({
  name: null,
  match: 'prefix',
  dateOfBirth: null,
  phone: null,
  ...fields,
});
const search = createPatientSearchLoads(cipher, index);
const desk = createFrontDeskLoads(cipher);
const found = (fields: Partial<PatientQuery>, viewer = staff) =>
  search.patientsFound({ lookups: lookups(asked(fields)), now: NOW }, viewer, page);

function cases(): Readonly<Record<string, unknown>> {
  const everything = {
    patientId: null,
    doctorIds: null,
    typeCode: null,
    locationId: null,
    from: null,
    to: null,
    statuses: null,
  };
  const today = '2026-03-10' as LocalDate;
  return {
    'search: a common beginning': found({ name: (FIRST[0] ?? '').slice(0, 2) }),
    'search: a rare word': found({ name: LAST[15_000] ?? '' }),
    'search: two words': found({ name: `${(LAST[900] ?? '').slice(0, 4)} ${(FIRST[3] ?? '').slice(0, 3)}` }),
    'search: two common beginnings': found({ name: `${(LAST[0] ?? '').slice(0, 2)} ${(FIRST[0] ?? '').slice(0, 2)}` }),
    'search: birth date': found({ dateOfBirth: '1980-05-17' }),
    'search: phone': found({ phone: '030 1234567' }),
    'search: two words, by a doctor': found(
      { name: `${(LAST[900] ?? '').slice(0, 3)} ${(FIRST[3] ?? '').slice(0, 2)}` },
      doctor,
    ),
    'appointments of the clinic from a date': desk.appointmentsRead({ ...everything, from: today }, staff, page),
    'appointments of two doctors on a day': desk.appointmentsRead(
      { ...everything, from: today, to: today, doctorIds: [idOf(1, 3) as UserId, idOf(1, 4) as UserId] },
      staff,
      page,
    ),
    'appointments, as a doctor sees them': desk.appointmentsRead(
      { ...everything, from: today, doctorIds: [doctor.userId] },
      doctor,
      page,
    ),
    'the day sheet': desk.dayRead(
      { date: today, now: NOW, doctorIds: null, after: null, bounds: { doctors: 8, appointmentsOfDoctor: 40 } },
      staff,
    ),
    'the waitlist of the clinic': desk.entriesRead({ doctorId: null, typeCode: null, state: null }, staff, page),
  };
}

async function explain(client: pg.Client): Promise<number> {
  let scans = 0;
  for (const [name, load] of Object.entries(cases())) {
    const { load: own, streams } = load as SqlRecordedLoad<unknown>;
    const statements: readonly Sql[] = [...(own as SqlLoad<unknown>).statements, streams];
    const lines: string[] = [];
    for (const { text, values } of statements) {
      const { rows } = await client.query({
        text: `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${text}`,
        values: [...values],
      });
      lines.push(...rows.map((row) => String(row['QUERY PLAN'])));
    }
    const milliseconds = lines
      .flatMap((line) => /Execution Time: ([\d.]+)/.exec(line)?.[1] ?? [])
      .reduce((sum, each) => sum + Number(each), 0);
    const indexes = new Set(lines.flatMap((line) => /(?:using|Bitmap Index Scan on) (\w+)/.exec(line)?.[1] ?? []));
    const read = lines.filter((line) => LARGE.test(line));
    scans += read.length;
    console.log(
      `\n== ${name}: ${milliseconds.toFixed(1)} ms in ${statements.length} statements\n   ${[...indexes].join(', ')}`,
    );
    for (const line of read) console.log(`   ^^^ ${line.trim()}`);
  }
  return scans;
}

/** Searches as they are typed: three to five letters of the last name, half of them with two of the first. */
async function measure(url: string, viewer: Viewer): Promise<void> {
  const driver = createTcpDriver({ url, maxConnections: 2 });
  const database = createDatabase(driver, cipher, index);
  const deps = { random: { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) }, cipher };
  const times: number[] = [];
  let shown = 0;
  for (let n = 0; n < SEARCHES; n++) {
    const last = nameFrom(LAST).slice(0, 3 + below(3));
    const query = asked({ name: n % 2 === 0 ? last : `${last} ${nameFrom(FIRST).slice(0, 2)}` });
    const began = performance.now();
    const context = { actor: { kind: 'system' }, now: NOW, ip: '203.0.113.7', userAgent: 'bench', requestId: 'bench' };
    const entries = Array.from({ length: page.limit + 1 }, () =>
      recordEvent(deps, context as Parameters<typeof recordEvent>[1], {
        type: 'patient.found',
        stream: 'system',
        outcome: 'success',
      }),
    );
    const load = search.patientsFound({ lookups: lookups(query), now: NOW }, viewer, page);
    const answer = await database.loadRecorded(load, entries);
    shown += answer.filter(({ user }) => matches(query, user)).length;
    times.push(performance.now() - began);
  }
  await driver.close();
  times.sort((a, b) => a - b);
  const at = (part: number) => (times[Math.floor(times.length * part)] ?? 0).toFixed(1);
  console.log(
    `\n${SEARCHES} searches by ${viewer.role}, opened and recorded: median ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(0.999)} ms; ${(shown / SEARCHES).toFixed(1)} patients shown each`,
  );
}

const scratch = await createScratchDatabase(server);
const client = new pg.Client(scratch.url);
try {
  await migrateServer(scratch.url, await migrationFiles());
  await client.connect();
  await client.query(`SET TIME ZONE 'UTC'`);
  const began = performance.now();
  await fill(client, PATIENTS);
  const { rows: sizes } = await client.query(
    `SELECT (SELECT count(*) FROM person_search) AS terms, pg_size_pretty(pg_total_relation_size('person_search')) AS size`,
  );
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${PATIENTS} patients with ${sizes[0]?.terms} terms (${sizes[0]?.size}) made in ${seconds} s`);
  const scans = await explain(client);
  for (const viewer of [staff, doctor]) await measure(scratch.url, viewer);
  console.log(
    scans === 0 ? '\nNo large table is read from end to end.' : `\n${scans} large tables are read from end to end.`,
  );
  process.exitCode = scans === 0 ? 0 : 1;
} finally {
  await client.end();
  await scratch.drop();
}
