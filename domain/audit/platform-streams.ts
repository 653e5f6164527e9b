/**
 * The streams of the events that concern no single person (ADR 0228). One chain would be one row that every search, refusal and list
 * of the clinic waits for, so there are several, and the digest of an event says which is its. The digest is random by the salt, so
 * no caller chooses the stream, and it is the same when a batch is repeated.
 */
import type { AuditStream } from '../shared/audit-event-kind.ts';

/** What a decision names: whichever of the streams. Also the name of the one stream there was before. */
export const PLATFORM = 'system';
export const PLATFORM_STREAMS = 16;
/** Which byte of the digest counts, from 0. */
export const PLATFORM_BYTE = 31;

/** Every stream that may hold events of the platform. */
export const ALL_PLATFORM_STREAMS: readonly string[] = [
  PLATFORM,
  ...Array.from({ length: PLATFORM_STREAMS }, (_, n) => `${PLATFORM}/${n}`),
];

/** @returns the stream that the event is appended to */
export function streamOfEvent(stream: AuditStream, digest: Uint8Array): string {
  return stream === PLATFORM ? `${PLATFORM}/${(digest[PLATFORM_BYTE] ?? 0) % PLATFORM_STREAMS}` : stream;
}
