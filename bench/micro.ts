/**
 * What the small parts cost that every request or event uses, each beside the least that must be done: canonical JSON
 * (RFC 8785) beside `JSON.stringify`, the root of a Merkle tree (RFC 9162) beside its bare hashes, a time zone's offset
 * beside `Intl.DateTimeFormat`, which is what code without a table asks.
 *
 *     npm run bench:micro
 */
import { nativeSha256 } from '../adapters/crypto/native-sha256.ts';
import { canonicalize } from '../domain/audit/canonical-json.ts';
import { appendLeaves, EMPTY_FRONTIER, frontierRoot, hashNode } from '../domain/audit/merkle.ts';
import { parseZone, type ZoneId, zoneOffset } from '../domain/shared/zone.ts';

const ROUNDS = 15;

/** @returns the shortest time of each way in microseconds for one piece of work; they take turns, and the first round warms up */
function shortest(pieces: number, ways: readonly (() => void)[]): readonly number[] {
  const best = ways.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [place, way] of ways.entries()) {
      const began = performance.now();
      way();
      const took = ((performance.now() - began) * 1000) / pieces;
      if (round > 0) best[place] = Math.min(best[place] ?? took, took);
    }
  }
  return best;
}

function tell(name: string, pieces: number, own: () => void, bare: () => void): void {
  const [took = 0, least = 0] = shortest(pieces, [own, bare]);
  console.log(
    name.padEnd(46),
    ...[took, least].map((each) => each.toFixed(2).padStart(9)),
    (least / took).toFixed(2).padStart(7),
  );
}

const times = (count: number, work: (n: number) => unknown) => () => {
  for (let n = 0; n < count; n++) work(n);
};

const events = Array.from({ length: 200 }, (_, n) => ({
  ...{
    id: `019a0000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    type: 'appointment.booked',
    occurredAt: 1_796_000_000_000 + n,
  },
  actor: { kind: 'user', role: 'patient', id: '019a0000-0000-7000-8000-000000000001' },
  details: { channel: 'web', reasons: ['too_soon', 'outside_availability'], version: n, note: 'grüße „quoted“ \u2028' },
}));
const leaves = Array.from({ length: 1024 }, (_, n) => nativeSha256(Uint8Array.of(n & 255, n >> 8)));
const zone = parseZone('America/New_York') as ZoneId;
const instants = Array.from({ length: 1000 }, (_, n) => Date.parse('2026-01-01T00:00:00Z') + n * 31_234_567);
const formatter = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });

console.log(''.padEnd(46), '     µs', 'least, µs', '  ratio');
tell(
  'canonical JSON, JSON.stringify: an event',
  events.length,
  times(events.length, (n) => canonicalize(events[n])),
  times(events.length, (n) => JSON.stringify(events[n])),
);
const [left, right] = [leaves[0] as Uint8Array, leaves[1] as Uint8Array];
tell(
  'the root of 1,024 leaves, 1,023 hashes: a leaf',
  leaves.length,
  () => frontierRoot(appendLeaves(EMPTY_FRONTIER, leaves, nativeSha256)),
  times(leaves.length - 1, () => hashNode(left, right, nativeSha256)),
);
tell(
  'offset of a zone, Intl: an instant',
  instants.length,
  times(instants.length, (n) => zoneOffset(zone, instants[n] ?? 0)),
  times(instants.length, (n) => formatter.formatToParts(instants[n])),
);
