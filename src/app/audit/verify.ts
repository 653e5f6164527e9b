/** Verifies the whole audit log: chains, leaves, tiles, roots and signatures. */
import { openCheckpoint } from '../../../domain/audit/checkpoint.ts';
import { createLogVerifier, linkOf } from '../../../domain/audit/log-verifier.ts';
import { HASH_BYTES } from '../../../domain/audit/merkle.ts';
import type { LogState, StoredCheckpoint, StoredEvent } from '../../../domain/audit/ports.ts';
import { edgeMatches, TILE_WIDTH, type Tile, tilePath, tileRoot, tilesAbove } from '../../../domain/audit/tiles.ts';
import type { Verdict, VerificationProblem } from '../../../domain/audit/verdict.ts';
import { equalBytes } from '../../../domain/shared/bytes.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import {
  type CheckpointPlace,
  type CheckpointStretch,
  verifyCheckpointStretch,
  verifyNewestCheckpoint,
} from './verify-checkpoints.ts';
import { walkLog } from './walk.ts';

const CHECKPOINTS_AT_ONCE = 10_000;
/** Verifying a signature takes most of a millisecond: the roots of all checkpoints are verified, and the newest signatures. */
const SIGNATURES_CHECKED = 500;
const STRETCH = 20_000;
const MAX_STRAYS = 100;
/** Eight kilobytes each. */
const TILES_AT_ONCE = 64;

/** The largest log that one request verifies. A job verifies a larger one in steps. */
const EVENTS_IN_A_REQUEST = 100_000;

export type LogTooLarge = { readonly code: 'log_too_large' };

/** Within a request. */
export async function verifySmallLog(
  deps: Deps,
  context: Context,
  mostEvents = EVENTS_IN_A_REQUEST,
): Promise<Result<Verdict, LogTooLarge>> {
  const [{ events }] = await deps.database.load(deps.loads.audit.logExtent());
  return events > mostEvents ? refuse({ code: 'log_too_large' }) : ok(await verifyAuditLog(deps, context));
}

/** Takes no lock: events that are appended during the walk belong to the next one. The verification is recorded. */
export async function verifyAuditLog(deps: Deps, context: Context): Promise<Verdict> {
  const [state] = await deps.database.load(deps.loads.audit.logState());
  const checkpoints = (await loadCheckpoints(deps)).filter(({ size }) => size <= state.size);
  let tiles = new Map<number, Tile>();
  const leafAt = (index: number) => leafIn(tiles.get(Math.floor(index / TILE_WIDTH)), index % TILE_WIDTH);
  const verifier = createLogVerifier({ checkpoints, heads: state.heads, leafAt });
  const roots: Uint8Array[] = [];
  let wrongTile: number | undefined;
  const later = new Map<string, StoredEvent>();
  for await (const page of walkLog(deps, state)) {
    tiles = new Map(page.tiles.map((tile) => [tile.index, tile]));
    for (const tile of page.tiles) {
      if ((tile.index + 1) * TILE_WIDTH <= state.size) roots[tile.index] = tileRoot(tile);
    }
    for (const event of page.later) {
      if (event.sequence > (later.get(event.stream)?.sequence ?? 0)) later.set(event.stream, event);
    }
    for (const event of page.events) {
      verifier.push(linkOf(event));
      if (event.leafIndex === null) continue;
      const leaf = leafAt(event.leafIndex);
      if (leaf === undefined || !equalBytes(leaf, event.currentHash)) wrongTile ??= event.leafIndex;
    }
  }
  const walked = verifier.finish();
  const problems = [
    ...walked.problems,
    ...(walked.problems.length === 0 ? await tileProblems(deps, state, roots, wrongTile) : []),
    ...headProblems(state, checkpoints),
    ...(await forgedCheckpoints(deps, checkpoints)),
    ...(await lineageProblems(deps, state)),
    ...(await beyondTheEnds(deps, later)),
    ...(await strays(deps)),
  ];
  const verdict = { ...walked, ok: problems.length === 0, problems };
  await record(deps, context, verdict);
  return verdict;
}

function leafIn(tile: Tile | undefined, offset: number): Uint8Array | undefined {
  return tile === undefined || offset >= tile.width
    ? undefined
    : tile.hashes.subarray(offset * HASH_BYTES, (offset + 1) * HASH_BYTES);
}

function problem(kind: VerificationProblem['kind'], detail: string): VerificationProblem {
  return { kind, stream: null, sequence: null, eventId: null, detail };
}

/** Events are intact, but tiles that proofs are made from are not. */
async function tileProblems(
  deps: Deps,
  state: LogState,
  roots: readonly Uint8Array[],
  wrongTile: number | undefined,
): Promise<VerificationProblem[]> {
  if (wrongTile !== undefined) {
    return [
      problem('root_mismatch', `the tile of leaf ${wrongTile} does not hold its hash; the event itself is sound`),
    ];
  }
  const above = await wrongTileAbove(deps, roots);
  if (above !== undefined) return [problem('root_mismatch', `${tilePath(above)} does not hold the hashes below it`)];
  return edgeMatches(state.size, state.edge, state.root)
    ? []
    : [problem('root_mismatch', 'the tiles at the edge of the log do not give its root')];
}

/** The first tile above level 0 that is missing or differs from the hashes of the tiles below it. */
async function wrongTileAbove(deps: Deps, roots: readonly Uint8Array[]): Promise<Tile | undefined> {
  const expected = tilesAbove(roots);
  for (let at = 0; at < expected.length; at += TILES_AT_ONCE) {
    const some = expected.slice(at, at + TILES_AT_ONCE);
    const [{ tiles }] = await deps.database.load(deps.loads.audit.tiles(some));
    const stored = new Map(tiles.map((tile) => [`${tile.level}/${tile.index}`, tile]));
    const wrong = some.find((tile) => {
      // The log may have grown since: a tile that is wider now begins with the same hashes.
      const hashes = stored.get(`${tile.level}/${tile.index}`)?.hashes.subarray(0, tile.hashes.length);
      return hashes === undefined || !equalBytes(hashes, tile.hashes);
    });
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Whether a checkpoint signs the stored size and root of the log. */
function headProblems(state: LogState, checkpoints: readonly StoredCheckpoint[]): VerificationProblem[] {
  const last = checkpoints.at(-1);
  if (state.size === 0 && last === undefined) return [];
  return last?.size === state.size && equalBytes(last.root, state.root)
    ? []
    : [problem('root_mismatch', `the log stands at ${state.size} leaves, for which there is no checkpoint`)];
}

async function forgedCheckpoints(deps: Deps, checkpoints: readonly StoredCheckpoint[]): Promise<VerificationProblem[]> {
  const [known] = await deps.database.load(deps.loads.audit.origins());
  const origins = new Map(known.map(({ generation, origin }) => [generation, origin]));
  return checkpoints.slice(-SIGNATURES_CHECKED).flatMap(({ size, root, note, generation }) => {
    const origin = origins.get(generation) ?? '';
    const opened = openCheckpoint(note, deps.checkpointSigners(origin), origin);
    const isOurs = opened.ok && opened.value.size === size && equalBytes(opened.value.root, root);
    return isOurs
      ? []
      : [problem('forged_signature', `the checkpoint of ${size} leaves is not signed by a key of ours`)];
  });
}

/** Checkpoints against each other, against their copies in file storage, and against what the witness has seen. */
async function lineageProblems(deps: Deps, state: LogState): Promise<VerificationProblem[]> {
  const problems: VerificationProblem[] = [];
  let place: CheckpointPlace | null = null;
  do {
    const stretch: CheckpointStretch = await verifyCheckpointStretch(deps, place);
    problems.push(...stretch.problems);
    place = stretch.last;
  } while (place !== null && problems.length < MAX_STRAYS);
  return [...problems, ...(await verifyNewestCheckpoint(deps, state))];
}

async function loadCheckpoints(deps: Deps): Promise<StoredCheckpoint[]> {
  const all: StoredCheckpoint[] = [];
  for (;;) {
    const [some] = await deps.database.load(deps.loads.audit.checkpoints(all.at(-1)?.size ?? 0, CHECKPOINTS_AT_ONCE));
    all.push(...some);
    if (some.length < CHECKPOINTS_AT_ONCE) return all;
  }
}

/**
 * An event that was appended during the walk has moved the head of its chain in the same transaction. An event beyond the
 * head was inserted behind the portal's back.
 * @param later the furthest of each stream
 */
async function beyondTheEnds(deps: Deps, later: ReadonlyMap<string, StoredEvent>): Promise<VerificationProblem[]> {
  if (later.size === 0) return [];
  const [{ heads }] = await deps.database.load(deps.loads.audit.logState());
  return [...later.values()]
    .filter(({ stream, sequence }) => sequence > (heads.get(stream)?.sequence ?? 0))
    .slice(0, MAX_STRAYS)
    .map(({ stream, sequence, content }) => ({
      kind: 'inserted',
      stream,
      sequence,
      eventId: content.id,
      detail: `the stream ends with event ${heads.get(stream)?.sequence ?? 0}`,
    }));
}

/** An event that is neither in the log nor queued for it was inserted behind the portal's back. */
async function strays(deps: Deps): Promise<VerificationProblem[]> {
  const problems: VerificationProblem[] = [];
  let after: { readonly stream: string; readonly sequence: number } | null = null;
  do {
    const [{ found, last }]: [Awaited<ReturnType<typeof loadStrays>>] = [await loadStrays(deps, after)];
    for (const stray of found) {
      problems.push({ kind: 'inserted', ...stray, detail: 'it is neither in the log nor waiting to be sealed' });
    }
    after = last;
  } while (after !== null && problems.length < MAX_STRAYS);
  return problems;
}

async function loadStrays(deps: Deps, after: { readonly stream: string; readonly sequence: number } | null) {
  const [stretch] = await deps.database.load(deps.loads.audit.strays(after, STRETCH));
  return stretch;
}

async function record(deps: Deps, context: Context, { ok, checked, problems }: Verdict): Promise<void> {
  await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: [],
      audit: [
        {
          type: ok ? 'audit.verified' : 'audit.verification_failed',
          stream: 'system',
          outcome: ok ? 'success' : 'failure',
          details: { checked, problems: problems.length, first: problems[0]?.kind ?? null },
        },
      ],
    }),
  );
}
