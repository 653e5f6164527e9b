/** What the audit context reads. */
import type { AuditLoads, StoredEvent } from '../../domain/audit/ports.ts';
import type { AuditContent } from '../../domain/shared/audit-entry.ts';
import { toHex } from '../../domain/shared/bytes.ts';
import type { AuditEventId } from '../../domain/shared/ids.ts';
import type { Row } from './driver.ts';
import { rows, sql } from './sql.ts';

/** Puts the content together again, exactly as it was hashed. */
export function readEvent(found: Row): StoredEvent {
  const content = {
    id: found.id as AuditEventId,
    type: found.event_type,
    category: found.event_category,
    severity: found.severity,
    action: found.action,
    outcome: found.outcome,
    actorKind: found.actor_kind,
    actorId: found.actor_id,
    sessionId: found.session_id,
    requestId: found.request_id,
    resourceType: found.resource_type,
    resourceId: found.resource_id,
    phiAccessed: found.phi_accessed,
    dataExported: found.data_exported,
    details: found.details,
    error: found.error,
    personal: found.personal === null ? null : toHex(found.personal as Uint8Array),
    salt: toHex(found.salt as Uint8Array),
    occurredAt: new Date(found.occurred_at as number).toISOString(),
  } as AuditContent;
  return {
    stream: found.stream as string,
    sequence: found.sequence as number,
    previousHash: found.previous_hash as Uint8Array,
    currentHash: found.current_hash as Uint8Array,
    content,
  };
}

export function createAuditLoads(): AuditLoads {
  return {
    events: (after, limit) =>
      rows(
        sql`SELECT * FROM audit_events
            WHERE ${after?.stream ?? null}::text IS NULL
              OR (stream, sequence) > (${after?.stream ?? null}, ${after?.sequence ?? 0}::bigint)
            ORDER BY stream, sequence LIMIT ${limit}::int`,
        readEvent,
      ),
    heads: () =>
      rows(sql`SELECT stream, sequence, head_hash FROM audit_streams ORDER BY stream`, (found) => ({
        stream: found.stream as string,
        sequence: found.sequence as number,
        hash: found.head_hash as Uint8Array,
      })),
  };
}
