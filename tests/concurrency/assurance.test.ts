import { expect, it } from 'vitest';
import { codeOf, logIn } from '../http/identity/support.ts';
import { atOnce, onServer } from './on-server.ts';

const ROUNDS = 5;
const AT_ONCE = 8;

onServer('enrolling a factor at the same time', {}, (server) => {
  it(`R61: no concurrent sign-in, refresh or key is accepted afterwards, ${ROUNDS} times in a row`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { email } = await server.portal.person('patient', `overtaken${round}`);
      const owner = await server.portal.signIn(email);
      const other = (await logIn(server.portal, email)).body;
      const { secret } = (await server.portal.request('POST', '/api/v1/mfa/setup', { token: owner })).body;
      const key = { name: 'sync', scopes: ['read:own_profile'] };
      const [enabled, logins, keys, refreshed] = await Promise.all([
        server.portal.request('POST', '/api/v1/mfa/enable', {
          token: owner,
          body: { token: codeOf(secret, server.portal.clock.now()) },
        }),
        atOnce(AT_ONCE, () => logIn(server.portal, email)),
        atOnce(AT_ONCE, () =>
          server.portal.request('POST', '/api/v1/api-keys', { token: other.accessToken, body: key }),
        ),
        server.portal.request('POST', '/api/v1/auth/refresh-token', { body: { refreshToken: other.refreshToken } }),
      ]);
      expect(enabled.status).toBe(200);
      server.portal.clock.advance(5);
      const sessions = [other, refreshed.body, ...logins.map(({ body }) => body)].filter(
        ({ accessToken }) => accessToken,
      );
      for (const { accessToken, refreshToken } of sessions) {
        const read = await server.portal.request('GET', '/api/v1/users/me', { token: accessToken });
        expect([401, 403]).toContain(read.status);
        const again = await server.portal.request('POST', '/api/v1/auth/refresh-token', { body: { refreshToken } });
        expect(again.status).toBe(401);
      }
      for (const { body } of keys.filter(({ status }) => status === 201)) {
        const read = await server.portal.request('GET', '/api/v1/users/me', { headers: { 'X-API-Key': body.key } });
        expect(read.status).toBe(401);
      }
      expect((await server.portal.request('GET', '/api/v1/users/me', { token: owner })).status).toBe(200);
    }
  });
});
