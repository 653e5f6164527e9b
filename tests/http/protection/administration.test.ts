/** What administrators see and decide of limits, blocks and trusted networks. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/app/limits.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
let admin: string;
beforeAll(async () => {
  portal = await startPortal({
    environment: { RATE_LIMIT_FACTOR: '1', TRUSTED_ADDRESSES: '192.0.2.0/28, 2001:db8:f00::/48' },
  });
  admin = await portal.signIn((await portal.person('admin', 'root')).email);
});
afterAll(() => portal.close());

const HOME = '203.0.113.7';
const ask = (method: string, path: string, body?: unknown, headers = {}, token = admin) =>
  portal.request(method, `/api/v1/admin${path}`, { token, body, headers, from: HOME });
const read = async (from: string, token?: string) => {
  const reply = await portal.request('GET', token === undefined ? '/api/v1/clinic' : '/api/v1/users/me', {
    from,
    token,
  });
  await portal.settled();
  return reply;
};
const guess = async (from: string) => {
  await portal.request('GET', '/api/v1/users/me', { headers: { Authorization: 'Bearer x.y.z' }, from });
  await portal.settled();
};
const inAnHour = () => new Date(portal.clock.now() + 3_600_000).toISOString();

describe('blocks', () => {
  test('by hand refuse everything from the address, signed in or not, until they are lifted', async () => {
    const from = '198.51.100.23';
    const token = await portal.signIn((await portal.person('patient', 'refused')).email);
    expect((await read(from, token)).status).toBe(200);
    const made = await ask('POST', '/ip-blocks', { address: from, reason: 'Scans our paths', endsAt: inAnHour() });
    expect([made.status, made.body]).toMatchObject([
      201,
      { address: from, reason: 'by_hand', note: 'Scans our paths', level: 1, inForce: true, liftedAt: null },
    ]);
    expect([(await read(from)).body.code, (await read(from, token)).body.code]).toEqual([
      'address_blocked',
      'address_blocked',
    ]);
    const { body } = await ask('GET', `/ip-blocks/${made.body.id}`);
    expect(body).toEqual(made.body);
    expect((await ask('DELETE', `/ip-blocks/${made.body.id}`)).status).toBe(204);
    expect([(await read(from)).status, (await read(from, token)).status]).toEqual([200, 200]);
    const again = await ask('DELETE', `/ip-blocks/${made.body.id}`);
    expect([again.status, again.body.code]).toEqual([404, 'ip_block_not_found']);
    const listed = await ask('GET', '/ip-blocks');
    expect(listed.body.data[0]).toMatchObject({ id: made.body.id, inForce: false });
    expect((await ask('GET', '/ip-blocks?inForce=true')).body.data).toEqual([]);
  });

  test('are lifted by the address, and what was counted for it is forgotten', async () => {
    const from = '198.51.100.24';
    for (let n = 0; n < LIMITS.strikes.limit; n++) await guess(from);
    for (let n = 0; n < 5; n++) {
      const body = { email: `nobody-${n}@example.org`, password: 'not the password at all' };
      await portal.request('POST', '/api/v1/auth/login', { body, from });
    }
    expect((await read(from)).body.code).toBe('address_blocked');
    expect((await ask('DELETE', `/ip-blocks?address=${from}`)).status).toBe(204);
    const { status, headers } = await read(from);
    expect([status, headers.get('ratelimit')]).toEqual([200, expect.stringMatching(/^"anonymous";r=99;/)]);
    for (let n = 0; n < LIMITS.strikes.limit - 1; n++) await guess(from);
    expect((await read(from)).status).toBe(200);
    expect((await ask('DELETE', `/ip-blocks?address=${from}`)).body.code).toBe('ip_block_not_found');
  });

  test.each([
    [{ address: HOME }, 'own_address'],
    [{ address: '192.0.2.3' }, 'address_trusted'],
    [{ address: '198.51.100.30', endsAt: '2026-03-01T00:00:00Z' }, 'block_end_invalid'],
    [{ address: '198.51.100.30', endsAt: '2028-03-01T00:00:00Z' }, 'block_end_invalid'],
    [{ address: '198.51.100.0/24' }, 'validation_failed'],
    [{ address: 'example.org' }, 'validation_failed'],
    [{ address: '198.51.100.30', reason: '' }, 'validation_failed'],
  ])('%j cannot be blocked: %s', async (wrong, code) => {
    const body = { reason: 'because', endsAt: inAnHour(), ...wrong };
    const refused = await ask('POST', '/ip-blocks', body);
    expect([refused.status, refused.body.code]).toEqual([422, code]);
  });

  test('stand alone: a second one is refused, also at the same time', async () => {
    const body = { address: '2001:db8:1:2::3', reason: 'because', endsAt: inAnHour() };
    const replies = await Promise.all(Array.from({ length: 5 }, () => ask('POST', '/ip-blocks', body)));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    const made = replies.find(({ status }) => status === 201);
    expect(made?.body.address).toBe('2001:db8:1:2::/64');
    const other = await ask('POST', '/ip-blocks', { ...body, address: '2001:db8:1:2:3::4' });
    expect([other.body.code, other.body.until]).toEqual(['address_already_blocked', made?.body.endsAt]);
    const site = await ask('POST', '/ip-blocks', { ...body, address: '2001:db8:1::/48' });
    expect(site.body.address).toBe('2001:db8:1::/48');
    expect((await read('2001:db8:1:9::1')).body.code).toBe('address_blocked');
  });

  test('R46, R56: are recorded without the address, which is stored encrypted', async () => {
    const from = '198.51.100.77';
    for (let n = 0; n < LIMITS.strikes.limit; n++) await guess(from);
    const { body } = await ask('GET', '/ip-blocks?inForce=true&limit=1');
    expect(body.data[0]).toMatchObject({ address: from, reason: 'guessing', level: 1, note: null });
    const events = await portal.request('GET', '/api/v1/audit/events?type=address.blocked&limit=1', {
      token: admin,
    });
    const [event] = events.body.data;
    expect(event).toMatchObject({
      eventType: 'address.blocked',
      details: { reason: 'guessing', prefix: 32, level: 1 },
    });
    expect(JSON.stringify(event.details)).not.toContain('198.51.100');
    const { raw } = await import('../../../adapters/postgres/driver/sql.ts');
    const [rows] = await portal.driver.run(
      [
        raw(
          `SELECT (SELECT string_agg(b::text, '') FROM ip_blocks b) || (SELECT string_agg(e::text, '') FROM audit_events e) AS t`,
        ),
      ],
      'snapshot',
    );
    expect(String(rows?.[0]?.t)).not.toContain('198.51.100');
    expect(String(rows?.[0]?.t)).not.toContain(Buffer.from('198.51.100').toString('hex'));
  });
});

describe('trusted networks', () => {
  const set = async (addresses: readonly string[]) => {
    const { headers } = await ask('GET', '/trusted-addresses');
    return ask('PUT', '/trusted-addresses', { addresses }, { 'If-Match': headers.get('etag') ?? '' });
  };

  test('have no limit by address and no block, but limits of accounts', async () => {
    const from = '203.0.113.77';
    const { status, body } = await set(['203.0.113.64/26', '2001:db8:1:2:3::/64', '198.51.100.200']);
    expect([status, body.addresses, body.fromSettings]).toEqual([
      200,
      ['203.0.113.64/26', '2001:db8:1:2::/64', '198.51.100.200/32'],
      ['192.0.2.0/28', '2001:db8:f00::/48'],
    ]);
    for (let n = 0; n < 2 * LIMITS.anonymous.limit; n++) {
      const reply = await read(from);
      expect([reply.status, reply.headers.get('ratelimit')]).toEqual([200, null]);
    }
    for (let n = 0; n < 2 * LIMITS.strikes.limit; n++) await guess(from);
    for (let n = 0; n < 2 * LIMITS.login_address.limit; n++) {
      const guessed = { email: `somebody-${n}@example.org`, password: 'not the password at all' };
      const reply = await portal.request('POST', '/api/v1/auth/login', { body: guessed, from });
      expect([n, reply.status]).toEqual([n, 401]);
    }
    expect((await read(from)).status).toBe(200);
    const own = { email: 'one-account@example.org', password: 'not the password at all' };
    const statuses = [];
    for (let n = 0; n < 7; n++) {
      statuses.push((await portal.request('POST', '/api/v1/auth/login', { body: own, from })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    await set([]);
    expect((await read(from)).headers.get('ratelimit')).toContain('anonymous');
  });

  test('of the settings are trusted too, also of IPv6', async () => {
    for (const from of ['192.0.2.15', '2001:db8:f00:1::9']) {
      expect((await read(from)).headers.get('ratelimit')).toBeNull();
    }
    expect((await read('192.0.2.16')).headers.get('ratelimit')).not.toBeNull();
  });

  test('R32: are changed by one administrator at a time, who says which version they saw', async () => {
    const missing = await ask('PUT', '/trusted-addresses', { addresses: [] });
    expect([missing.status, missing.body.code]).toEqual([428, 'precondition_required']);
    const stale = await ask('PUT', '/trusted-addresses', { addresses: [] }, { 'If-Match': '"v0"' });
    expect([stale.status, stale.body.code]).toEqual([412, 'precondition_failed']);
  });

  test.each(['0.0.0.0/0', '::/0', '10.0.0.0/7', 'example.org', '203.0.113.0/33', '203.0.113.0/-1', '1.2.3/24', ''])(
    '%j is none',
    async (address) => {
      const refused = await set([address]);
      expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, '/addresses/0']);
    },
  );

  test('R46: the change is recorded by how many were added and removed', async () => {
    await set(['203.0.113.192/28', '203.0.113.208/28']);
    await set(['203.0.113.192/28']);
    const events = await portal.request('GET', '/api/v1/audit/events?type=trusted_addresses.changed&limit=1', {
      token: admin,
    });
    expect(events.body.data[0].details).toEqual({ added: 0, removed: 1 });
    await set([]);
  });
});

test('the table of limits tells how much they were used, and names nobody', async () => {
  const from = '198.51.100.140';
  portal.clock.advance(11);
  for (let n = 0; n < LIMITS.anonymous.limit + 7; n++) {
    await portal.request('GET', '/api/v1/clinic', { from });
  }
  portal.clock.advance(11);
  await read('198.51.100.141');
  const { body } = await ask('GET', '/rate-limits');
  expect(body.data.map(({ name }: { name: string }) => name)).toEqual(Object.values(LIMITS).map(({ name }) => name));
  const anonymous = body.data.find(({ name }: { name: string }) => name === 'anonymous');
  expect(anonymous).toMatchObject({ limit: 100, windowSeconds: 60, countedBy: 'address' });
  expect(anonymous.lastHour.counted).toBeGreaterThanOrEqual(LIMITS.anonymous.limit + 7);
  expect(anonymous.lastHour.refused).toBeGreaterThanOrEqual(7);
  expect(anonymous.lastHour.subjectsRefused).toBeGreaterThanOrEqual(1);
  expect(JSON.stringify(body)).not.toContain('198.51.100');
});
