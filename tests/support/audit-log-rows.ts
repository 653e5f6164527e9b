/** An audit log of a given size, and the work of a search in it, for the benchmark and the test of the search. */
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { createFieldCipher } from '../../adapters/crypto/field-cipher.ts';
import { createSearchLoads } from '../../adapters/postgres/audit/search.ts';
import type { SqlLoad } from '../../adapters/postgres/driver/sql.ts';
import { addressIndexes } from '../../adapters/postgres/sealed/sealed-row.ts';
import type { EventFilter } from '../../domain/audit/ports.ts';
import { toHex } from '../../domain/shared/bytes.ts';

export const PAGE = 50;
const STAFF = 200;
/** So many events have a rare value, whatever the size of the log: more than a page. */
const RARE = 60;

const index = createBlindIndex(generateIndexKey());
const loads = createSearchLoads(createFieldCipher({ ring: [{ id: 'bench', key: new Uint8Array(32) }] }), index);

const NONE: EventFilter = {
  subject: null,
  actor: null,
  type: null,
  category: null,
  severity: null,
  outcome: null,
  requestId: null,
  resourceType: null,
  resourceId: null,
  address: null,
  from: null,
  to: null,
};

const user = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const CLINIC_ADDRESS = '198.51.100.1';
const HOME_ADDRESS = '203.0.113.7';
const addressHex = (address: string) => toHex(addressIndexes(index, address)[0] ?? new Uint8Array());

interface Client {
  query(statement: string | { text: string; values: unknown[] }): Promise<{ rows: Record<string, unknown>[] }>;
}

/** Deterministic numbers from 0 to 2³¹ that depend on the event and on a name for the choice. */
const chance = (name: string) => `abs(hashint4(n # hashtext('${name}'))::bigint)`;

/**
 * Reads are frequent, changes rare, failures rarer. Half of the events come from the clinic's one address. What kinds of events are
 * rare ends early, so that somebody who asks for them would have to read far.
 */
export async function fill(client: Client, events: number): Promise<void> {
  const patients = events / 50;
  const isRare = (rest: number) => `n <= ${patients} AND n % ${Math.floor(patients / RARE)} = ${rest}`;
  await client.query(`SET session_replication_role = replica; SET maintenance_work_mem = '256MB'; SET TIME ZONE 'UTC'`);
  const { rows } = await client.query(`SELECT indexdef, indexname FROM pg_indexes
    WHERE tablename IN ('audit_events', 'audit_addresses') AND indexname !~ '_(pkey|id_key)$'`);
  for (const { indexname } of rows) await client.query(`DROP INDEX ${String(indexname)}`);
  await client.query(`
    INSERT INTO users (id, role, status, timezone, created_at, updated_at)
      SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'patient', 'active', 'UTC', now(), now()
      FROM generate_series(0, ${STAFF + patients - 1}) n;
    INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at) SELECT id, 'bench', '\\x00', now() FROM users;
    INSERT INTO audit_events
      SELECT CASE WHEN n % 10 = 0 THEN 'system' ELSE '00000000-0000-7000-8000-' || lpad((${STAFF} + ${chance('subject')} % ${patients})::text, 12, '0') END,
        n, ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid,
        CASE WHEN ${isRare(0)} THEN 'rare.type' ELSE 'frequent.type_' || ${chance('type')} % 40 END,
        CASE WHEN ${isRare(0)} THEN 'admin' ELSE (ARRAY['auth', 'data_access', 'data_modification'])[1 + ${chance('category')} % 3] END,
        CASE WHEN ${isRare(0)} THEN 'high' WHEN ${isRare(1)} THEN 'medium' ELSE 'low' END,
        'read', CASE WHEN ${isRare(2)} THEN 'failure' ELSE 'success' END, 'user',
        ('00000000-0000-7000-8000-' || lpad((CASE WHEN n % 2 = 0 THEN ${chance('staff')} % ${STAFF} ELSE ${STAFF} + ${chance('actor')} % ${patients} END)::text, 12, '0'))::uuid,
        NULL, 'request-' || n,
        CASE WHEN ${isRare(0)} THEN 'rare_resource' ELSE 'resource_' || ${chance('resource')} % 8 END,
        'resource-' || ${chance('resource-id')} % (${events} / 20), false, false, '{}', NULL, NULL, '\\x00',
        timestamptz '2020-01-01' + n * interval '1 minute', sha256('\\x00'), sha256('\\x00')
      FROM generate_series(1, ${events}) n;
    INSERT INTO audit_addresses
      SELECT id, actor_id, CASE WHEN sequence % 2 = 0 THEN decode('${addressHex(CLINIC_ADDRESS)}', 'hex')
          WHEN ${isRare(1).replaceAll('n ', 'sequence ')} THEN decode('${addressHex(HOME_ADDRESS)}', 'hex')
          ELSE sha256((sequence % 5000)::text::bytea) END, occurred_at
      FROM audit_events;
    INSERT INTO audit_leaves SELECT sequence, stream, sequence FROM audit_events`);
  for (const { indexdef } of rows) await client.query(String(indexdef));
  await client.query('VACUUM (ANALYZE) audit_events, audit_addresses, audit_leaves, users, data_keys');
  await client.query('SET session_replication_role = DEFAULT');
}

const VALUES: Readonly<Record<string, Readonly<Record<string, Partial<EventFilter>>>>> = {
  subject: { frequent: { subject: 'system' }, rare: { subject: user(STAFF + 5) }, absent: { subject: user(999_999) } },
  actor: { frequent: { actor: user(3) }, rare: { actor: user(STAFF + 5) }, absent: { actor: user(999_999) } },
  type: { frequent: { type: 'frequent.type_1' }, rare: { type: 'rare.type' }, absent: { type: 'absent.type' } },
  category: { frequent: { category: 'auth' }, rare: { category: 'admin' } },
  severity: {
    frequent: { severity: 'low' },
    rare: { severity: 'medium' },
    high: { severity: 'high' },
    absent: { severity: 'critical' },
  },
  outcome: { frequent: { outcome: 'success' }, rare: { outcome: 'failure' }, absent: { outcome: 'partial' } },
  requestId: { rare: { requestId: 'request-77' }, absent: { requestId: 'nothing' } },
  resourceType: {
    frequent: { resourceType: 'resource_1' },
    rare: { resourceType: 'rare_resource' },
    absent: { resourceType: 'absent' },
  },
  resourceId: { rare: { resourceId: 'resource-7' }, absent: { resourceId: 'nothing' } },
  address: { frequent: { address: CLINIC_ADDRESS }, rare: { address: HOME_ADDRESS }, absent: { address: '192.0.2.1' } },
  time: {
    old: { from: Date.UTC(2020, 0, 1), to: Date.UTC(2020, 0, 3) },
    absent: { from: Date.UTC(2019, 0, 1), to: Date.UTC(2019, 0, 2) },
  },
};

const alone = Object.entries(VALUES).flatMap(([name, values]) =>
  Object.entries(values).map(([how, filter]) => ({ name, label: `${name}: ${how}`, filter })),
);
const pairs = alone.flatMap((one, place) =>
  alone
    .slice(place + 1)
    .filter((other) => other.name !== one.name)
    .map((other) => ({ label: `${one.label} & ${other.label}`, filter: { ...one.filter, ...other.filter } })),
);

/** Each filter alone, and every pair of them. */
export const CASES: Readonly<Record<string, Partial<EventFilter>>> = Object.fromEntries(
  [{ label: 'none', filter: {} }, ...alone, ...pairs].map(({ label, filter }) => [label, filter]),
);

export interface Work {
  readonly blocks: number;
  readonly discarded: number;
  readonly scans: boolean;
  readonly plan: string;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
const isOfEvents = ({ 'Relation Name': table = '', 'Index Name': name = '' }: PlanNode) =>
  /^audit_(events|addresses)/.test(table || name);

/** Runs the first page of the search and tells what it read. */
export async function planOf(client: Client, filter: Partial<EventFilter>): Promise<Work> {
  const [statement] = (loads.searchMore({ ...NONE, ...filter }, null, PAGE + 1) as SqlLoad<unknown>).statements;
  if (statement === undefined) throw new Error('no statement');
  const { rows } = await client.query({
    text: `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${statement.text}`,
    values: [...statement.values],
  });
  const [{ Plan: root }] = (rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode }] })['QUERY PLAN'];
  const nodes = nodesOf(root).filter(isOfEvents);
  const read = (node: PlanNode) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
  return {
    blocks: (root['Shared Hit Blocks'] ?? 0) + (root['Shared Read Blocks'] ?? 0),
    discarded: Math.max(0, Math.max(...nodes.map(read)) - root['Actual Rows']),
    scans: nodes.some((node) => node['Node Type'] === 'Seq Scan'),
    plan: nodes.map((node) => `${node['Node Type']} ${node['Index Name'] ?? ''}`.trim()).join(', '),
  };
}

/**
 * Whether the work follows the page. A value that few events have must be found in an index of its own. A frequent one may be
 * picked from the newest events, of which each tenth has it. Of two filters, the rarer leads.
 */
export function isBounded(name: string, { scans, discarded }: Work): boolean {
  if (scans) return false;
  return name.includes(' & ') || discarded <= (name.endsWith('frequent') ? 10 * PAGE : PAGE);
}
