import { describe, expect, test } from 'vitest';
import { isTrusted, type TrustedDeviceId, trustDevice } from '../../../domain/mfa/trusted-device.ts';
import type { UserId } from '../../../domain/shared/ids.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const DAY = 86_400_000;
const ADA = 'ada' as UserId;
const made = { id: 'device' as TrustedDeviceId, userId: ADA, name: 'Firefox', random: new Uint8Array(32).fill(7) };
const { token, device } = trustDevice(made, NOW);

describe('a trusted device', () => {
  test('is trusted for thirty days', () => {
    expect(device).toMatchObject({ createdAt: NOW, lastUsedAt: NOW, expiresAt: NOW + 30 * DAY, revokedAt: null });
    expect(isTrusted(device, token, ADA, NOW + 30 * DAY - 1)).toBe(true);
    expect(isTrusted(device, token, ADA, NOW + 30 * DAY)).toBe(false);
  });

  test('is trusted with its own token alone, for its own user, until it is revoked', () => {
    const other = trustDevice({ ...made, random: new Uint8Array(32).fill(8) }, NOW);
    expect(isTrusted(device, other.token, ADA, NOW)).toBe(false);
    expect(isTrusted(device, undefined, ADA, NOW)).toBe(false);
    expect(isTrusted(undefined, token, ADA, NOW)).toBe(false);
    expect(isTrusted(device, token, 'eve' as UserId, NOW)).toBe(false);
    expect(isTrusted({ ...device, revokedAt: NOW }, token, ADA, NOW)).toBe(false);
  });

  test('needs 32 random bytes', () => {
    expect(() => trustDevice({ ...made, random: new Uint8Array(31) }, NOW)).toThrow('a device token needs 32 bytes');
  });
});
