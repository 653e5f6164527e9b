/** Callers of each kind, with defaults. */
import type { ApiKeyActor, UserActor } from '../../../domain/shared/actor.ts';
import type { Permission, Role } from '../../../domain/shared/permissions.ts';
import { at, id } from '../scheduling/builders.ts';

const dataKey = { ownerId: 'caller', ringKeyId: '1', wrapped: new Uint8Array(60) };

export function sampleUserActor(role: Role): UserActor {
  return {
    kind: 'user',
    userId: id('caller'),
    role,
    sessionId: id('session'),
    authenticatedAt: at('2026-11-20T12:00:00Z'),
    amr: ['pwd'],
    remembered: false,
    mfaEnabled: false,
    mfaEnrolmentRequired: false,
    lacksFactor: false,
    dataKey,
  };
}

export function sampleApiKeyActor(role: Role, scopes: readonly Permission[]): ApiKeyActor {
  return { kind: 'api_key', userId: id('caller'), role, apiKeyId: id('key'), scopes, dataKey };
}
