import { describe, expect, test } from 'vitest';
import { plannedChannels, reachable } from '../../../domain/notifications/clinic-message.ts';
import { DEFAULT_PREFERENCES } from '../../../domain/notifications/preferences.ts';
import type { Addressed } from '../../../domain/notifications/receiver.ts';
import type { UserId } from '../../../domain/shared/ids.ts';

const dataKey = { ownerId: 'u', ringKeyId: '1', wrapped: new Uint8Array() };
const PERSON: Addressed = {
  receiver: {
    id: 'u' as UserId,
    email: 'ada@example.org',
    firstName: 'Ada',
    language: 'en',
    open: true,
    isProven: true,
    objects: false,
    phone: null,
    preferences: DEFAULT_PREFERENCES,
    devices: [],
  },
  suppressed: [],
  dataKey,
  hasAccount: true,
  proxies: [],
};

describe('what the clinic writes to a person', () => {
  test('is read by the person, or by who acts for a person without an account', () => {
    const proxies = [{ id: 'proxy' as UserId, dataKey }];
    const readable = (fields: Partial<Addressed>) => reachable({ ...PERSON, ...fields }).ok;
    expect(readable({})).toBe(true);
    expect(readable({ proxies })).toBe(true);
    expect(readable({ hasAccount: false, proxies })).toBe(true);
    expect(reachable({ ...PERSON, hasAccount: false })).toEqual({ ok: false, error: { code: 'no_account' } });
  });

  test('takes the channels that it would take when it is due', () => {
    const planned = (channels: Parameters<typeof plannedChannels>[1]['channels']) =>
      plannedChannels(PERSON, { category: 'message', channels }).map(({ channel, reason }) => [channel, reason]);
    expect(planned(null)).toEqual([
      ['email', null],
      ['sms', 'not_chosen'],
      ['push', 'no_address'],
    ]);
    expect(planned(['sms'])[0]).toEqual(['email', 'not_asked']);
    const bounced: Addressed = { ...PERSON, suppressed: ['email'] };
    expect(plannedChannels(bounced, { category: 'message', channels: null })[0]?.reason).toBe('suppressed');
  });
});
