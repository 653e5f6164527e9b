/** A waitlist of a given size, and what the statements read that offer time to it. */
import { createFieldCipher } from '../../adapters/crypto/field-cipher.ts';
import type { Sql, SqlLoad } from '../../adapters/postgres/driver/sql.ts';
import { createWaitlistLoads } from '../../adapters/postgres/scheduling/waitlist-loads.ts';
import type { AppointmentType } from '../../domain/scheduling/appointment-type.ts';
import type { OpenTime } from '../../domain/scheduling/bookable-times.ts';
import type { Load } from '../../domain/shared/changes.ts';
import type { UserId } from '../../domain/shared/ids.ts';
import { addDays, type LocalDate, MILLISECONDS_PER_DAY } from '../../domain/shared/time.ts';
import { UTC } from '../../domain/shared/zone.ts';
import { appointmentType } from '../domain/scheduling/builders.ts';

const DOCTORS = 200;
const SPECIALTIES = 40;
const TYPES = 10;
const WEEKS = 40;
const MONDAY = Date.parse('2026-03-02T00:00:00Z');
const NOW = MONDAY - MILLISECONDS_PER_DAY;

const user = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}` as UserId;
const sqlUser = (n: string) => `('00000000-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
const sqlId = (kind: number, n: string) => `('00000000-0000-7000-9${kind}00-' || lpad((${n})::text, 12, '0'))::uuid`;
const typeId = (n: number) => `00000000-0000-7000-9000-${String(n).padStart(12, '0')}` as AppointmentType['id'];
/** Deterministic numbers from 0 to 2³¹ that depend on the entry and on a name for the choice. */
const chance = (name: string) => `abs(hashint4(n # hashtext('${name}'))::bigint)`;
const specialty = (n: string) => `sha256(('specialty ' || (${n})::text)::bytea)`;

interface Client {
  query(statement: string | { text: string; values: unknown[] }): Promise<{ rows: Record<string, unknown>[] }>;
}

/**
 * Half of the entries name one of the doctors, a quarter a specialty, a quarter nobody. Each wants one of the types, within some
 * weeks of the year; every second one at a time of the day. A third of the patients left an offer unanswered, some have one now.
 */
export async function fill(client: Client, entries: number): Promise<void> {
  const last = DOCTORS + entries;
  await client.query(`SET session_replication_role = replica; SET TIME ZONE 'UTC'`);
  await client.query(`
    INSERT INTO users (id, role, status, timezone, created_at, updated_at)
      SELECT ${sqlUser('n')}, CASE WHEN n <= ${DOCTORS} THEN 'doctor' ELSE 'patient' END, 'active', 'UTC', now(), now()
      FROM generate_series(1, ${last}) n;
    INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at) SELECT id, 'bench', '\\x00', now() FROM users;
    INSERT INTO doctors (user_id, first_name, last_name, specialty, specialty_index, timezone)
      SELECT ${sqlUser('n')}, 'D', n::text, '\\x00', ${specialty(`n % ${SPECIALTIES}`)}, 'UTC' FROM generate_series(1, ${DOCTORS}) n;
    INSERT INTO appointment_types (id, code, name, duration_minutes, buffer_before_minutes, buffer_after_minutes, minimum_notice_minutes,
        horizon_days, slot_interval_minutes, active, created_at, updated_at)
      SELECT ${sqlId(0, 'n')}, 'type_' || n, 'Type', 30, 0, 0, 0, 730, 30, true, now(), now() FROM generate_series(1, ${TYPES}) n;
    INSERT INTO waitlist_entries (id, patient_id, appointment_type_id, doctor_id, specialty, specialty_index, first_date, last_date,
        window_start, window_end, rank, missed, state, created_at, updated_at, version)
      SELECT ${sqlId(1, 'n')}, ${sqlUser(`${DOCTORS} + n`)}, ${sqlId(0, `1 + ${chance('type')} % ${TYPES}`)},
        CASE WHEN n % 4 < 2 THEN ${sqlUser(`1 + ${chance('doctor')} % ${DOCTORS}`)} END,
        CASE WHEN n % 4 = 2 THEN decode('02' || repeat('00', 40), 'hex') END,
        CASE WHEN n % 4 = 2 THEN ${specialty(`${chance('specialty')} % ${SPECIALTIES}`)} END,
        first, first + (${chance('length')} % 28)::int,
        CASE WHEN ${chance('window')} % 2 = 0 THEN '08:00' END, CASE WHEN ${chance('window')} % 2 = 0 THEN '12:00' END,
        (${chance('rank')} % 3)::int, CASE WHEN n % 3 = 0 THEN 1 ELSE 0 END,
        CASE WHEN n % 31 = 0 THEN 'offered' ELSE 'waiting' END,
        timestamptz '2026-01-01' + n * interval '1 second', now(), 1
      FROM (SELECT n, date '2026-03-02' + (${chance('first')} % ${7 * WEEKS})::int AS first FROM generate_series(1, ${entries}) n) x;
    INSERT INTO waitlist_offers (id, entry_id, patient_id, hold_id, doctor_id, starts_at, ends_at, state, created_at, expires_at, version)
      SELECT ${sqlId(2, 'n')}, ${sqlId(1, 'n')}, ${sqlUser(`${DOCTORS} + n`)}, ${sqlId(3, 'n')},
        ${sqlUser(`1 + ${chance('offer')} % ${DOCTORS}`)},
        s, s + interval '30 minutes', CASE WHEN n % 31 = 0 THEN 'open' ELSE 'expired' END,
        timestamptz '2026-02-20', timestamptz '2026-02-20 00:30', 1
      FROM (SELECT n, timestamptz '2026-03-10 09:00' + n % 16 * interval '30 minutes' AS s FROM generate_series(1, ${entries}) n
        WHERE n % 3 = 0 OR n % 31 = 0) x;
    INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status,
        created_at, updated_at)
      SELECT ${sqlId(4, 'n')}, ${sqlUser(`${DOCTORS} + n`)}, ${sqlUser(`1 + n % ${DOCTORS}`)}, ${sqlId(0, '1')}, s,
        s + interval '30 minutes', 'UTC', tstzrange(s, s + interval '30 minutes'), 'scheduled', now(), now()
      FROM (SELECT n, timestamptz '2026-03-02 08:00' + n / 16 * interval '1 day' + n % 16 * interval '30 minutes' AS s
        FROM generate_series(1, ${entries / 20}) n) x;
    INSERT INTO appointment_participants (appointment_id, role, user_id, busy, active, occupancy, lane)
      SELECT id, 'patient', patient_id, busy, true, id, 0 FROM appointments`);
  await client.query('VACUUM (ANALYZE)');
  await client.query('SET session_replication_role = DEFAULT');
}

/** Half an hour from that minute of the day on. */
function timeOf(day: number, minute: number): OpenTime {
  const start = MONDAY + day * MILLISECONDS_PER_DAY + minute * 60_000;
  const date = addDays('2026-03-02' as LocalDate, day);
  return {
    type: { ...appointmentType(), id: typeId(3) },
    slot: { start, end: start + 30 * 60_000, date, doctorId: user(7), locationId: null },
  };
}

const page = (days: number) =>
  Array.from({ length: days }, (_, day) => [540, 570, 600, 780, 900].map((minute) => timeOf(8 + day, minute))).flat();

const loads = createWaitlistLoads(createFieldCipher({ ring: [{ id: 'bench', key: new Uint8Array(32) }] }));
/** How many entries one job considers. */
export const AT_ONCE = 200;
const asked = (times: readonly OpenTime[]) => ({
  ...{ doctorId: user(7), times, timezone: UTC, after: null, openedAt: NOW, now: NOW, limit: AT_ONCE },
});

const [once, month] = [[timeOf(8, 600)], page(31)];

/** The statements of a job that offers one time that was freed, and of one that offers a month. */
export const CASES = {
  'who fits one time': loads.candidates(asked(once)),
  'who fits a month': loads.candidates(asked(month)),
  'who has an offer and fits one time': loads.blockingOffers(asked(once)),
  'who has an offer and fits a month': loads.blockingOffers(asked(month)),
  'what the doctor is waited for': loads.doctorTimes({
    ...{ doctorId: user(7), now: NOW, start: MONDAY, end: MONDAY + 31 * MILLISECONDS_PER_DAY },
  }),
  'whose day has begun': loads.dueHorizons(NOW, 50),
} as const;

/** Whose rows become many. */
const MANY = /^(waitlist_|users|data_keys|appointments|appointment_participants)/;

export interface Work {
  readonly found: number;
  /** Entries and offers that were read and left out. */
  readonly discarded: number;
  /** Tables with many rows that were read from end to end. */
  readonly scanned: readonly string[];
  readonly milliseconds: number;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

async function workOf(client: Client, { text, values }: Sql): Promise<Work> {
  const { rows } = await client.query({
    text: `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
    values: [...values],
  });
  const [{ Plan: root, 'Execution Time': milliseconds }] = (
    rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode; 'Execution Time': number }] }
  )['QUERY PLAN'];
  const nodes = nodesOf(root);
  const left = (node: PlanNode) =>
    ((node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * node['Actual Loops'];
  return {
    found: root['Actual Rows'],
    discarded: Math.max(0, ...nodes.filter((node) => node['Relation Name']?.startsWith('waitlist_')).map(left)),
    scanned: nodes
      .filter((node) => node['Node Type'] === 'Seq Scan' && MANY.test(node['Relation Name'] ?? ''))
      .map((node) => node['Relation Name'] ?? ''),
    milliseconds,
  };
}

/** What each statement of a load read. */
export async function worksOf(client: Client, load: Load<unknown>): Promise<Work[]> {
  const works: Work[] = [];
  for (const statement of (load as SqlLoad<unknown>).statements) works.push(await workOf(client, statement));
  return works;
}
