/**
 * The origin of an action (IP address and user agent), sealed. It is part of the audit event, so the digest covers the
 * ciphertext (R55). It is sealed with a person's data key and becomes unreadable when that key is destroyed; for a
 * caller who is not identified it carries a key of its own, which lives as long as the ring key that wraps it.
 */
import { concat, utf8 } from './bytes.ts';
import type { DataKey, FieldCipher } from './ports.ts';
import { sealedPlaceOf } from './sealed-columns.ts';

/** The first byte says which key seals the rest. */
const UNDER_PERSONS_KEY = 0;
const UNDER_OWN_KEY = 1;

export interface Origin {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** `0 ‖ box`, or `1 ‖ length ‖ ring key id ‖ length ‖ wrapped key ‖ box` if no key of a person can be used. */
export function sealOrigin(cipher: FieldCipher, eventId: string, origin: Origin, dataKey?: DataKey): Uint8Array {
  const text = JSON.stringify(origin);
  const place = sealedPlaceOf('audit_events', 'personal', eventId);
  // A damaged key cannot seal anything; the event is recorded all the same, with a key of its own.
  if (dataKey !== undefined && cipher.isUsable(dataKey)) {
    return concat(Uint8Array.of(UNDER_PERSONS_KEY), cipher.seal(dataKey, place, text));
  }
  const own = cipher.newKey(eventId);
  const ringKeyId = utf8(own.ringKeyId);
  return concat(
    Uint8Array.of(UNDER_OWN_KEY, ringKeyId.length),
    ringKeyId,
    Uint8Array.of(own.wrapped.length),
    own.wrapped,
    cipher.seal(own, place, text),
  );
}

/** @returns null if none of the keys opens it: the key it was sealed with was destroyed */
export function openOrigin(
  cipher: FieldCipher,
  eventId: string,
  sealed: Uint8Array,
  keys: readonly DataKey[],
): Origin | null {
  const own = ownKey(eventId, sealed);
  for (const [key, box] of own === undefined ? keys.map((key) => [key, sealed.subarray(1)] as const) : [own]) {
    // If another key sealed it, the next one may fit. An erased person's origin cannot be opened by any key.
    const opened = cipher.tryOpen(key, sealedPlaceOf('audit_events', 'personal', eventId), box);
    if (opened.ok && opened.value !== null) return JSON.parse(opened.value) as Origin;
  }
  return null;
}

function ownKey(eventId: string, sealed: Uint8Array): readonly [DataKey, Uint8Array] | undefined {
  const idLength = sealed[1];
  if (sealed[0] !== UNDER_OWN_KEY || idLength === undefined) return undefined;
  const wrappedAt = 2 + idLength + 1;
  const boxAt = wrappedAt + (sealed[wrappedAt - 1] ?? 0);
  const ringKeyId = String.fromCharCode(...sealed.subarray(2, 2 + idLength));
  return [{ ownerId: eventId, ringKeyId, wrapped: sealed.slice(wrappedAt, boxAt) }, sealed.subarray(boxAt)];
}
