/** How many sign-ins one client address may attempt: many with right passwords, few guesses (R6, R15, R33). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/app/limits.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { codeOf, type Enrolled, enrol, logIn, verify } from './support.ts';

const CLINIC = '203.0.113.50';
const GUESSES = LIMITS.login_address.limit;

let portal: Portal;
beforeEach(async () => {
  portal = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
});
afterEach(() => portal.close());

let guessed = 0;
/** One attempt for each account, so that no limit of an account applies. */
const guess = () => logIn(portal, `guessed${++guessed}@example.org`, { password: 'not the password at all' }, CLINIC);

describe('a clinic behind one address', () => {
  it('signs in as often as it likes, with and without a second factor', async () => {
    const plain = await portal.person('patient', 'plain');
    const enrolled = await enrol(portal, (await portal.person('staff', 'enrolled')).email);
    for (let n = 0; n < GUESSES + 10; n++) {
      portal.clock.advance(2);
      expect([n, (await logIn(portal, plain.email, {}, CLINIC)).status]).toEqual([n, 200]);
      if (n < 9) expect((await logIn(portal, enrolled.email, {}, CLINIC)).body.mfaRequired).toBe(true);
    }
    // Sign-ins with the right password do not count.
    for (let n = 0; n < GUESSES; n++) expect([n, (await guess()).status]).toEqual([n, 401]);
    expect((await guess()).status).toBe(429);
  });

  it('gives its codes as often as it likes', async () => {
    const staff: Enrolled[] = [];
    for (const name of ['ann', 'bob', 'cem'])
      staff.push(await enrol(portal, (await portal.person('staff', name)).email));
    const statuses: number[] = [];
    for (let step = 0; step < 22; step++) {
      for (const { email, secret } of staff) {
        const { mfaToken } = (await logIn(portal, email, {}, CLINIC)).body;
        statuses.push((await verify(portal, { mfaToken, token: codeOf(secret, portal.clock.now()) })).status);
      }
      portal.clock.advance(30);
    }
    expect(statuses.length).toBeGreaterThan(LIMITS.mfa_address.limit);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

describe('a guesser with an account', () => {
  it('wins no guess by signing in to it in between, and has to wait with it at the end', async () => {
    const { email } = await portal.person('patient', 'mallory');
    let looked = 0;
    for (let n = 0; n < 2 * GUESSES; n++) {
      portal.clock.advance(1);
      await logIn(portal, email, { password: PASSWORD }, CLINIC);
      if ((await guess()).status === 401) looked += 1;
    }
    expect(looked).toBe(GUESSES);
    expect((await logIn(portal, email, {}, CLINIC)).status).toBe(429);
  });

  it('wins none by doing both at once either', async () => {
    const { email } = await portal.person('patient', 'mallory');
    const replies = await Promise.all(
      Array.from({ length: 200 }, async (_, n) =>
        n % 2 === 0 ? (await guess()).status : -(await logIn(portal, email, {}, CLINIC)).status,
      ),
    );
    let looked = replies.filter((status) => status === 401).length;
    for (let n = 0; n < GUESSES; n++) if ((await guess()).status === 401) looked += 1;
    // The owner's sign-ins that the limit of the account refused count as guesses.
    expect(looked).toBeLessThanOrEqual(GUESSES);
    expect((await guess()).status).toBe(429);
  });
});
