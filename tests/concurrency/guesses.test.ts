import { expect, it } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { challenge, codeOf, type Enrolled, enrol, signInFully, verify, wrongCode } from '../http/identity/support.ts';
import { PASSWORD, type Reply, startPortal } from '../support/portal.ts';
import { answers, atOnce, onServer } from './on-server.ts';

const AT_ONCE = 100;
const ROUNDS = 6;
/** Limits per challenge, and per account in 15 minutes (R15). */
const CHALLENGE_CAP = 5;
const ACCOUNT_CAP = 10;

onServer(`R6, R15: ${AT_ONCE} guesses at once`, {}, (server) => {
  let count = 0;

  const newcomer = async () => (await server.portal.person('patient', `guessed${++count}`)).email;
  const enrolled = async () => enrol(server.portal, await newcomer());
  const burst = (guess: (i: number) => Promise<Reply>) => atOnce(AT_ONCE, guess);
  const post = (path: string, token: string, body: object) =>
    server.portal.request('POST', `/api/v1${path}`, { token, body });
  const looked = (replies: readonly Reply[]) => replies.filter(({ body }) => body.code === 'mfa_code_invalid').length;

  async function counted(who: Enrolled): Promise<{ failures: unknown; paused: unknown }> {
    const [row] =
      await server.rows(sql`SELECT jsonb_array_length(a.failures) AS failures, a.paused_until IS NOT NULL AS paused
            FROM mfa_attempts a JOIN users u ON u.id = a.user_id WHERE u.id = ${await server.portal.idOf(who.email)}::uuid`);
    return { failures: row?.failures, paused: row?.paused };
  }

  it(`at one challenge: five are checked, the rest find it closed or are refused at once, ${ROUNDS} times in a row`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const who = await enrolled();
      const mfaToken = await challenge(server.portal, who.email);
      const token = wrongCode(who.secret, server.portal.clock.now());
      const replies = await burst(() => verify(server.portal, { mfaToken, token }));
      expect([round, ...answers(replies)]).toEqual([
        round,
        '401 mfa_code_invalid',
        '401 mfa_token_invalid',
        '429 mfa_attempts_exhausted',
      ]);
      expect(looked(replies)).toBe(CHALLENGE_CAP);
      expect(await counted(who)).toEqual({ failures: CHALLENGE_CAP, paused: false });
    }
  }, 120_000);

  it(`over many challenges: ten are checked, the rest are told to wait, ${ROUNDS} times in a row`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const who = await enrolled();
      const mfaTokens: string[] = [];
      for (let i = 0; i < 25; i++) mfaTokens.push(await challenge(server.portal, who.email));
      const token = wrongCode(who.secret, server.portal.clock.now());
      const replies = await burst((i) => verify(server.portal, { mfaToken: mfaTokens[i % 25], token }));
      expect([round, ...answers(replies)]).toEqual([round, '401 mfa_code_invalid', '429 mfa_attempts_exhausted']);
      expect(looked(replies)).toBe(ACCOUNT_CAP);
      expect(await counted(who)).toEqual({ failures: 0, paused: true });
      const late = await verify(server.portal, {
        mfaToken: await challenge(server.portal, who.email),
        token: codeOf(who.secret, server.portal.clock.now()),
      });
      expect(late.status).toBe(429);
    }
  }, 120_000);

  it.each<[string, (who: Enrolled, token: string, wrong: string) => Promise<Reply>]>([
    ['stepping up', (_, token, wrong) => post('/auth/step-up', token, { token: wrong })],
    [
      'switching the second factor off',
      (_, token, wrong) => post('/mfa/disable', token, { password: PASSWORD, token: wrong }),
    ],
    ['new backup codes', (_, token, wrong) => post('/mfa/backup-codes/regenerate', token, { token: wrong })],
  ])(
    'at %s: ten are checked, the rest are told to wait',
    async (_, guess) => {
      for (let round = 0; round < ROUNDS; round++) {
        const who = await enrolled();
        const token = (await signInFully(server.portal, who)).body.accessToken as string;
        const wrong = wrongCode(who.secret, server.portal.clock.now());
        const replies = await burst(() => guess(who, token, wrong));
        expect([round, ...answers(replies)]).toEqual([round, '401 mfa_code_invalid', '429 mfa_attempts_exhausted']);
        expect(looked(replies)).toBe(ACCOUNT_CAP);
      }
    },
    120_000,
  );

  it('at enrolling an app: ten are checked, the rest are told to wait', async () => {
    const token = await server.portal.signIn(await newcomer());
    const setup = await post('/mfa/setup', token, {});
    const wrong = wrongCode(setup.body.secret as string, server.portal.clock.now());
    const replies = await burst(() => post('/mfa/enable', token, { token: wrong }));
    expect(answers(replies)).toEqual(['401 mfa_code_invalid', '429 mfa_attempts_exhausted']);
    expect(looked(replies)).toBe(ACCOUNT_CAP);
  });

  it('at backup codes, with right ones among them: each right one signs in once, or is told to wait', async () => {
    const who = await enrolled();
    const mfaTokens: string[] = [];
    for (let i = 0; i < AT_ONCE; i++) mfaTokens.push(await challenge(server.portal, who.email));
    const replies = await burst((i) =>
      verify(server.portal, {
        mfaToken: mfaTokens[i],
        backupCode: i % 4 === 0 ? who.backupCodes[(i / 4) % 8] : 'aaaa-bbbb-cccc-dddd',
      }),
    );
    expect([...new Set(replies.map(({ status }) => status))].sort()).toEqual([200, 401, 429]);
    expect(looked(replies)).toBe(ACCOUNT_CAP);
    expect(replies.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(8);
  });

  it.each<[string, (email: string, token: string) => Promise<Reply>]>([
    [
      'signing in',
      (email) => server.portal.request('POST', '/api/v1/auth/login', { body: { email, password: 'wrong, all of it' } }),
    ],
    ['stepping up', (_, token) => post('/auth/step-up', token, { password: 'wrong, all of it' })],
    [
      'changing the password',
      (_, token) =>
        post('/auth/change-password', token, {
          currentPassword: 'wrong, all of it',
          newPassword: 'nine herons 44 over it',
        }),
    ],
  ])(
    'at the password, %s: every one is refused as wrong',
    async (_, guess) => {
      const email = await newcomer();
      const token = await server.portal.signIn(email);
      const replies = await burst(() => guess(email, token));
      expect(answers(replies)).toEqual(['401 invalid_credentials']);
    },
    60_000,
  );

  it('at the password, with the limits of production: no more than five are checked', async () => {
    const limited = await startPortal({ driver: server.driver, environment: { RATE_LIMIT_FACTOR: '1' } });
    const { email } = await limited.person('patient', 'guessed-limited');
    const replies = await burst((i) =>
      limited.request('POST', '/api/v1/auth/login', {
        body: { email, password: 'wrong, all of it' },
        from: `198.51.100.${i}`,
      }),
    );
    expect(answers(replies)).toEqual(['401 invalid_credentials', '429 sign_in_paused']);
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(5);
  });
});
