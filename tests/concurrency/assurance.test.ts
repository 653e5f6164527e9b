import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { codeOf, logIn } from '../http/identity/support.ts';
import { type Portal, startPortal } from '../support/portal.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';

const ROUNDS = 5;
const AT_ONCE = 8;

describe.skipIf(databaseUrl === undefined)(
  `enrolling a factor at the same time, on a real server${needsPostgres}`,
  () => {
    let database: { readonly url: string; drop(): Promise<void> };
    let driver: SqlDriver;
    let portal: Portal;

    beforeAll(async () => {
      database = await freshDatabase();
      driver = createTcpDriver({ url: database.url, role: 'patient_portal_app', maxConnections: 20 });
      portal = await startPortal({ driver });
    }, 60_000);
    afterAll(async () => {
      await driver.close();
      await database.drop();
    });

    it(`R61: no concurrent sign-in, refresh or key is accepted afterwards, ${ROUNDS} times in a row`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const { email } = await portal.person('patient', `overtaken${round}`);
        const owner = await portal.signIn(email);
        const other = (await logIn(portal, email)).body;
        const { secret } = (await portal.request('POST', '/api/v1/mfa/setup', { token: owner })).body;
        const key = { name: 'sync', scopes: ['read:own_profile'] };
        const several = <T>(make: () => Promise<T>) => Promise.all(Array.from({ length: AT_ONCE }, make));
        const [enabled, logins, keys, refreshed] = await Promise.all([
          portal.request('POST', '/api/v1/mfa/enable', {
            token: owner,
            body: { token: codeOf(secret, portal.clock.now()) },
          }),
          several(() => logIn(portal, email)),
          several(() => portal.request('POST', '/api/v1/api-keys', { token: other.accessToken, body: key })),
          portal.request('POST', '/api/v1/auth/refresh-token', { body: { refreshToken: other.refreshToken } }),
        ]);
        expect(enabled.status).toBe(200);
        portal.clock.advance(5);
        const sessions = [other, refreshed.body, ...logins.map(({ body }) => body)].filter(
          ({ accessToken }) => accessToken,
        );
        for (const { accessToken, refreshToken } of sessions) {
          const read = await portal.request('GET', '/api/v1/users/me', { token: accessToken });
          expect([401, 403]).toContain(read.status);
          const again = await portal.request('POST', '/api/v1/auth/refresh-token', { body: { refreshToken } });
          expect(again.status).toBe(401);
        }
        for (const { body } of keys.filter(({ status }) => status === 201)) {
          const read = await portal.request('GET', '/api/v1/users/me', { headers: { 'X-API-Key': body.key } });
          expect(read.status).toBe(401);
        }
        expect((await portal.request('GET', '/api/v1/users/me', { token: owner })).status).toBe(200);
      }
    }, 60_000);
  },
);
