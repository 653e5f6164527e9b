import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { challenge, codeOf, enrol, logIn, mailTo, signInFully, verify, wrongCode } from './support.ts';

const TABLES = [
  sql`SELECT to_jsonb(t)::text AS row FROM audit_events t`,
  sql`SELECT to_jsonb(t)::text AS row FROM users t`,
  sql`SELECT to_jsonb(t)::text AS row FROM sessions t`,
  sql`SELECT to_jsonb(t)::text AS row FROM refresh_tokens t`,
  sql`SELECT to_jsonb(t)::text AS row FROM one_time_tokens t`,
  sql`SELECT to_jsonb(t)::text AS row FROM mfa_enrolments t`,
  sql`SELECT to_jsonb(t)::text AS row FROM mfa_backup_codes t`,
  sql`SELECT to_jsonb(t)::text AS row FROM mfa_challenges t`,
  sql`SELECT to_jsonb(t)::text AS row FROM trusted_devices t`,
  sql`SELECT to_jsonb(t)::text AS row FROM api_keys t`,
  sql`SELECT to_jsonb(t)::text AS row FROM notifications t`,
  sql`SELECT to_jsonb(t)::text AS row FROM outbox t`,
];

let portal: Portal;
const logged: string[] = [];
beforeAll(async () => {
  for (const method of ['log', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation(
      (...parts: unknown[]) => void logged.push(parts.map(String).join(' ')),
    );
  }
  portal = await startPortal();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await portal.close();
});

/** Uses every kind of secret once. @returns each by its name */
async function useSecrets(): Promise<Record<string, string>> {
  const { email } = await portal.person('patient', 'secretive');
  const who = await enrol(portal, email);
  const wrong = wrongCode(who.secret, portal.clock.now());
  const mfaToken = await challenge(portal, email);
  await verify(portal, { mfaToken, token: wrong });
  const session = (await signInFully(portal, who, { trustDevice: true })).body;
  await verify(portal, { mfaToken: await challenge(portal, email), backupCode: who.backupCodes[0] });
  await logIn(portal, email, { password: 'a planted wrong password' });
  const key = await portal.request('POST', '/api/v1/api-keys', {
    token: session.accessToken,
    body: { name: 'k', scopes: ['read:own_profile'] },
  });
  expect(key.status).toBe(201);
  await portal.request('POST', '/api/v1/auth/forgot-password', { body: { email } });
  const [reset = ''] = (await mailTo(portal, email, 'password-reset')).codes;
  await portal.request('POST', '/api/v1/auth/reset-password', {
    body: { token: reset, newPassword: 'a planted new password' },
  });
  await portal.request('POST', '/api/v1/auth/refresh-token', { body: { refreshToken: session.refreshToken } });

  return {
    password: PASSWORD,
    'wrong password': 'a planted wrong password',
    'new password': 'a planted new password',
    'TOTP secret': who.secret,
    'backup code': who.backupCodes[0] ?? '',
    'MFA token': mfaToken,
    'access token': session.accessToken,
    'refresh token': session.refreshToken,
    'device token': session.trustedDeviceToken,
    'API key': key.body.key,
    'reset token': reset,
  };
}

it('R46: passwords, tokens, codes and secrets appear unencrypted in no log, no event and nowhere in the database', async () => {
  const secrets = await useSecrets();
  const stored = (await portal.driver.run(TABLES, 'snapshot')).flat().map(({ row }) => row as string);
  expect(stored.length).toBeGreaterThan(20);
  const everything = [...stored, ...logged].join('\n');
  for (const [name, secret] of Object.entries(secrets)) {
    expect(secret.length, name).toBeGreaterThan(10);
    const forms = [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64')];
    expect([name, forms.some((form) => everything.includes(form))]).toEqual([name, false]);
  }
});

it('R46: what happened is recorded in order, with its outcome', async () => {
  const { id, email } = await portal.person('patient', 'recorded');
  const who = await enrol(portal, email);
  await logIn(portal, email, { password: 'not the password at all' });
  await verify(portal, { mfaToken: await challenge(portal, email), token: wrongCode(who.secret, portal.clock.now()) });
  await verify(portal, { mfaToken: await challenge(portal, email), token: codeOf(who.secret, portal.clock.now()) });
  const [events = []] = await portal.driver.run(
    [sql`SELECT event_type, outcome FROM audit_events WHERE stream = ${id} ORDER BY sequence`],
    'snapshot',
  );
  expect(events.map(({ event_type, outcome }) => `${event_type} ${outcome}`)).toEqual([
    'user.created success',
    'login.succeeded success',
    'mfa.setup_started success',
    'mfa.enabled success',
    'login.failed failure',
    'mfa.challenge_issued success',
    'mfa.challenge_failed failure',
    'mfa.challenge_issued success',
    'mfa.challenge_passed success',
    'login.succeeded success',
  ]);
});
