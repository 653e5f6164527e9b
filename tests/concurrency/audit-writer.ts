/** One of several processes that write to one audit log: `node audit-writer.ts URL USER-IDS WRITES FIELD-KEYS SEED FOLDER`. */
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { createCheckpointSigner } from '../../adapters/crypto/checkpoint-signer.ts';
import { createFieldCipher, parseFieldKeys } from '../../adapters/crypto/field-cipher.ts';
import { systemClock, systemRandom } from '../../adapters/crypto/system.ts';
import { fileSystemStorage } from '../../adapters/filesystem/file-storage.ts';
import { memoryCache } from '../../adapters/memory/cache.ts';
import { createAuditLoads } from '../../adapters/postgres/audit/loads.ts';
import { createDatabase } from '../../adapters/postgres/commit/database.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import type { ConsentId } from '../../domain/privacy/changes.ts';
import { decided } from '../../domain/shared/changes.ts';
import type { UserId } from '../../domain/shared/ids.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { type SealerDeps, sealAuditLog } from '../../src/app/audit/seal.ts';
import { commit } from '../../src/app/command.ts';
import { type Context, newId } from '../../src/app/context.ts';
import { createLog } from '../../src/app/log.ts';

const [url = '', people = '', writes = '0', fieldKeys = '', seed = '', folder = ''] = process.argv.slice(2);
const users = people.split(',') as UserId[];
const cipher = createFieldCipher({ ring: parseFieldKeys(fieldKeys) });
const driver = createTcpDriver({ url, role: 'patient_portal_app', maxConnections: 12 });
const signer = createCheckpointSigner({ name: 'portal.example/audit/log', seed: Buffer.from(seed, 'hex') });
const index = createBlindIndex(generateIndexKey());
const deps: SealerDeps = {
  database: createDatabase(driver, cipher, index),
  loads: { audit: createAuditLoads(cipher, index) },
  clock: systemClock,
  random: systemRandom,
  cipher,
  cache: memoryCache(systemClock),
  log: createLog({ level: 'error', clock: systemClock, sink: (line) => console.error(JSON.stringify(line)) }),
  settings: { publicUrl: 'https://portal.example' },
  checkpointSigners: () => [signer],
  files: fileSystemStorage(folder),
  witness: null,
  dispatch: () => {},
};

async function write(n: number): Promise<void> {
  const now = systemClock.now();
  const context: Context = {
    actor: { kind: 'system' },
    now,
    requestId: `writer-${process.pid}-${n}`,
    ip: '203.0.113.9',
    userAgent: null,
    idempotency: null,
  };
  // Every batch appends to two chains, in alternating order, and the database must not deadlock.
  const [first = users[0] as UserId, second = users[0] as UserId] = [n, n + 1 + (n % 3)].map(
    (k) => users[k % users.length] as UserId,
  );
  const consent = { id: newId<'consent'>(deps, now) as ConsentId, kind: 'load', version: '1', given: true, at: now };
  const outcome = await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: [{ type: 'consent.recorded', userId: first, consent }],
      audit: [
        { type: 'consent.given', stream: first, outcome: 'success', details: { n } },
        { type: 'consent.given', stream: second, outcome: 'success', details: { n } },
      ],
    }),
  );
  if (!outcome.ok) throw new Error(`a write was refused: ${JSON.stringify(outcome.error)}`);
}

/** A write that waited too long for its streams is repeated, as a client repeats what got 503: nothing of it was written. */
async function writeAtLast(n: number): Promise<void> {
  for (;;) {
    try {
      return await write(n);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}

const all = Array.from({ length: Number(writes) }, (_, n) => writeAtLast(n));
const sealers = Array.from({ length: 4 }, () => sealAuditLog(deps, { batch: 7 }));
await Promise.all([...all, ...sealers]);
await sealAuditLog(deps, { batch: 50 });
await driver.close();
