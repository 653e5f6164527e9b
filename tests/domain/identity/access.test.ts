import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createApiKey,
  hashApiKey,
  looksLikeApiKey,
  MAXIMUM_API_KEYS,
  scopesFor,
} from '../../../domain/identity/api-key.ts';
import { requireStepUp, STEP_UP_SECONDS, steppedUp } from '../../../domain/identity/step-up.ts';
import type { ApiKeyId, UserActor } from '../../../domain/shared/actor.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';
import { PERMISSIONS, permissionsOf, ROLES } from '../../../domain/shared/permissions.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const USER = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' as UserId;
const DATA_KEY = { ownerId: USER, ringKeyId: '1', wrapped: new Uint8Array(60) };

const actor = (more: Partial<UserActor> = {}): UserActor => ({
  kind: 'user',
  userId: USER,
  role: 'patient',
  sessionId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e90' as SessionId,
  authenticatedAt: NOW,
  amr: ['pwd'],
  mfaEnabled: false,
  mfaEnrolmentRequired: false,
  lacksFactor: false,
  remembered: true,
  dataKey: DATA_KEY,
  ...more,
});

describe('step-up (R22)', () => {
  it('R22: a proof counts for exactly five minutes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 * STEP_UP_SECONDS * 1000 }), (age) => {
        expect(requireStepUp(actor({ authenticatedAt: NOW - age }), NOW).ok).toBe(age < STEP_UP_SECONDS * 1000);
      }),
    );
  });

  it('R22: with a second factor enrolled, the password alone is no proof', () => {
    expect(requireStepUp(actor({ mfaEnabled: true }), NOW).ok).toBe(false);
    expect(requireStepUp(actor({ mfaEnabled: true, amr: ['pwd', 'otp', 'mfa'] }), NOW).ok).toBe(true);
  });

  it('R22: a proof is added to the methods of the session', () => {
    const { value, changes } = steppedUp(actor(), ['otp', 'mfa'], NOW + 5);
    expect(value).toEqual({ amr: ['pwd', 'otp', 'mfa'], authenticatedAt: NOW + 5 });
    expect(changes).toMatchObject([{ type: 'session.reauthenticated', at: NOW + 5 }]);
  });
});

describe('API keys', () => {
  const asked = (scopes: readonly string[]) => ({ name: 'k', scopes: scopes as never, expiresInDays: 90 });
  const made = { id: 'k' as ApiKeyId, random: new Uint8Array(32).fill(7) };
  const owner = (role: (typeof ROLES)[number], liveKeys = 0) => ({
    userId: USER,
    role,
    dataKey: DATA_KEY,
    liveKeys,
    withFactor: false,
  });

  it('have no scope beyond the owner’s role, whatever is requested', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ROLES),
        fc.uniqueArray(fc.constantFrom(...PERMISSIONS), { minLength: 1 }),
        (role, scopes) => {
          const result = createApiKey(owner(role), asked(scopes), made, NOW);
          expect(result.ok).toBe(scopes.every((scope) => scopesFor(role).includes(scope)));
          if (result.ok) {
            const { key } = result.value.value;
            expect(key.scopes.every((scope) => permissionsOf(role).includes(scope))).toBe(true);
          }
        },
      ),
    );
  });

  it('are stored as hashes, and have a recognisable form', () => {
    const result = createApiKey(owner('patient'), asked(['read:own_profile']), made, NOW);
    if (!result.ok) throw new Error('refused');
    const { value, changes, audit } = result.value;
    expect(looksLikeApiKey(value.secret)).toBe(true);
    expect(JSON.stringify({ changes, audit })).not.toContain(value.secret);
    expect(changes).toMatchObject([{ type: 'api_key.created' }]);
    const [created] = changes;
    expect(created?.type === 'api_key.created' && toHex(created.hash)).toBe(toHex(hashApiKey(value.secret)));
    expect(value.key.expiresAt).toBe(NOW + 90 * 86_400_000);
    expect(createApiKey(owner('patient', MAXIMUM_API_KEYS), asked(['read:own_profile']), made, NOW).ok).toBe(false);
    expect(() => createApiKey(owner('patient'), asked([]), { ...made, random: new Uint8Array(8) }, NOW)).toThrow(
      RangeError,
    );
  });
});
