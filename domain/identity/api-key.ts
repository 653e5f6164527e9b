/** Keys for programs that act for a person, with no more than their scopes. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { ApiKeyId } from '../shared/actor.ts';
import { toBase64Url, utf8 } from '../shared/bytes.ts';
import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import { type Permission, permissionsOf, type Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Decision } from './decision.ts';

export type ApiKeyChange =
  /** Guarded: the owner has at most `atMost` live keys, this one included. */
  | {
      readonly type: 'api_key.created';
      readonly key: ApiKey;
      /** Seals the key's name. */
      readonly dataKey: DataKey;
      readonly hash: Uint8Array;
      /** Whether the session had passed a second factor. A key made without is revoked when the account enrols one (R61). */
      readonly withFactor: boolean;
      readonly atMost: number;
    }
  | { readonly type: 'api_key.used'; readonly id: ApiKeyId; readonly at: Instant }
  /** Changes nothing. Guarded: the key is live. Locks the key, so that a concurrent revocation comes before or after the batch. */
  | { readonly type: 'api_key.relied_on'; readonly id: ApiKeyId; readonly at: Instant }
  | { readonly type: 'api_key.revoked'; readonly id: ApiKeyId; readonly at: Instant };

export interface ApiKey {
  readonly id: ApiKeyId;
  readonly userId: UserId;
  readonly name: string;
  /** The first characters, to tell keys apart. */
  readonly prefix: string;
  readonly scopes: readonly Permission[];
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly lastUsedAt: Instant | null;
}

export const API_KEY_BYTES = 32;
/** The highest number of live keys of one person. */
export const MAXIMUM_API_KEYS = 20;
export const DEFAULT_API_KEY_DAYS = 90;
export const MAXIMUM_API_KEY_DAYS = 365;
/** The prefix by which secret scanners find leaked keys. */
const MARK = 'ppk_';
const PREFIX_CHARACTERS = MARK.length + 8;

/** Permissions that no key gets, so that a stolen key cannot create further credentials or take over the account. */
const PERSONS_ONLY: readonly Permission[] = [
  'manage:own_sessions',
  'manage:own_mfa',
  'manage:own_api_keys',
  'close:own_account',
  'export:own_data',
  'manage:users',
  'manage:legal_texts',
  'merge:patients',
  'manage:privacy',
  'manage:clinical_records',
  // The address that a stolen key would add hears of every change.
  'manage:webhooks',
  'manage:own_limits',
  'open:emergency_access',
  // An invitation makes a way into a record, for whoever has the mailbox.
  'register:patients',
];

export function scopesFor(role: Role): readonly Permission[] {
  return permissionsOf(role).filter((permission) => !PERSONS_ONLY.includes(permission));
}

export function hashApiKey(key: string): Uint8Array {
  return sha256(utf8(key));
}

export function looksLikeApiKey(text: string): boolean {
  return /^ppk_[A-Za-z0-9_-]{43}$/.test(text);
}

export type ApiKeyRefusal =
  | { readonly code: 'scopes_not_allowed'; readonly scopes: readonly string[] }
  | { readonly code: 'too_many_api_keys' };

/** A key with its secret, which is shown once. */
export interface NewApiKey {
  readonly secret: string;
  readonly key: ApiKey;
}

/** The owner of the key. */
export interface ApiKeyOwner {
  readonly userId: UserId;
  readonly role: Role;
  readonly dataKey: DataKey;
  readonly liveKeys: number;
  /** Whether the session has passed a second factor. */
  readonly withFactor: boolean;
}

interface RequestedApiKey {
  readonly name: string;
  readonly scopes: readonly Permission[];
  readonly expiresInDays: number;
}

/**
 * @param made `random`: 32 random bytes
 * @returns the key with its secret, which is shown to the owner once
 */
export function createApiKey(
  owner: ApiKeyOwner,
  asked: RequestedApiKey,
  made: { readonly id: ApiKeyId; readonly random: Uint8Array },
  now: Instant,
): Result<Decision<ApiKeyChange, NewApiKey>, ApiKeyRefusal> {
  if (made.random.length < API_KEY_BYTES) throw new RangeError(`an API key needs ${API_KEY_BYTES} random bytes`);
  const grantable = scopesFor(owner.role);
  const beyond = asked.scopes.filter((scope) => !grantable.includes(scope));
  if (beyond.length > 0) return refuse({ code: 'scopes_not_allowed', scopes: beyond });
  if (owner.liveKeys >= MAXIMUM_API_KEYS) return refuse({ code: 'too_many_api_keys' });
  const secret = `${MARK}${toBase64Url(made.random.subarray(0, API_KEY_BYTES))}`;
  const key: ApiKey = {
    id: made.id,
    userId: owner.userId,
    name: asked.name,
    prefix: secret.slice(0, PREFIX_CHARACTERS),
    scopes: [...new Set(asked.scopes)],
    createdAt: now,
    expiresAt: now + asked.expiresInDays * 86_400_000,
    lastUsedAt: null,
  };
  return ok(creation(owner, { secret, key }));
}

/** Stores the hash of the secret, and tells the owner by mail that a key was made. */
function creation({ userId, dataKey, withFactor }: ApiKeyOwner, made: NewApiKey): Decision<ApiKeyChange, NewApiKey> {
  const { secret, key } = made;
  const hash = hashApiKey(secret);
  return decided({
    value: made,
    changes: [{ type: 'api_key.created', key, dataKey, hash, withFactor, atMost: MAXIMUM_API_KEYS }],
    audit: [
      {
        type: 'api_key.created',
        stream: userId,
        outcome: 'success',
        resource: { type: 'api_key', id: key.id },
        details: { scopes: key.scopes.join(' ') },
      },
    ],
    messages: [
      {
        template: 'credential-made',
        variables: { what: 'api_key' },
        userId,
        dataKey,
      },
    ],
  });
}

export function revokeApiKey(key: ApiKey, now: Instant): Decision<ApiKeyChange, void> {
  return decided({
    value: undefined,
    changes: [{ type: 'api_key.revoked', id: key.id, at: now }],
    audit: [
      {
        type: 'api_key.revoked',
        stream: key.userId,
        outcome: 'success',
        resource: { type: 'api_key', id: key.id },
      },
    ],
  });
}
