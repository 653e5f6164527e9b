/** Rows of the audit tables as the domain knows them. */
import type { ShownEvent, StoredCheckpoint, StoredEvent } from '../../../domain/audit/ports.ts';
import type { Tile } from '../../../domain/audit/tiles.ts';
import type { AuditContent } from '../../../domain/shared/audit-entry.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import type { AuditEventId } from '../../../domain/shared/ids.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { openOrigin } from '../../../domain/shared/sealed-origin.ts';
import { personOfStream } from '../commit/platform-streams.ts';
import type { Row } from '../driver/driver.ts';
import { raw } from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';

export const EVENT_COLUMNS = raw(`e.stream, e.sequence, e.id, e.event_type, e.event_category, e.severity, e.action,
  e.outcome, e.actor_kind, e.actor_id, e.session_id, e.request_id, e.resource_type, e.resource_id, e.phi_accessed,
  e.data_exported, e.details, e.error, e.personal, e.salt, e.occurred_at, e.previous_hash, e.current_hash`);

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

/** The actor's key and that of the person concerned: one of them seals the origin, or neither exists any more. */
export const SHOWN_COLUMNS = raw(`l.leaf_index, u.first_name, u.last_name,
  ka.owner_id AS actor_key_owner, ka.ring_key_id AS actor_ring_key_id, ka.wrapped AS actor_wrapped,
  ks.owner_id AS stream_key_owner, ks.ring_key_id AS stream_ring_key_id, ks.wrapped AS stream_wrapped`);
const SHOWN_JOINS = `
  LEFT JOIN audit_leaves l ON l.stream = e.stream AND l.sequence = e.sequence
  LEFT JOIN users u ON u.id = e.actor_id AND u.status <> 'closed'
  LEFT JOIN data_keys ka ON ka.owner_id = e.actor_id
  LEFT JOIN data_keys ks ON ks.owner_id = ${personOfStream('e.stream')}`;
export const SHOWN_TABLES = raw(`audit_events e ${SHOWN_JOINS}`);
/** The joins of `SHOWN_TABLES`, for a statement that selects the events `e` in a subquery. */
export const SHOWN_WITH = raw(SHOWN_JOINS);

export function readShownEvent(found: Row, cipher: FieldCipher): ShownEvent {
  const keys = ['actor', 'stream'].flatMap((whose) =>
    found[`${whose}_key_owner`] === null
      ? []
      : [
          {
            ownerId: found[`${whose}_key_owner`] as string,
            ringKeyId: found[`${whose}_ring_key_id`] as string,
            wrapped: found[`${whose}_wrapped`] as Uint8Array,
          },
        ],
  );
  return {
    ...readEvent(found),
    leafIndex: found.leaf_index as number | null,
    actorName: openName(found, keys, cipher),
    origin: found.personal === null ? null : openOrigin(cipher, found.id as string, found.personal as Uint8Array, keys),
  };
}

/** The name is sealed with the actor's own key: without that, nobody has it. */
function openName(found: Row, keys: readonly DataKey[], cipher: FieldCipher): string | null {
  const key = keys.find(({ ownerId }) => ownerId === found.actor_id);
  if (key === undefined || found.first_name === null || found.last_name === null) return null;
  const sealed = sealedRow(cipher, key, 'users', found.actor_id as string);
  return `${sealed.text('first_name', found.first_name)} ${sealed.text('last_name', found.last_name)}`;
}

export function readTile(found: Row): Tile {
  return {
    level: found.level as number,
    index: found.index as number,
    width: found.width as number,
    hashes: found.hashes as Uint8Array,
  };
}

export function readCheckpoint(found: Row): StoredCheckpoint {
  return {
    size: found.size as number,
    root: found.root as Uint8Array,
    note: found.note as string,
    createdAt: found.created_at as number,
    generation: found.generation as number,
  };
}
