import { expect, it } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { challenge, codeOf, type Enrolled, enrol, logIn, mailTo, verify } from '../http/identity/support.ts';
import { PASSWORD, startPortal } from '../support/portal.ts';
import { atOnce, onServer, statuses } from './on-server.ts';

const ROUNDS = 20;

onServer('signing in at the same time', {}, (server) => {
  let count = 0;

  async function enrolled(): Promise<Enrolled> {
    return enrol(server.portal, (await server.portal.person('patient', `race${++count}`)).email);
  }
  const refreshCookie = (cookies: readonly string[]) =>
    cookies.find((cookie) => cookie.startsWith('__Host-portal-refresh'))?.split(';')[0];

  async function liveRefreshTokens(email: string): Promise<number> {
    const live = await server.rows(sql`SELECT r.token_hash FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id
            WHERE s.user_id = ${await server.portal.idOf(email)}::uuid AND r.used_at IS NULL AND s.revoked_at IS NULL`);
    return live.length;
  }

  it(`R12: of two parallel uses of one code exactly one signs in, ${ROUNDS} times in a row`, async () => {
    const who = await enrolled();
    for (let round = 0; round < ROUNDS; round++) {
      const mfaTokens = [await challenge(server.portal, who.email), await challenge(server.portal, who.email)];
      const token = codeOf(who.secret, server.portal.clock.now());
      const replies = await Promise.all(mfaTokens.map((mfaToken) => verify(server.portal, { mfaToken, token })));
      expect([round, ...statuses(replies)]).toEqual([round, 200, 401]);
      expect(replies.find(({ status }) => status === 401)?.body.code).toBe('mfa_code_invalid');
      // Each round uses an attempt; outside the window they do not count.
      server.portal.clock.advance(901);
    }
  });

  it('R16: of two parallel answers to one challenge exactly one opens a session', async () => {
    const who = await enrolled();
    const mfaToken = await challenge(server.portal, who.email);
    const token = codeOf(who.secret, server.portal.clock.now());
    const replies = await atOnce(10, () => verify(server.portal, { mfaToken, token }));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    const sessions = await server.rows(
      sql`SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.id = ${await server.portal.idOf(who.email)}::uuid`,
    );
    expect(sessions).toHaveLength(2);
  });

  it('R13: of 20 parallel uses of one backup code one succeeds', async () => {
    const who = await enrolled();
    const mfaTokens = await atOnce(20, () => challenge(server.portal, who.email));
    const [backupCode] = who.backupCodes;
    const replies = await Promise.all(mfaTokens.map((mfaToken) => verify(server.portal, { mfaToken, backupCode })));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.every(({ status }) => [200, 401, 429].includes(status))).toBe(true);
    const left = await server.rows(sql`SELECT c.code_hash FROM mfa_backup_codes c JOIN users u ON u.id = c.user_id
            WHERE u.id = ${await server.portal.idOf(who.email)}::uuid AND c.used_at IS NULL`);
    expect(left).toHaveLength(7);
  });

  it('R7: of two parallel uses of one reset token one succeeds', async () => {
    for (let round = 0; round < 5; round++) {
      const { email } = await server.portal.person('patient', `reset${round}`);
      await server.portal.request('POST', '/api/v1/auth/forgot-password', { body: { email } });
      const [token] = (await mailTo(server.portal, email, 'password-reset')).codes;
      const replies = await atOnce(2, (i) =>
        server.portal.request('POST', '/api/v1/auth/reset-password', {
          body: { token, newPassword: `nine herons over the weir ${i}` },
        }),
      );
      expect(statuses(replies)).toEqual([204, 400]);
      const winner = replies.findIndex(({ status }) => status === 204);
      expect((await logIn(server.portal, email, { password: `nine herons over the weir ${winner}` })).status).toBe(200);
      expect((await logIn(server.portal, email, { password: `nine herons over the weir ${1 - winner}` })).status).toBe(
        401,
      );
    }
  });

  it('R7: of parallel uses of one verification token one succeeds', async () => {
    const email = 'verify@example.org';
    await server.portal.request('POST', '/api/v1/auth/register', {
      body: { email, password: PASSWORD, firstName: 'Vera', lastName: 'Fication', dateOfBirth: '1990-01-01' },
    });
    const [token] = (await mailTo(server.portal, email, 'verify-email')).codes;
    const replies = await atOnce(10, () =>
      server.portal.request('POST', '/api/v1/auth/verify-email', { body: { token } }),
    );
    expect(replies.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 400)).toHaveLength(9);
  });

  it('R20: 50 parallel refreshes of one browser get one successor, and the session stays valid', async () => {
    const { email } = await server.portal.person('patient', `tabs${++count}`);
    const site = { Origin: 'https://portal.example', 'Sec-Fetch-Site': 'same-origin' };
    const signedIn = await server.portal.request('POST', '/api/v1/auth/login', {
      body: { email, password: PASSWORD, transport: 'cookie' },
      headers: site,
    });
    const cookies = signedIn.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
    const refresh = (Cookie: string) =>
      server.portal.request('POST', '/api/v1/auth/refresh-token', { headers: { ...site, Cookie } });
    const replies = await atOnce(50, () => refresh(cookies.join('; ')));
    expect(statuses(replies)).toEqual(Array(50).fill(200));
    const successors = new Set(replies.map(({ headers }) => refreshCookie(headers.getSetCookie())));
    expect(successors.size).toBe(1);
    expect(await liveRefreshTokens(email)).toBe(1);
    const [successor = ''] = successors;
    const browser = cookies.find((cookie) => cookie.startsWith('__Host-portal-browser')) ?? '';
    expect((await refresh(`${successor}; ${browser}`)).status).toBe(200);
  });

  it('R20: 50 parallel refreshes of one token leave at most one live successor', async () => {
    const { email } = await server.portal.person('patient', `refresh${++count}`);
    const { refreshToken } = (await logIn(server.portal, email)).body;
    const replies = await atOnce(50, () =>
      server.portal.request('POST', '/api/v1/auth/refresh-token', { body: { refreshToken } }),
    );
    const rotated = replies.filter(({ status }) => status === 200);
    expect(rotated.length).toBeLessThanOrEqual(1);
    expect(replies.every(({ status }) => status === 200 || status === 401)).toBe(true);
    expect(await liveRefreshTokens(email)).toBeLessThanOrEqual(1);
  });

  it('R6: parallel failures are counted one by one', async () => {
    const limited = await startPortal({ driver: server.driver, environment: { RATE_LIMIT_FACTOR: '1' } });
    const { email } = await limited.person('patient', 'counted');
    await atOnce(8, (i) =>
      limited.request('POST', '/api/v1/auth/login', {
        body: { email, password: 'not the password at all' },
        from: `198.51.100.${i}`,
      }),
    );
    const [row] = await server.rows(
      sql`SELECT failed_login_attempts FROM users WHERE id = ${await limited.idOf(email)}::uuid`,
    );
    expect(row?.failed_login_attempts).toBe(5);
  });

  it(`preferences set at the same time are all kept, and a closed account accepts none, ${ROUNDS} times in a row`, async () => {
    const changes = [
      { theme: 'dark' },
      { dateFormat: 'day_month_year' },
      { timeFormat: '12h' },
      { highContrast: true },
      { reducedMotion: true },
    ];
    for (let round = 0; round < ROUNDS; round++) {
      const { id, email } = await server.portal.person('patient', `tastes${round}`);
      const token = await server.portal.signIn(email);
      const path = `/api/v1/users/${id}/preferences`;
      const put = (body: unknown) => server.portal.request('PUT', path, { token, body });
      const replies = await Promise.all(changes.map(put));
      expect(statuses(replies)).toEqual([200, 200, 200, 200, 200]);
      expect((await server.portal.request('GET', path, { token })).body).toEqual(Object.assign({}, ...changes));

      const [closed, late] = await Promise.all([
        server.portal.request('DELETE', `/api/v1/users/${id}`, { token }),
        put({ theme: 'light' }),
      ]);
      expect(closed.status).toBe(204);
      expect([200, 401, 404]).toContain(late.status);
      const [stored] = await server.rows(sql`SELECT preferences FROM users WHERE id = ${id}::uuid`);
      expect(stored?.preferences).toEqual({});
    }
  });
});
