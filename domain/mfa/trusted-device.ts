/** Devices on which the second factor is not asked for again: a 256-bit token, kept as a hash, for 30 days (R18). */
import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes, toBase64Url, utf8 } from '../shared/bytes.ts';
import type { Id, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';

export type TrustedDeviceChange =
  | {
      readonly type: 'trusted_device.added';
      readonly device: TrustedDevice;
      /** Seals its name. */
      readonly dataKey: DataKey;
    }
  | { readonly type: 'trusted_device.used'; readonly deviceId: TrustedDeviceId; readonly at: Instant }
  | {
      readonly type: 'trusted_device.revoked';
      readonly userId: UserId;
      readonly deviceId: TrustedDeviceId;
      readonly at: Instant;
    };

export type TrustedDeviceId = Id<'trusted_device'>;

export const TRUSTED_DEVICE_SECONDS = 30 * 86_400;
export const DEVICE_TOKEN_BYTES = 32;

export interface TrustedDevice {
  readonly id: TrustedDeviceId;
  readonly userId: UserId;
  readonly tokenHash: Uint8Array;
  readonly name: string;
  readonly createdAt: Instant;
  readonly lastUsedAt: Instant;
  readonly expiresAt: Instant;
  readonly revokedAt: Instant | null;
}

/** SHA-256: the token is random, so there is nothing to guess. */
export function hashDeviceToken(token: string): Uint8Array {
  return sha256(utf8(token));
}

/** @param random 32 random bytes */
export function trustDevice(
  made: {
    readonly id: TrustedDeviceId;
    readonly userId: UserId;
    readonly name: string;
    readonly random: Uint8Array;
  },
  now: Instant,
): { readonly token: string; readonly device: TrustedDevice } {
  if (made.random.length < DEVICE_TOKEN_BYTES) throw new RangeError(`a device token needs ${DEVICE_TOKEN_BYTES} bytes`);
  const token = toBase64Url(made.random);
  const device: TrustedDevice = {
    id: made.id,
    userId: made.userId,
    tokenHash: hashDeviceToken(token),
    name: made.name,
    createdAt: now,
    lastUsedAt: now,
    expiresAt: now + TRUSTED_DEVICE_SECONDS * 1000,
    revokedAt: null,
  };
  return { token, device };
}

/**
 * Whether the token is this device's, and the device is this user's and still trusted. A token that is not is no error:
 * the user is challenged as usual.
 */
export function isTrusted(
  device: TrustedDevice | undefined,
  token: string | undefined,
  userId: UserId,
  now: Instant,
): device is TrustedDevice {
  if (device === undefined || token === undefined) return false;
  return (
    equalBytes(device.tokenHash, hashDeviceToken(token)) &&
    device.userId === userId &&
    device.revokedAt === null &&
    device.expiresAt > now
  );
}
