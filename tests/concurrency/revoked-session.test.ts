import { expect, it } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { browserBody } from '../support/push-devices.ts';
import { onServer } from './on-server.ts';

const ROUNDS = 12;
const KEY = { name: 'sync', scopes: ['read:own_profile'] };

onServer('revoking while credentials are created', {}, (server) => {
  it(`R64: signing out everywhere leaves no key and no feed, ${ROUNDS} times with eight made at once`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id, email } = await server.portal.person('patient', `leaving${round}`);
      const token = await server.portal.signIn(email);
      await server.portal.request('GET', '/api/v1/users/me', { token });
      const make = (n: number) =>
        n % 2 === 0
          ? server.portal.request('POST', '/api/v1/api-keys', { token, body: KEY })
          : server.portal.request('POST', '/api/v1/calendar/feeds', { token });
      const [left, ...made] = await Promise.all([
        server.portal.request('POST', '/api/v1/auth/logout-all', { token }),
        ...Array.from({ length: 8 }, (_, n) => make(n)),
      ]);
      expect(left.status).toBe(204);
      // 409: requests of one account are serialised, and one that lost five times says so.
      expect(made.map(({ status }) => status).filter((status) => ![201, 401, 409].includes(status))).toEqual([]);
      const rows =
        await server.rows(sql`SELECT 'key' AS what FROM api_keys WHERE user_id = ${id}::uuid AND revoked_at IS NULL
              UNION ALL SELECT 'feed' FROM calendar_feeds WHERE user_id = ${id}::uuid AND revoked_at IS NULL`);
      expect([round, rows]).toEqual([round, []]);
    }
  });

  it(`signing out leaves no device of the session, ${ROUNDS} times with eight registered at once`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { id, email } = await server.portal.person('patient', `pushed${round}`);
      const token = await server.portal.signIn(email);
      await server.portal.request('GET', '/api/v1/users/me', { token });
      const register = (n: number) =>
        server.portal.request('POST', '/api/v1/notifications/push-subscriptions', {
          token,
          body: browserBody(`${round}-${n % 6}`),
        });
      const [left, ...made] = await Promise.all([
        server.portal.request('POST', '/api/v1/auth/logout', { token }),
        ...Array.from({ length: 8 }, (_, n) => register(n)),
      ]);
      expect(left.status).toBe(204);
      expect(made.map(({ status }) => status).filter((status) => ![200, 201, 401, 409].includes(status))).toEqual([]);
      const rows = await server.rows(sql`SELECT 1 FROM push_subscriptions WHERE user_id = ${id}::uuid`);
      expect([round, rows]).toEqual([round, []]);
    }
  });

  it(`R64: restricting leaves no key and no feed, ${ROUNDS} times with eight made at once`, async () => {
    await server.portal.person('admin', 'keeper');
    const admin = await server.portal.signIn('keeper@example.org');
    const restriction = { kind: 'restriction', ground: 'accuracy_contested' };
    for (let round = 0; round < ROUNDS; round++) {
      const { id, email } = await server.portal.person('patient', `restricted${round}`);
      const token = await server.portal.signIn(email);
      const make = (n: number) =>
        n % 2 === 0
          ? server.portal.request('POST', '/api/v1/api-keys', { token, body: KEY })
          : server.portal.request('POST', '/api/v1/calendar/feeds', { token });
      const [set, ...made] = await Promise.all([
        server.portal.request('POST', `/api/v1/users/${id}/processing-limits`, { token: admin, body: restriction }),
        ...Array.from({ length: 8 }, (_, n) => make(n)),
      ]);
      expect(set.status).toBe(201);
      expect(made.map(({ status }) => status).filter((status) => ![201, 409].includes(status))).toEqual([]);
      const rows =
        await server.rows(sql`SELECT 'key' AS what FROM api_keys WHERE user_id = ${id}::uuid AND revoked_at IS NULL
              UNION ALL SELECT 'feed' FROM calendar_feeds WHERE user_id = ${id}::uuid AND revoked_at IS NULL`);
      expect([round, rows]).toEqual([round, []]);
    }
  });
});
