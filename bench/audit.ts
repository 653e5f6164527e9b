/**
 * What the audit log costs. Run: `npm run bench:audit`; with `TEST_DATABASE_URL` set to a PostgreSQL, also what
 * needs a server. Figures are medians, of processor time where no server takes part.
 *
 * - verification: an export line to its verdict (parse, canonical form, SHA-256, chain, tree), beside SHA-256 of the same
 *   implementation over the same bytes, in megabytes per second
 * - a proof from a log of a million leaves, made from its tiles and checked
 * - the audit event's share of a command, on the server
 * - appends of eight writers to the platform's streams, to one stream, and to a stream each
 * - sealing 100,000 leaves on the server, and how long writers take meanwhile
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { createCheckpointSigner } from '../adapters/crypto/checkpoint-signer.ts';
import { nativeSha256 } from '../adapters/crypto/native-sha256.ts';
import { appendToChain, startOfChain } from '../domain/audit/chain.ts';
import { signCheckpoint } from '../domain/audit/checkpoint.ts';
import { portableSha256, type Sha256 } from '../domain/audit/event.ts';
import { appendLeaves, EMPTY_FRONTIER, frontierRoot, proveInclusion, verifyInclusion } from '../domain/audit/merkle.ts';
import { growLog, nodesOf, type Tile } from '../domain/audit/tiles.ts';
import { createExportVerifier, exportLine } from '../domain/audit/verify-export.ts';
import { utf8 } from '../domain/shared/bytes.ts';
import { benchServer } from './audit-server.ts';

const ORIGIN = 'portal.example/audit/log';

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Of processor time, so that other programs on the machine do not count. */
function milliseconds(rounds: number, work: () => void, warmUps = 2): number {
  for (let n = 0; n < warmUps; n++) work();
  return median(
    Array.from({ length: rounds }, () => {
      const start = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    }),
  );
}

/** The least processor time of each work, all of them done in turns. */
function leastMilliseconds(rounds: number, works: readonly (() => void)[]): number[] {
  const least = works.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [n, work] of works.entries()) least[n] = Math.min(least[n] ?? 0, milliseconds(1, work, 0));
  }
  return least;
}

function sampleEvents(count: number) {
  const contents = Array.from({ length: count }, (_, n) => ({
    id: `0199f3c2-8c1a-7d55-9a4e-${String(n).padStart(12, '0')}`,
    type: 'appointment.read',
    category: 'data_access',
    severity: 'low',
    action: 'read',
    outcome: 'success',
    actorKind: 'user',
    actorId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f',
    sessionId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e90',
    requestId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e91',
    resourceType: 'appointment',
    resourceId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e92',
    phiAccessed: true,
    dataExported: false,
    details: { place: n },
    error: null,
    personal: 'ab'.repeat(110),
    salt: 'cd'.repeat(16),
    occurredAt: '2026-11-20T12:00:00.000Z',
  }));
  return appendToChain(startOfChain('system'), contents).events;
}

function benchVerification(): void {
  const events = sampleEvents(20_000);
  const lines = events.map((event, leafIndex) => exportLine({ ...event, stream: 'system', leafIndex }));
  const signer = createCheckpointSigner({ name: ORIGIN, seed: new Uint8Array(32).fill(1) });
  const hashes = events.map(({ currentHash }) => currentHash);
  const root = frontierRoot(appendLeaves(EMPTY_FRONTIER, hashes));
  const note = signCheckpoint({ origin: ORIGIN, size: events.length, root }, [signer]);
  const bytes = lines.map((line) => utf8(line));
  const megabytes = bytes.reduce((sum, { length }) => sum + length, 0) / 1e6;

  const verify = (sha?: Sha256) => {
    const verifier = createExportVerifier([note], [signer], sha === undefined ? {} : { sha256: sha });
    for (const line of bytes) verifier.push(line);
    const verdict = verifier.finish();
    if (!verdict.ok || verdict.proven !== events.length) throw new Error('the sample does not verify');
  };
  const hashAll = (sha: (data: Uint8Array) => unknown) => {
    for (const line of bytes) sha(line);
  };
  // In turns, so that a busy machine is busy for all of them.
  const speeds = leastMilliseconds(25, [
    () => hashAll(portableSha256),
    () => verify(),
    () => hashAll(nativeSha256),
    () => verify(nativeSha256),
  ]).map((least) => megabytes / (least / 1000));
  const [bare = 0, portable = 0, bareNative = 0, fast = 0] = speeds;
  const percent = (part: number, whole: number) => `${Math.round((100 * part) / whole)} %`;
  console.log(`verification, ${events.length} events, ${megabytes.toFixed(1)} MB`);
  console.log(
    `  portable SHA-256: bare ${bare.toFixed(0)} MB/s, verified ${portable.toFixed(0)} MB/s = ${percent(portable, bare)}`,
  );
  console.log(
    `  native SHA-256:   bare ${bareNative.toFixed(0)} MB/s, verified ${fast.toFixed(0)} MB/s = ${percent(fast, bareNative)} (${percent(fast, bare)} of portable bare)`,
  );
}

function benchProof(): void {
  const size = 1_000_000;
  const leaf = (n: number) => sha256(Uint8Array.of(n & 255, (n >> 8) & 255, n >> 16));
  const tiles = new Map<string, Tile>();
  let log = { size: 0, root: new Uint8Array(32) as Uint8Array };
  while (log.size < size) {
    const from = log.size;
    const edge = [...tiles.values()].filter(({ width }) => width < 256);
    const grown = growLog(
      from,
      edge,
      Array.from({ length: Math.min(65_536, size - from) }, (_, n) => leaf(from + n)),
    );
    for (const tile of grown.tiles) tiles.set(`${tile.level}/${tile.index}`, tile);
    log = grown;
  }
  const node = nodesOf(tiles.values());
  const indexes = Array.from({ length: 200 }, (_, n) => (n * 4_999) % size);
  let proofs: Uint8Array[][] = [];
  const make = milliseconds(5, () => {
    proofs = indexes.map((index) => proveInclusion(index, size, node));
  });
  const check = milliseconds(5, () => {
    for (const [n, index] of indexes.entries()) {
      const claim = { leafHash: leaf(index), index, size, root: log.root, proof: proofs[n] ?? [] };
      if (!verifyInclusion(claim)) throw new Error('a proof does not verify');
    }
  });
  console.log(
    `a proof from ${size} leaves: made in ${(make / 200).toFixed(2)} ms, checked in ${(check / 200).toFixed(2)} ms`,
  );
}

benchVerification();
benchProof();
const url = process.env.TEST_DATABASE_URL;
if (url === undefined) console.log('TEST_DATABASE_URL is not set: what needs a server is left out');
else await benchServer(url);
