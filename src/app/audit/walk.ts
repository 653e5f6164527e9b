/** Reads the whole audit log page by page in its order, as it was when the walk began. */
import type { LogState, StoredEvent } from '../../../domain/audit/ports.ts';
import { TILE_WIDTH, type Tile } from '../../../domain/audit/tiles.ts';
import type { LoggedEvent } from '../../../domain/audit/verdict.ts';
import type { Deps } from '../context.ts';

export type WalkedEvent = StoredEvent & Pick<LoggedEvent, 'leafIndex'>;

export interface WalkedPage {
  readonly events: readonly WalkedEvent[];
  /** Events beyond the ends that the chains had: they are not judged in this walk. */
  readonly later: readonly StoredEvent[];
  readonly tiles: readonly Tile[];
}

/** A multiple of a tile's width, so that pages and tiles begin together. */
export const WALK_PAGE = 4 * TILE_WIDTH;

/**
 * First the leaves that the log had when the walk began, then the events that were not sealed then; these get no leaf index
 * even if they were sealed since. Events beyond the heads that the chains had then belong to the next walk. Their time does
 * not decide, because a request that began earlier may commit later.
 *
 * @param state of the moment the walk began
 */
export async function* walkLog(deps: Deps, state: LogState): AsyncGenerator<WalkedPage> {
  /** Leaves that were walked through while they still waited in the queue. */
  const seen = new Set<string>();
  let at = { leafIndex: -1, place: 0 };
  for (;;) {
    const [page] = await deps.database.load(deps.loads.audit.logPage(at, WALK_PAGE));
    const events: WalkedEvent[] = [];
    const later: StoredEvent[] = [];
    const take = (event: StoredEvent, leafIndex: number | null) => {
      if (leafIndex === null && event.sequence > (state.heads.get(event.stream)?.sequence ?? 0)) {
        later.push(event);
        return;
      }
      if (leafIndex === null && seen.has(event.content.id)) return;
      if (leafIndex === null) seen.add(event.content.id);
      events.push({ ...event, leafIndex });
    };
    for (const event of page.sealed) take(event, event.leafIndex < state.size ? event.leafIndex : null);
    const isEndOfLog = page.sealed.length < WALK_PAGE;
    // Queued events follow the last leaf, because within a stream they come after the sealed ones.
    if (isEndOfLog) for (const event of page.unsealed) take(event, null);
    yield { events, later, tiles: page.tiles };
    if (isEndOfLog && page.unsealed.length < WALK_PAGE) return;
    at = {
      leafIndex: page.sealed.at(-1)?.leafIndex ?? at.leafIndex,
      place: isEndOfLog ? (page.unsealed.at(-1)?.place ?? at.place) : at.place,
    };
  }
}
