/** The database port over any of the drivers. */

import { streamOfEvent } from '../../../domain/audit/platform-streams.ts';
import type { Change } from '../../../domain/changes.ts';
import type { AuditEntry } from '../../../domain/shared/audit-entry.ts';
import type { AuditStream } from '../../../domain/shared/audit-event-kind.ts';
import type { Bounds } from '../../../domain/shared/bounds.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import type { CommitConflict, Load, Loaded } from '../../../domain/shared/changes.ts';
import type { Batch, Committed, PresumingDatabase, RecordedLoad } from '../../../domain/shared/database.ts';
import { type BlindIndex, type FieldCipher, Unavailable } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { TraceParent } from '../../../domain/shared/tracing.ts';
import { budgetOf, LOCK_TIMEOUT_MS, type Row, type SqlDriver } from '../driver/driver.ts';
import { SqlError } from '../driver/fault.ts';
import { createMergeReads, type Effects, type MergeReads } from '../driver/one-statement.ts';
import { createRowQueue, type RowQueue } from '../driver/row-queue.ts';
import { join, type Sql, type SqlLoad, type SqlRecordedLoad, sql, together } from '../driver/sql.ts';
import { addressIndex } from '../sealed/sealed-row.ts';
import { announceStatement } from './announce.ts';
import { moveCacheEpoch } from './cache-epoch.ts';
import { type CallerCheck, createCallerCheck } from './caller-check.ts';
import { statementsOfAll } from './changes.ts';
import { conflictCode } from './constraints.ts';
import { idempotencyStatements } from './idempotency.ts';
import { lockMessages } from './message-locks.ts';
import { endedStatements, givenUpStatement, outboxStatement } from './outbox.ts';
import { lockPersons, lockPlaces, personsToLock } from './person-locks.ts';
import { streamOfDigest } from './platform-streams.ts';
import { BRIEF_LOCK_TIMEOUT_MS, createRecordedReadings, type RecordedReadings } from './recorded-reads.ts';

/** SQLSTATEs of serialization failure and deadlock: the batch is retried, invisibly to the client. */
const RETRYABLE = new Set(['40001', '40P01']);
const ATTEMPTS = 12;
/** Exponential backoff with jitter. */
const PAUSE_MS = 4;
const LONGEST_PAUSE_MS = 250;

export interface PostgresDatabase extends PresumingDatabase<Change> {
  /** How many round trips were made since the start. */
  roundTrips(): number;
}

/**
 * @param onCommitted called with each batch that was applied. It must not throw
 * @param cause of the jobs that are committed now. Default: unknown
 */
export function createDatabase(
  driver: SqlDriver,
  cipher: FieldCipher,
  index: BlindIndex,
  onCommitted: (batch: Batch<Change>) => void = () => {},
  cause: () => TraceParent | undefined = () => undefined,
): PostgresDatabase {
  let trips = 0;
  const serially = createSerialQueue();
  const rows = createRowQueue();
  const readings = createRecordedReadings(rows);
  const merge = createMergeReads();
  const counted: SqlDriver['run'] = (statements, mode, bounds) => {
    trips += 1;
    bounds?.noteRoundTrip();
    return driver.run(statements, mode, bounds);
  };
  const shared = { run: counted, merge, serially, rows, readings, cipher, index, onCommitted, cause };
  return { ...over(shared, undefined, createCallerCheck()), roundTrips: () => trips };
}

interface Shared {
  readonly run: SqlDriver['run'];
  readonly merge: MergeReads;
  readonly serially: SerialQueue;
  readonly rows: RowQueue;
  readonly readings: RecordedReadings;
  readonly cipher: FieldCipher;
  readonly index: BlindIndex;
  readonly onCommitted: (batch: Batch<Change>) => void;
  readonly cause: () => TraceParent | undefined;
}

/** The statements of a batch in three parts: the middle one, of one statement or none, announces what the first has changed. */
function batchStatements(batch: Batch<Change>, { cipher, index, cause }: Shared) {
  const traceParent = cause() ?? null;
  const changing = [
    // First, so that the second of two equal requests waits here and then finds the stored answer instead of a conflict.
    ...(batch.idempotency === undefined ? [] : idempotencyStatements(batch.idempotency, cipher)),
    ...(batch.givenUp === undefined ? [] : [givenUpStatement(batch.givenUp, batch.at)]),
    ...lockPersons(batch.changes),
    ...lockPlaces(batch.changes),
    ...lockMessages(batch.changes),
    ...statementsOfAll(batch.changes, cipher, index),
    ...outboxStatement(batch.jobs, batch.at, traceParent),
    ...endedStatements(batch.ended ?? [], batch.at),
  ];
  return {
    changing,
    announcing: announceStatement(batch.announced ?? [], batch.at, traceParent),
    auditing: appendAll(batch.audit, index),
  };
}

/** The rows that a batch locks: the persons it concerns, and the heads of the audit streams it appends to. */
function rowsLockedBy({ changes, audit }: Batch<Change>): string[] {
  return [...new Set([...personsToLock(changes).persons, ...audit.map(({ stream }) => stream)])];
}

/** Retries batches that collided. */
function retrying({ run, serially }: Shared, bounds: Bounds | undefined): SqlDriver['run'] {
  const attempt: SqlDriver['run'] = (statements, mode) => run(statements, mode, bounds);
  return async (statements, mode) => {
    try {
      return await attempt(statements, mode);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      // Retries run one after another: batches that collided would collide again, and one could starve.
      return serially(() => retry(() => attempt(statements, mode)));
    }
  };
}

function over(shared: Shared, bounds: Bounds | undefined, caller: CallerCheck): PresumingDatabase<Change> {
  const { merge, rows, readings, index, onCommitted } = shared;
  const run = retrying(shared, bounds);
  const read = async (reads: readonly Sql[]) => {
    const columns = caller.columns();
    if (reads.length + columns.length === 0) return [];
    const { statements, split } = merge(reads, { expressions: [], columns });
    return split(await caller.during(() => run(statements, statements.length === 1 ? 'read' : 'snapshot')));
  };

  return {
    within: (others) => over(shared, others, caller),
    presuming: (presumption) => over(shared, bounds, createCallerCheck(presumption)),
    isConfirmed: caller.isConfirmed,
    async confirm() {
      await read([]);
    },

    async load<L extends readonly Load<unknown>[]>(...loads: L): Promise<Loaded<L>> {
      const plan = together(Object.fromEntries(loads.map((load, index) => [index, load as SqlLoad<unknown>])));
      const results = plan.read(await read(plan.statements));
      return loads.map((_, index) => results[index]) as Loaded<L>;
    },

    async loadRecorded<T>(recordedLoad: RecordedLoad<T>, entries: readonly AuditEntry[]): Promise<T> {
      const { load, streams } = recordedLoad as SqlRecordedLoad<T>;
      const reading = async (lockTimeout: number) => {
        const { expressions, columns } = appendEach(streams, entries, index, lockTimeout);
        const effects = { expressions, columns: [...caller.columns(), ...columns] };
        const { statements, split } = merge(load.statements, effects);
        return split(await caller.during(() => run(statements, 'recorded')));
      };
      const results = await readings({
        streams: async () => placed((await run([distinct(streams)], 'snapshot')).flat(), entries),
        briefly: () => reading(BRIEF_LOCK_TIMEOUT_MS),
        patiently: () => reading(LOCK_TIMEOUT_MS),
        milliseconds: () => budgetOf(bounds),
      });
      return load.read(results);
    },

    async commit(batch: Batch<Change>): Promise<Result<Committed, CommitConflict>> {
      const { changing, announcing, auditing } = batchStatements(batch, shared);
      const before = [...caller.statements(), ...changing];
      const moving = batch.movesCacheEpoch === true ? [moveCacheEpoch()] : [];
      const statements = [...before, ...announcing, ...auditing, ...moving];
      const write = () => rows.enter(rowsLockedBy(batch), budgetOf(bounds), () => run(statements, 'write'));
      try {
        const results = await caller.during(write);
        onCommitted(batch);
        const [announced] = announcing.length === 0 ? [] : (results[before.length] ?? []);
        return ok({ queued: Number(announced?.queued ?? 0) });
      } catch (error) {
        const conflict = error instanceof SqlError ? toConflict(error) : undefined;
        if (conflict === undefined) throw error;
        return refuse(conflict);
      }
    },
  };
}

function isRetryable(error: unknown): error is SqlError {
  return error instanceof SqlError && RETRYABLE.has(error.sqlState);
}

async function retry<T>(attempt: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (round === ATTEMPTS)
        throw new Unavailable('database', { cause: error, retryAfterSeconds: 1, reason: 'contended' });
      await new Promise((wake) => setTimeout(wake, Math.random() * Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** round)));
    }
  }
}

type SerialQueue = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs one piece of work at a time, in the order of the calls. */
function createSerialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result;
    return result;
  };
}

function toConflict(error: SqlError): CommitConflict | undefined {
  const code = conflictCode(error.constraint);
  if (code !== undefined) return { kind: 'constraint', code };
  return error.sqlState === 'PP001' ? { kind: 'stale', what: error.constraint ?? 'unknown' } : undefined;
}

/** @returns what `audit_append` takes of an event. The events of a batch mostly have one address, which is hashed once. */
function eventWriter(index: BlindIndex): (entry: AuditEntry) => string {
  const hashed = new Map<string, string>();
  return ({ content, address }) => {
    if (address === null) return JSON.stringify(content);
    const digits = hashed.get(address) ?? toHex(addressIndex(index, address));
    hashed.set(address, digits);
    return JSON.stringify({ ...content, addressIndex: digits });
  };
}

/** Locks the heads of the chains in stream order to prevent deadlocks between batches. */
function appendAll(entries: readonly AuditEntry[], index: BlindIndex): Sql[] {
  const eventJson = eventWriter(index);
  return [...entries]
    .sort((a, b) => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : 0))
    .map((entry) => sql`SELECT audit_append(${entry.stream}, ${eventJson(entry)}::jsonb, ${entry.digest}::bytea)`);
}

function distinct(streams: Sql): Sql {
  return sql`SELECT DISTINCT stream::text FROM (${streams}) s ORDER BY stream`;
}

/** The streams of the events that a read appends, one for each person in the order of {@link appendEach}. */
function placed(persons: readonly Row[], entries: readonly AuditEntry[]): string[] {
  return persons.map(({ stream }, place) => {
    const digest = entries[place]?.digest;
    return digest === undefined ? (stream as string) : streamOfEvent(stream as AuditStream, digest);
  });
}

/**
 * Appends one prepared event for each person that the load touched, and waits no longer than the time-out for the heads
 * of their streams. A person without an event violates `NOT NULL` in
 * `audit_append`, so a read that would not be recorded is not answered either.
 */
function appendEach(streams: Sql, entries: readonly AuditEntry[], index: BlindIndex, lockTimeout: number): Effects {
  const eventJson = eventWriter(index);
  const prepared = entries.map(
    (entry, place) => sql`(${place + 1}::bigint, ${eventJson(entry)}::jsonb, ${entry.digest}::bytea)`,
  );
  return {
    expressions: [
      sql`
      persons AS MATERIALIZED (
        SELECT stream, row_number() OVER (ORDER BY stream) AS place FROM (${distinct(streams)}) d
      ), prepared (place, event, digest) AS (VALUES ${join(prepared)}), waits AS MATERIALIZED (
        SELECT set_config('lock_timeout', ${String(lockTimeout)}, true)
      ), appended AS MATERIALIZED (
        SELECT audit_append(${streamOfDigest('p.stream', 'e.digest')}, e.event, e.digest)
        FROM waits, (SELECT * FROM persons ORDER BY stream) p LEFT JOIN prepared e USING (place)
      )`,
    ],
    columns: [sql`(SELECT count(*) FROM appended) AS appended`],
  };
}
