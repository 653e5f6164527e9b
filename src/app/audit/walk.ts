/** Walks through the audit log in its own order, however long it is and whatever is appended meanwhile. */
import type { LogState, StoredEvent } from '../../../domain/audit/ports.ts';
import { TILE_WIDTH, type Tile } from '../../../domain/audit/tiles.ts';
import type { LoggedEvent } from '../../../domain/audit/verdict.ts';
import type { Deps } from '../context.ts';

export interface WalkedPage {
  readonly events: readonly LoggedEvent[];
  readonly tiles: readonly Tile[];
}

/** A multiple of a tile's width, so that pages and tiles begin together. */
export const WALK_PAGE = 4 * TILE_WIDTH;

/**
 * First the leaves that the log had when the walk began, then the events that were not sealed yet, without a leaf index
 * even where the sealer has come along meanwhile. What was appended after the beginning belongs to the next walk.
 *
 * @param state of the moment the walk began
 * @param startedAt an event beyond the end of its chain at that moment is passed over when it is not older
 */
export async function* walkLog(deps: Deps, state: LogState, startedAt: number): AsyncGenerator<WalkedPage> {
  /** Leaves that were walked through while they still waited in the queue. */
  const seen = new Set<string>();
  let at = { leafIndex: -1, place: 0 };
  for (;;) {
    const [page] = await deps.database.load(deps.loads.audit.logPage(at, WALK_PAGE));
    const events: LoggedEvent[] = [];
    const take = (event: StoredEvent, leafIndex: number | null) => {
      const isLater = event.sequence > (state.heads.get(event.stream)?.sequence ?? 0);
      if (isLater && Date.parse(event.content.occurredAt) >= startedAt) return;
      if (leafIndex === null && seen.has(event.content.id)) return;
      if (leafIndex === null) seen.add(event.content.id);
      events.push({ ...event, leafIndex });
    };
    for (const event of page.sealed) take(event, event.leafIndex < state.size ? event.leafIndex : null);
    const isEndOfLog = page.sealed.length < WALK_PAGE;
    // Only after the last leaf: within a stream, what waits comes after what is sealed.
    if (isEndOfLog) for (const event of page.unsealed) take(event, null);
    yield { events, tiles: page.tiles };
    if (isEndOfLog && page.unsealed.length < WALK_PAGE) return;
    at = {
      leafIndex: page.sealed.at(-1)?.leafIndex ?? at.leafIndex,
      place: isEndOfLog ? (page.unsealed.at(-1)?.place ?? at.place) : at.place,
    };
  }
}
