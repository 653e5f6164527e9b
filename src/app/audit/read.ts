/** Reads the audit log. Each read is recorded in the batch that reads. */
import { consistencyNodes, proveConsistency, proveInclusion } from '../../../domain/audit/merkle.ts';
import type { EventFilter, EventPlace, ProofState, ShownEvent, StoredEvent } from '../../../domain/audit/ports.ts';
import { nodesOf, tilesFor } from '../../../domain/audit/tiles.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { isAllowed } from '../../../domain/shared/actor.ts';
import type { AuditEventId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { recordEvent } from '../audit.ts';
import type { Context, Deps } from '../context.ts';

type NotFound = { readonly code: 'not_found' };

export function searchEvents(
  deps: Deps,
  context: Context,
  filter: EventFilter,
  page: { readonly after: EventPlace | null; readonly limit: number },
): Promise<ShownEvent[]> {
  const entry = recordEvent(deps, context, {
    type: 'audit.searched',
    stream: 'system',
    outcome: 'success',
    details: searched(filter),
  });
  return deps.database.loadRecorded(deps.loads.audit.search(filter, page), [entry]);
}

/** What was searched for, without the address: details stay in the clear (ADR 0101). */
function searched({ address, from, to, subject, ...filter }: EventFilter) {
  const asked = Object.entries(filter).filter(([, value]) => value !== null);
  return { byPerson: subject !== null, byAddress: address !== null, ...Object.fromEntries(asked) };
}

/**
 * Exports the events of a search, newest first, up to now. Each page is loaded when the client reads it.
 *
 * - `ndjson`: one event on each line, as the API shows it
 * - `csv`: for spreadsheets
 */
export async function exportEvents(
  deps: Deps,
  context: Context,
  filter: EventFilter,
  format: EventFormat,
): Promise<AsyncGenerator<string>> {
  const bounded = { ...filter, to: Math.min(filter.to ?? Infinity, context.now + 1) };
  const entry = recordEvent(deps, context, {
    type: 'audit.exported',
    stream: 'system',
    outcome: 'success',
    details: { format: format.name, ...searched(filter) },
  });
  const first = await deps.database.loadRecorded(
    deps.loads.audit.search(bounded, { after: null, limit: deps.settings.batches.exported - 1 }),
    [entry],
  );
  return eventLines(deps, bounded, format, first);
}

/** How events are written into a file. */
export interface EventFormat {
  readonly name: string;
  readonly head: string;
  line(event: ShownEvent): string;
}

async function* eventLines(
  deps: Deps,
  filter: EventFilter,
  { head, line }: EventFormat,
  first: readonly ShownEvent[],
): AsyncGenerator<string> {
  const atOnce = deps.settings.batches.exported;
  let page = first;
  yield head + page.map(line).join('');
  while (page.length === atOnce) {
    const last = page.at(-1)?.content;
    if (last === undefined) return;
    const after = { at: Date.parse(last.occurredAt), id: last.id };
    [page] = await deps.database.load(deps.loads.audit.searchMore(filter, after, atOnce));
    yield page.map(line).join('');
  }
}

export async function readEvent(deps: Deps, context: Context, id: AuditEventId): Promise<Result<ShownEvent, NotFound>> {
  const entry = recordEvent(deps, context, {
    type: 'audit.event_read',
    stream: 'system',
    outcome: 'success',
    resource: { type: 'audit_event', id },
  });
  const event = await deps.database.loadRecorded(deps.loads.audit.eventRead(id), [entry]);
  return event === undefined ? refuse({ code: 'not_found' }) : ok(event);
}

export interface EventProof {
  readonly event: StoredEvent;
  /** Null while the event waits to be sealed and published. */
  readonly inclusion: {
    readonly leafIndex: number;
    readonly size: number;
    readonly root: Uint8Array;
    readonly proof: readonly Uint8Array[];
    /** The signed note over that size and root. */
    readonly checkpoint: string;
  } | null;
}

/** A proof holds hashes and the event's own content: administrators get it for any event, others for their own record's. */
export async function proveEvent(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: AuditEventId,
): Promise<Result<EventProof, NotFound>> {
  const ofAnybody = isAllowed(actor, 'read:audit');
  const entry = recordEvent(deps, context, {
    type: ofAnybody ? 'audit.event_read' : 'audit.own_read',
    stream: ofAnybody ? 'system' : actor.userId,
    outcome: 'success',
    resource: { type: 'audit_event', id },
    details: { proof: true },
  });
  const load = deps.loads.audit.proofRead(id, ofAnybody ? null : actor.userId);
  const state = await deps.database.loadRecorded(load, [entry]);
  return state === undefined
    ? refuse({ code: 'not_found' })
    : ok({ event: state.event, inclusion: inclusionOf(state) });
}

function inclusionOf({ event, checkpoint, tiles }: ProofState): EventProof['inclusion'] {
  const { leafIndex } = event;
  if (leafIndex === null || checkpoint === null || leafIndex >= checkpoint.size) return null;
  const { size, root, note } = checkpoint;
  return { leafIndex, size, root, proof: proveInclusion(leafIndex, size, nodesOf(tiles)), checkpoint: note };
}

/** @returns undefined when the log has never been so large */
export async function proveGrowth(deps: Deps, from: number, to: number): Promise<readonly Uint8Array[] | undefined> {
  const ids = tilesFor(consistencyNodes(from, to), to);
  const [{ size, tiles }] = await deps.database.load(deps.loads.audit.tiles(ids));
  return to > size ? undefined : proveConsistency(from, to, nodesOf(tiles));
}
