/**
 * Identifiers are UUIDv7 (RFC 9562 section 5.7): sortable by creation time, so that indexes stay dense. They are made
 * from a clock reading and random bytes that are passed in, and branded so that an id of one kind cannot be used as
 * another.
 */
import { toHex } from './bytes.ts';

declare const brand: unique symbol;
export type Id<Kind extends string> = string & { readonly [brand]: Kind };

export type UserId = Id<'user'>;
export type SessionId = Id<'session'>;
export type AppointmentId = Id<'appointment'>;
export type AppointmentTypeId = Id<'appointment_type'>;
export type HoldId = Id<'hold'>;
export type AvailabilityOverrideId = Id<'availability_override'>;
export type NotificationId = Id<'notification'>;
export type OutboxId = Id<'outbox'>;
export type AuditEventId = Id<'audit_event'>;

/** How many random bytes one UUIDv7 consumes. */
export const UUID_RANDOM_BYTES = 10;

/**
 * @param now epoch milliseconds
 * @param random at least 10 random bytes
 * @returns a UUIDv7 in lower case
 */
export function uuidv7<K extends string>(now: number, random: Uint8Array): Id<K> {
  if (random.length < UUID_RANDOM_BYTES) throw new RangeError(`a UUIDv7 needs ${UUID_RANDOM_BYTES} random bytes`);
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff;
  bytes.set(random.subarray(0, UUID_RANDOM_BYTES), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as Id<K>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether the text is a UUID in its canonical lower-case form, of any version. */
/** When an id of version 7 was made, in epoch milliseconds. */
export function timeOfUuid(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** {@link isUuid}, as an id of the kind that its place says. */
export function isId<K extends string>(text: string): text is Id<K> {
  return isUuid(text);
}
