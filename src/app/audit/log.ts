/** The public part of the log: hashes and signatures, no content. */
import { parseCheckpointText } from '../../../domain/audit/checkpoint.ts';
import { HASH_BYTES } from '../../../domain/audit/merkle.ts';
import type { StoredCheckpoint } from '../../../domain/audit/ports.ts';
import { originOf } from '../../../domain/audit/sealing.ts';
import { formatVerifierKey, parseNote } from '../../../domain/audit/signed-note.ts';
import type { TileId } from '../../../domain/audit/tiles.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Deps } from '../context.ts';

type NotFound = { readonly code: 'not_found' };

export async function latestCheckpoint(
  deps: Deps,
): Promise<Result<StoredCheckpoint & { readonly origin: string; readonly keys: readonly string[] }, NotFound>> {
  const [found] = await deps.database.load(deps.loads.audit.latestCheckpoint());
  const note = found === undefined ? undefined : parseNote(found.note);
  const origin = note?.ok ? parseCheckpointText(note.value.text)?.origin : undefined;
  if (found === undefined || origin === undefined) return refuse({ code: 'not_found' });
  return ok({ ...found, origin, keys: deps.checkpointSigners(origin).map(formatVerifierKey) });
}

/** The keys that verify the log's signatures, the current one first, those of former origins last: `name+hash+key` (C2SP signed-note). */
export async function logKeys(deps: Deps): Promise<readonly string[]> {
  const [known] = await deps.database.load(deps.loads.audit.origins());
  // Before the first seal the origin is the one that the first seal will take.
  const origins = known.length === 0 ? [originOf(deps.settings.publicUrl)] : known.map(({ origin }) => origin);
  return origins.flatMap((origin) => deps.checkpointSigners(origin).map(formatVerifierKey));
}

/** A tile of the requested width: of a wider stored tile, its first hashes, which never change. */
export async function readTile(deps: Deps, id: TileId): Promise<Uint8Array | undefined> {
  const [tile] = await deps.database.load(deps.loads.audit.tile(id));
  return tile?.hashes.subarray(0, id.width * HASH_BYTES);
}
