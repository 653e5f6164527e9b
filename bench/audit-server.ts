/** The part of `bench/audit.ts` that needs a PostgreSQL. */
import { createBlindIndex, generateIndexKey } from '../adapters/crypto/blind-index.ts';
import { createCheckpointSigner } from '../adapters/crypto/checkpoint-signer.ts';
import { createFieldCipher, generateFieldKey, parseFieldKeys } from '../adapters/crypto/field-cipher.ts';
import { systemClock, systemRandom } from '../adapters/crypto/system.ts';
import { memoryCache } from '../adapters/memory/cache.ts';
import { createAuditLoads } from '../adapters/postgres/audit/loads.ts';
import { createDatabase } from '../adapters/postgres/commit/database.ts';
import { sql } from '../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../adapters/postgres/driver/tcp.ts';
import { PLATFORM } from '../domain/audit/platform-streams.ts';
import type { AuditEntry } from '../domain/shared/audit-entry.ts';
import type { AuditStream } from '../domain/shared/audit-event-kind.ts';
import type { UserId } from '../domain/shared/ids.ts';
import type { FileStorage } from '../domain/shared/ports.ts';
import { type SealerDeps, sealAuditLog } from '../src/app/audit/seal.ts';
import { recordEvent } from '../src/app/audit.ts';
import { type Context, type Deps, newId } from '../src/app/context.ts';
import { createLog } from '../src/app/log.ts';
import { jsonSink } from '../src/log-sink.ts';
import { freshDatabase } from '../tests/support/postgres.ts';

const ORIGIN = 'portal.example/audit/log';

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Stores nothing, so that the disk is not measured. */
const DISCARDED: FileStorage = {
  put: async () => {},
  putNew: async () => true,
  get: async () => undefined,
  delete: async () => {},
  deleteFolder: async () => {},
};

export async function benchServer(server: string): Promise<void> {
  process.env.TEST_DATABASE_URL = server;
  const database = await freshDatabase();
  const driver = createTcpDriver({ url: database.url, role: 'patient_portal_app' });
  const owner = createTcpDriver({ url: database.url });
  const cipher = createFieldCipher({ ring: parseFieldKeys(JSON.stringify([generateFieldKey('bench')])) });
  const signer = createCheckpointSigner({ name: ORIGIN, seed: new Uint8Array(32).fill(1) });
  const index = createBlindIndex(generateIndexKey());
  const deps: SealerDeps = {
    database: createDatabase(driver, cipher, index),
    loads: { audit: createAuditLoads(cipher, index) },
    clock: systemClock,
    random: systemRandom,
    cipher,
    settings: { publicUrl: 'https://portal.example' },
    checkpointSigners: () => [signer],
    files: DISCARDED,
    cache: memoryCache(systemClock),
    log: createLog({ level: 'error', clock: systemClock, sink: jsonSink }),
    witness: null,
    dispatch: () => {},
  };
  try {
    await benchCommand(deps);
    await benchStreams(deps);
    await benchSealing(deps, owner);
  } finally {
    await driver.close();
    await owner.close();
    await database.drop();
  }
}

const APPENDS = 1_000;
const AT_ONCE = 8;

/** Events of the platform, which are spread over several streams, beside one stream and one stream each, in turns. */
async function benchStreams(deps: SealerDeps): Promise<void> {
  const streams: Readonly<Record<string, (n: number) => string>> = {
    'one stream': () => 'bench-one',
    'the platform': () => PLATFORM,
    'a stream each': (n) => `bench-${n}`,
  };
  const rates = new Map(Object.keys(streams).map((name) => [name, [] as number[]]));
  for (let round = 0; round < 5; round++)
    for (const [name, streamOf] of Object.entries(streams)) {
      let n = 0;
      const start = performance.now();
      const appending = async () => {
        while (n < APPENDS) {
          const draft = { type: 'audit.verified', stream: streamOf(n++) as AuditStream, outcome: 'success' } as const;
          const audit = [recordEvent(deps, contextNow(), draft)];
          await deps.database.commit({ changes: [], audit, jobs: [], at: systemClock.now() });
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, appending));
      rates.get(name)?.push((1000 * APPENDS) / (performance.now() - start));
    }
  const rate = (name: string) => median(rates.get(name) ?? []);
  const each = rate('a stream each');
  console.log(`appends of ${AT_ONCE} writers, a second, beside a stream each:`);
  for (const name of rates.keys())
    console.log(`  ${name}: ${Math.round(rate(name))} = ${(rate(name) / each).toFixed(2)}`);
}

function contextNow(): Context {
  const now = systemClock.now();
  return { actor: { kind: 'system' }, now, requestId: 'bench-request', ip: null, userAgent: null, idempotency: null };
}

/** One command: it loads in one round trip, then writes an account in another, with and without its audit event. */
async function benchCommand(deps: SealerDeps): Promise<void> {
  const command = async (isAudited: boolean) => {
    const context = contextNow();
    const id = newId<'user'>(deps, context.now) as UserId;
    const start = performance.now();
    await deps.database.load(deps.loads.audit.latestCheckpoint());
    const dataKey = deps.cipher.newKey(id);
    const audit = isAudited
      ? [
          recordEvent(
            deps,
            { ...context, ip: '203.0.113.7' },
            { type: 'user.created', stream: id, outcome: 'success' },
            dataKey,
          ),
        ]
      : [];
    const email = `${id}@example.org`;
    const at = context.now;
    const outcome = await deps.database.commit({ changes: [userCreated(id, email, dataKey, at)], audit, jobs: [], at });
    if (!outcome.ok) throw new Error('the bench could not write');
    return performance.now() - start;
  };
  for (let n = 0; n < 50; n++) await command(n % 2 === 0);
  const plain: number[] = [];
  const audited: number[] = [];
  for (let n = 0; n < 300; n++) {
    plain.push(await command(false));
    audited.push(await command(true));
  }
  const [without, with_] = [median(plain), median(audited)];
  const share = Math.round((100 * (with_ - without)) / with_);
  console.log(
    `a command: ${without.toFixed(2)} ms without its audit event, ${with_.toFixed(2)} ms with it: the event is ${share} % of it`,
  );
}

function userCreated(id: UserId, email: string, dataKey: ReturnType<Deps['cipher']['newKey']>, at: number) {
  const user = {
    id,
    email,
    emailVerifiedAt: at,
    role: 'patient',
    status: 'active',
    firstName: 'Bench',
    lastName: 'Mark',
    dateOfBirth: '1990-04-23',
    phoneNumber: '+4930901820',
    phoneVerifiedAt: null,
    address: null,
    hasAvatar: false,
    bio: null,
    timezone: 'UTC',
    language: 'en',
    createdAt: at,
    updatedAt: at,
    version: 1,
    dataKey,
  } as const;
  return { type: 'user.created', user, passwordHash: null } as const;
}

const LEAVES = 100_000;
const ROWS = 2_000;

async function benchSealing(deps: SealerDeps, owner: ReturnType<typeof createTcpDriver>): Promise<void> {
  await sealAuditLog(deps);
  const entries = (stream: string, count: number): AuditEntry[] =>
    Array.from({ length: count }, () =>
      recordEvent(deps, contextNow(), { type: 'audit.verified', stream: stream as AuditStream, outcome: 'success' }),
    );
  for (let done = 0; done < LEAVES; done += ROWS) {
    const batch = entries(`stream-${done % 20_000}`, ROWS);
    const statements = batch.map(
      ({ stream, content, digest }) =>
        sql`SELECT audit_append(${stream}, ${JSON.stringify(content)}::jsonb, ${digest}::bytea)`,
    );
    await owner.run(statements, 'write');
  }
  const write = async () => {
    const start = performance.now();
    await deps.database.commit({ changes: [], audit: entries('writer', 1), jobs: [], at: systemClock.now() });
    return performance.now() - start;
  };
  const alone: number[] = [];
  for (let n = 0; n < 100; n++) alone.push(await write());
  const during: number[] = [];
  let isSealing = true;
  const writer = (async () => {
    while (isSealing) during.push(await write());
  })();
  const start = performance.now();
  const sealed = await sealAuditLog(deps);
  const took = performance.now() - start;
  isSealing = false;
  await writer;
  const worst = (values: readonly number[]) => Math.max(...values).toFixed(1);
  console.log(
    `sealing ${sealed} leaves: ${(took / 1000).toFixed(1)} s, ${Math.round((1000 * sealed) / took)} a second`,
  );
  console.log(
    `  a writer meanwhile: median ${median(during).toFixed(1)} ms, worst ${worst(during)} ms (alone ${median(alone).toFixed(1)} and ${worst(alone)} ms)`,
  );
}
