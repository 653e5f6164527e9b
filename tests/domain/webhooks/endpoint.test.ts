import { describe, expect, test } from 'vitest';
import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  MAXIMUM_WEBHOOKS,
  rotateSecret,
  type WebhookEndpoint,
  type WebhookEndpointId,
} from '../../../domain/webhooks/endpoint.ts';
import type { WebhookSecret } from '../../../domain/webhooks/signature.ts';
import { DATA_KEY, DAY, ENDPOINT, HOUR, NOW } from './sample-endpoint.ts';

const { url, description, eventTypes } = ENDPOINT;
const SETTINGS = { url, description, eventTypes };

describe('creating an endpoint', () => {
  const made = { id: 'new' as WebhookEndpointId, secret: 'whsec_new', dataKey: DATA_KEY };

  test('stores it enabled, with a secret that does not end', () => {
    const created = createEndpoint(SETTINGS, MAXIMUM_WEBHOOKS - 1, made, NOW);
    const endpoint = { ...ENDPOINT, id: 'new', createdAt: NOW, updatedAt: NOW, version: 1 };
    expect(created.ok && created.value).toMatchObject({
      value: { endpoint, secret: 'whsec_new' },
      changes: [{ type: 'webhook_endpoint.created', endpoint, secrets: [{ secret: 'whsec_new', until: null }] }],
      audit: [{ type: 'webhook.created', details: { eventTypes: 'appointment.booked' } }],
    });
  });

  test('is refused when there are twenty', () => {
    expect(createEndpoint(SETTINGS, 20, made, NOW)).toEqual({
      ok: false,
      error: { code: 'too_many_webhooks', limit: 20 },
    });
  });
});

describe('changing an endpoint', () => {
  const failing = { failingSince: NOW - DAY, failuresInARow: 3, restsUntil: NOW + HOUR };
  const forgotten = { failingSince: null, failuresInARow: 0, restsUntil: null };

  function changed(current: Partial<WebhookEndpoint>, asked: { enabled: boolean; url?: string }) {
    const result = changeEndpoint({ ...ENDPOINT, ...current }, { ...SETTINGS, ...asked }, ENDPOINT.version, NOW);
    if (!result.ok) throw new Error(result.error.code);
    return result.value;
  }

  test('is one version later, and is guarded by the former one', () => {
    expect(changed({}, { enabled: true })).toMatchObject({
      value: { ...ENDPOINT, updatedAt: NOW, version: 5 },
      changes: [{ type: 'webhook_endpoint.changed', expectedVersion: 4 }],
      audit: [{ type: 'webhook.updated', details: { enabled: true, addressChanged: false } }],
    });
  });

  test('is refused when another version was read', () => {
    expect(changeEndpoint(ENDPOINT, { ...SETTINGS, enabled: true }, 3, NOW).ok).toBe(false);
  });

  test('forgets the failures when it is enabled again, or has another address', () => {
    expect(changed({ ...failing, disabledBecause: 'failing' }, { enabled: true }).value).toMatchObject({
      ...forgotten,
      disabledBecause: null,
    });
    const moved = changed(failing, { enabled: true, url: 'https://other.example.org/' });
    expect(moved.value).toMatchObject(forgotten);
    expect(moved.audit).toMatchObject([{ details: { addressChanged: true } }]);
  });

  test('keeps the failures while it stays enabled, or stays disabled', () => {
    expect(changed(failing, { enabled: true }).value).toMatchObject(failing);
    expect(changed({ ...failing, disabledBecause: 'gone' }, { enabled: false }).value).toMatchObject(failing);
    expect(changed(failing, { enabled: false }).value).toMatchObject(failing);
  });

  test('keeps the first reason for which it is disabled', () => {
    expect(changed({}, { enabled: false }).value.disabledBecause).toBe('by_hand');
    expect(changed({ disabledBecause: 'gone' }, { enabled: false }).value.disabledBecause).toBe('gone');
  });
});

test('a deletion is guarded by the version', () => {
  expect(deleteEndpoint(ENDPOINT).changes).toEqual([
    { type: 'webhook_endpoint.deleted', id: ENDPOINT.id, expectedVersion: 4 },
  ]);
});

describe('another secret', () => {
  function rotated(secrets: readonly WebhookSecret[] | null) {
    const decision = rotateSecret({ endpoint: ENDPOINT, secrets, dataKey: DATA_KEY }, 'whsec_new', NOW);
    const [change] = decision.changes;
    if (change?.type !== 'webhook_endpoint.secret_rotated') throw new Error('no rotation');
    return { endpoint: decision.value.endpoint, secrets: change.secrets, expectedVersion: change.expectedVersion };
  }

  test('leaves the former one in use for a day', () => {
    expect(rotated([{ secret: 'whsec_now', until: null }])).toEqual({
      endpoint: { ...ENDPOINT, formerSecretUntil: NOW + DAY, updatedAt: NOW, version: 5 },
      secrets: [
        { secret: 'whsec_new', until: null },
        { secret: 'whsec_now', until: NOW + DAY },
      ],
      expectedVersion: 4,
    });
  });

  test('does not extend those that end before, and keeps two of them', () => {
    const former = [
      { secret: 'whsec_now', until: null },
      { secret: 'whsec_before', until: NOW + HOUR },
      { secret: 'whsec_first', until: NOW + 1 },
    ];
    expect(rotated(former).secrets.slice(1)).toEqual([
      { secret: 'whsec_now', until: NOW + DAY },
      { secret: 'whsec_before', until: NOW + HOUR },
    ]);
  });

  test('is alone when the former ones cannot be opened', () => {
    const alone = rotated(null);
    expect(alone.secrets).toEqual([{ secret: 'whsec_new', until: null }]);
    expect(alone.endpoint.formerSecretUntil).toBeNull();
  });
});
