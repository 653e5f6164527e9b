/** Walks the whole audit log and says whether it is what it was. */
import { createLogVerifier } from '../../../domain/audit/log-verifier.ts';
import type { StoredEvent } from '../../../domain/audit/ports.ts';
import type { Verdict } from '../../../domain/audit/verdict.ts';
import type { Deps } from '../context.ts';

const PAGE = 1000;

/**
 * Each chain is followed to its head. What is appended meanwhile belongs to the next walk: an event from after the
 * start is passed over.
 */
export async function verifyAuditLog(deps: Deps): Promise<Verdict> {
  const startedAt = deps.clock.now();
  const [heads] = await deps.database.load(deps.loads.audit.heads());
  const ends = new Map(heads.map(({ stream, sequence, hash }) => [stream, { sequence, hash }]));
  const verifier = createLogVerifier({ checkpoints: [], heads: ends });
  let after: { stream: string; sequence: number } | null = null;
  for (;;) {
    const [events]: [readonly StoredEvent[]] = await deps.database.load(deps.loads.audit.events(after, PAGE));
    for (const event of events) {
      const isLater = event.sequence > (ends.get(event.stream)?.sequence ?? 0);
      if (isLater && Date.parse(event.content.occurredAt) >= startedAt) continue;
      verifier.push({ ...event, leafIndex: null });
    }
    const last = events.at(-1);
    if (last === undefined || events.length < PAGE) return verifier.finish();
    after = { stream: last.stream, sequence: last.sequence };
  }
}
