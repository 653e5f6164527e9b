/** R15, R65: a burst of guesses at one account whose rows cannot be had for a while. */
import { expect, it } from 'vitest';
import { TRIES_BEFORE_REFUSAL } from '../../domain/mfa/second-factor.ts';
import { BLOCKED_SIGN_INS_RECORDED } from '../../src/app/identity/denials.ts';
import { LIMITS } from '../../src/app/limits.ts';
import { challenge, enrol, verify, wrongCode } from '../http/identity/support.ts';
import { PASSWORD, type Reply } from '../support/portal.ts';
import { answers, onServer } from './on-server.ts';

const AT_ONCE = 100;
const CHALLENGES = 25;
/** Of one account in 15 minutes (R15). */
const ACCOUNT_CAP = 10;

onServer(`${AT_ONCE} guesses while nothing can be written`, { environment: { RATE_LIMIT_FACTOR: '1' } }, (server) => {
  /** Holds every batch that writes back, as a locked row does, for as long as the test likes. */
  function holdWrites(): () => void {
    const { driver } = server;
    const { run } = driver;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.driver.run = async (statements, mode, bounds) => {
      if (mode === 'write') await released;
      return run(statements, mode, bounds);
    };
    return () => {
      server.driver.run = run;
      release();
    };
  }

  /** Sends all at once, and waits for as many answers as may come while the lock is held. */
  function burst(guess: (i: number) => Promise<Reply>, early: number) {
    const answered: Reply[] = [];
    let enough = () => {};
    const came = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const all = Promise.all(
      Array.from({ length: AT_ONCE }, async (_, i) => {
        const reply = await guess(i);
        answered.push(reply);
        if (answered.length === early) enough();
        return reply;
      }),
    );
    return { all, early: came.then(() => answered.slice(0, early)) };
  }

  it('R15: codes beyond those that may be looked at are refused without waiting, and the cap holds', async () => {
    const who = await enrol(server.portal, (await server.portal.person('patient', 'slow-codes')).email);
    const mfaTokens: string[] = [];
    const again = (email: string) => server.portal.deps.limiter.reset(LIMITS.login_account, email);
    for (let i = 0; i < CHALLENGES; i++) {
      await again(who.email);
      mfaTokens.push(await challenge(server.portal, who.email));
    }
    const token = wrongCode(who.secret, server.portal.clock.now());
    const release = holdWrites();
    const guess = (i: number) =>
      server.portal.request('POST', '/api/v1/mfa/verify', {
        body: { mfaToken: mfaTokens[i % CHALLENGES], token },
        from: `198.51.100.${i}`,
      });
    const { all, early } = burst(guess, AT_ONCE - 1 - TRIES_BEFORE_REFUSAL);
    expect(answers(await early)).toEqual(['429 mfa_attempts_exhausted']);
    release();
    const replies = await all;
    expect(answers(replies)).toEqual(['401 mfa_code_invalid', '429 mfa_attempts_exhausted']);
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(ACCOUNT_CAP);
    expect((await verify(server.portal, { mfaToken: mfaTokens[0], token })).status).toBe(429);
  }, 120_000);

  it('R65: sign-ins beyond the limit are refused without waiting, and a known browser gets in', async () => {
    const { email } = await server.portal.person('patient', 'slow-passwords');
    const logIn = (password: string, from: string, headers = {}) =>
      server.portal.request('POST', '/api/v1/auth/login', { body: { email, password }, from, headers });
    const known = (await logIn(PASSWORD, '203.0.113.1')).headers
      .getSetCookie()
      .find((cookie) => cookie.startsWith('__Host-portal-known='));
    const release = holdWrites();
    const guess = (i: number) => logIn('wrong, all of it', `198.51.100.${i}`, { 'User-Agent': `stranger ${i}` });
    const looked = LIMITS.login_account.limit;
    const { all, early } = burst(guess, AT_ONCE - looked - BLOCKED_SIGN_INS_RECORDED.limit);
    expect(answers(await early)).toEqual(['429 sign_in_paused']);
    const owner = logIn(PASSWORD, '203.0.113.99', { Cookie: known?.split(';')[0] ?? '' });
    release();
    const replies = await all;
    expect(answers(replies)).toEqual(['401 invalid_credentials', '429 sign_in_paused']);
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(looked);
    expect((await owner).status).toBe(200);
  }, 120_000);
});
