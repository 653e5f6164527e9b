import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { challenge, codeOf, enrol, logIn, mailTo, verify } from '../http/identity/support.ts';
import { PASSWORD, type Portal, startPortal } from '../support/portal.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';

const ROUNDS = 10;
const NEW_PASSWORD = 'nine herons over the weir 4';

describe.skipIf(databaseUrl === undefined)(`a reset while somebody signs in, on a real server${needsPostgres}`, () => {
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

  async function resetTokenOf(email: string): Promise<string> {
    await portal.request('POST', '/api/v1/auth/forgot-password', { body: { email } });
    return (await mailTo(portal, email, 'password-reset')).codes[0] as string;
  }
  const reset = (token: string) =>
    portal.request('POST', '/api/v1/auth/reset-password', { body: { token, newPassword: NEW_PASSWORD } });

  /** Runs `during` after the next password was verified and before the result is committed. */
  async function whileVerifying<T>(verifying: () => Promise<T>, during: () => Promise<unknown>): Promise<T> {
    const { passwords } = portal.deps;
    let first = true;
    Object.assign(portal.deps, {
      passwords: {
        hash: passwords.hash,
        verify: async (password: string, phc: string | undefined) => {
          const verdict = await passwords.verify(password, phc);
          if (!first) return verdict;
          first = false;
          await during();
          // The stored parameters seem outdated, so that the sign-in wants to rehash the old password.
          return { ...verdict, outdated: true };
        },
      },
    });
    try {
      return await verifying();
    } finally {
      Object.assign(portal.deps, { passwords });
    }
  }

  it('R7: a sign-in with the old password does not survive it, nor restore the password', async () => {
    const { email } = await portal.person('patient', 'overtaken');
    const token = await resetTokenOf(email);
    const login = await whileVerifying(
      () => logIn(portal, email),
      async () => expect((await reset(token)).status).toBe(204),
    );
    expect([login.status, login.body.code]).toEqual([401, 'invalid_credentials']);
    expect((await logIn(portal, email)).status).toBe(401);
    expect((await logIn(portal, email, { password: NEW_PASSWORD })).status).toBe(200);
  });

  it('R7: a sign-in with the old password gets no MFA challenge either', async () => {
    const { email } = await enrol(portal, (await portal.person('patient', 'overtaken-mfa')).email);
    const token = await resetTokenOf(email);
    const login = await whileVerifying(
      () => logIn(portal, email),
      async () => expect((await reset(token)).status).toBe(204),
    );
    expect([login.status, login.body.code]).toEqual([401, 'invalid_credentials']);
  });

  it('R7: an open MFA challenge is closed', async () => {
    const who = await enrol(portal, (await portal.person('patient', 'challenged')).email);
    const mfaToken = await challenge(portal, who.email);
    expect((await reset(await resetTokenOf(who.email))).status).toBe(204);
    const reply = await verify(portal, { mfaToken, token: codeOf(who.secret, portal.clock.now()) });
    expect([reply.status, reply.body.code]).toEqual([401, 'mfa_token_invalid']);
  });

  it('R9: a change with the old password does not undo it', async () => {
    const { email } = await portal.person('patient', 'changing');
    const session = await portal.signIn(email);
    const token = await resetTokenOf(email);
    const changed = await whileVerifying(
      () =>
        portal.request('POST', '/api/v1/auth/change-password', {
          token: session,
          body: { currentPassword: PASSWORD, newPassword: 'what the intruder would like 7' },
        }),
      async () => expect((await reset(token)).status).toBe(204),
    );
    expect(changed.status).toBe(401);
    expect((await logIn(portal, email, { password: NEW_PASSWORD })).status).toBe(200);
  });

  it(`R21: no session opened with the old password outlives it, ${ROUNDS} times with eight at once`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { email } = await portal.person('patient', `crowd${round}`);
      const token = await resetTokenOf(email);
      const [done, ...logins] = await Promise.all([
        reset(token),
        ...Array.from({ length: 8 }, () => logIn(portal, email)),
      ]);
      expect(done.status).toBe(204);
      expect(logins.every(({ status }) => status === 200 || status === 401)).toBe(true);
      for (const { body } of logins.filter(({ status }) => status === 200)) {
        const me = await portal.request('GET', '/api/v1/users/me', { token: body.accessToken });
        expect([round, me.status]).toEqual([round, 401]);
      }
    }
  }, 60_000);
});
