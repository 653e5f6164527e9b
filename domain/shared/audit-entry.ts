/** An audit event that is complete except for its place in the chain. */
import type { AuditEventId } from './ids.ts';

/**
 * The part of an event that the digest covers. The stream is not part of it: a chain starts from the hash of its
 * stream's name, and when a read touches records that the caller does not know beforehand, the database determines the
 * stream.
 */
export interface AuditContent {
  readonly id: AuditEventId;
  readonly type: string;
  readonly category: 'auth' | 'data_access' | 'data_modification' | 'admin';
  readonly severity: 'low' | 'medium' | 'high' | 'critical';
  readonly action: string;
  readonly outcome: 'success' | 'failure' | 'partial';
  readonly actorKind: 'user' | 'api_key' | 'anonymous' | 'system';
  readonly actorId: string | null;
  readonly sessionId: string | null;
  readonly requestId: string;
  readonly resourceType: string | null;
  readonly resourceId: string | null;
  readonly phiAccessed: boolean;
  readonly dataExported: boolean;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  readonly error: string | null;
  /** IP address and user agent of the actor, encrypted; hexadecimal. */
  readonly personal: string | null;
  /** Hexadecimal, 16 bytes. */
  readonly salt: string;
  /** RFC 3339 in UTC with milliseconds. */
  readonly occurredAt: string;
}

export interface AuditEntry {
  /** The person concerned, or one of the streams of the platform. */
  readonly stream: string;
  readonly content: AuditContent;
  /** SHA-256 of the content in its canonical form (RFC 8785). */
  readonly digest: Uint8Array;
  /** IP address of the caller, grouped as rate limits group addresses. Stored as a blind index outside the content. */
  readonly address: string | null;
}
