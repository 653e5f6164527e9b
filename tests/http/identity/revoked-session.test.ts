/** A session that was revoked on another instance cannot create long-lived credentials while it is still cached on this one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateIndexKey } from '../../../adapters/crypto/blind-index.ts';
import { generateFieldKey } from '../../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../../adapters/crypto/token-keys.ts';
import type { SqlDriver } from '../../../adapters/postgres/driver/driver.ts';
import { raw, sql } from '../../../adapters/postgres/driver/sql.ts';
import { PASSWORD, type Portal, type Reply, startPortal } from '../../support/portal.ts';
import { browserBody } from '../../support/push-devices.ts';
import { testDatabase } from '../../support/test-database.ts';
import { uploadText } from '../../support/upload.ts';
import { codeOf, enrol, logIn, signInFully } from './support.ts';

let driver: SqlDriver;
/** Two instances over one database, each with a cache of its own. */
let here: Portal;
let elsewhere: Portal;
let count = 0;
let doctorId: string;
beforeAll(async () => {
  ({ driver } = await testDatabase());
  const environment = {
    TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
    FIELD_KEYS: JSON.stringify([generateFieldKey('test')]),
    INDEX_KEY: generateIndexKey(),
  };
  here = await startPortal({ driver, environment });
  elsewhere = await startPortal({ driver, environment });
  doctorId = (await here.person('doctor', 'receiver')).id;
});
afterAll(() => driver.close());

interface Holder {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly sessionId: string;
  readonly secret: string | null;
  /** Of an authenticator that is set up and not enabled. */
  readonly pending: string | null;
}
type Role = 'patient' | 'doctor' | 'admin';
type Attempt = (who: Holder) => Promise<Reply>;

const call = (method: string, path: string, token: string, body?: unknown) =>
  here.request(method, `/api/v1${path}`, { token, body });
/** A file of each holder. */
const files = new Map<string, string>();
const code = ({ secret }: Holder) => codeOf(secret ?? '', here.clock.now());

/** What is created, by whom, the table that would show it, and how. */
const ATTEMPTS: Readonly<Record<string, readonly [role: Role, start: 'plain' | 'setup' | 'factor', Attempt]>> = {
  'an API key': ['patient', 'plain', (who) => call('POST', '/api-keys', who.token, KEY)],
  'a calendar feed': ['patient', 'plain', (who) => call('POST', '/calendar/feeds', who.token)],
  'a device for push messages': [
    'patient',
    'plain',
    (who) => call('POST', '/notifications/push-subscriptions', who.token, browserBody(who.id)),
  ],
  'a link to a file': [
    'patient',
    'plain',
    async (who) => call('POST', `/files/${files.get(who.id)}/download-link`, who.token),
  ],
  'a share of a file': [
    'patient',
    'plain',
    (who) => call('POST', `/files/${files.get(who.id)}/share`, who.token, { userId: doctorId }),
  ],
  'a copy of the data': ['patient', 'plain', (who) => call('POST', '/privacy/exports', who.token)],
  'a change of address': [
    'patient',
    'plain',
    (who) => call('POST', `/users/${who.id}/email`, who.token, { email: `to-${who.email}` }),
  ],
  'a new password': [
    'patient',
    'plain',
    (who) =>
      call('POST', '/auth/change-password', who.token, {
        currentPassword: PASSWORD,
        newPassword: 'nine herons over 44',
      }),
  ],
  'the setup of an authenticator': ['patient', 'plain', (who) => call('POST', '/mfa/setup', who.token)],
  'an authenticator': [
    'patient',
    'setup',
    (who) => call('POST', '/mfa/enable', who.token, { token: codeOf(who.pending ?? '', here.clock.now()) }),
  ],
  'backup codes': [
    'patient',
    'factor',
    (who) => call('POST', '/mfa/backup-codes/regenerate', who.token, { token: code(who) }),
  ],
  'a phone': ['patient', 'factor', (who) => call('POST', '/mfa/phone', who.token, { phoneNumber: '+4930901820' })],
  'an account without factors': [
    'patient',
    'factor',
    (who) => call('POST', '/mfa/disable', who.token, { password: PASSWORD, token: code(who) }),
  ],
  'another account': [
    'admin',
    'plain',
    (who) =>
      call('POST', '/users', who.token, {
        email: `second-${who.email}`,
        role: 'admin',
        firstName: 'Eve',
        lastName: 'Second',
      }),
  ],
};
const KEY = { name: 'sync', scopes: ['read:own_profile'] };

async function holder(role: Role, start: 'plain' | 'setup' | 'factor'): Promise<Holder> {
  const { id, email } = await here.person(role, `${role}${++count}`);
  const who = start === 'factor' ? await enrol(here, email) : null;
  const { accessToken: token, sessionId } = (who === null ? await logIn(here, email) : await signInFully(here, who))
    .body;
  if (role === 'patient') {
    files.set(id, await uploadText(here, token));
    await here.platform.jobs.runDue();
  }
  elsewhere.clock.advance((here.clock.now() - elsewhere.clock.now()) / 1000);
  const pending = start === 'setup' ? (await call('POST', '/mfa/setup', token)).body.secret : null;
  // The session is in the cache from here on.
  expect((await call('GET', '/users/me', token)).status).toBe(200);
  return { id, email, token, sessionId, secret: who?.secret ?? null, pending };
}

/** All rows except counters and audit records of the attempt. */
async function stored(): Promise<string> {
  const tables = ['api_keys', 'calendar_feeds', 'data_exports', 'email_changes', 'mfa_enrolments', 'mfa_backup_codes'];
  const more = [
    'push_subscriptions',
    'download_links',
    'file_shares',
    'one_time_tokens',
    'notifications',
    'idempotency_keys',
    'users',
    'trusted_devices',
    'sessions',
  ];
  const counts = [...tables, ...more].map((name) => `(SELECT jsonb_agg(t ORDER BY t::text) FROM ${name} t) AS ${name}`);
  const statement = raw(`SELECT to_jsonb(s) AS everything FROM (SELECT ${counts.join(', ')}) s`);
  const [rows] = await driver.run([statement], 'snapshot');
  return JSON.stringify(rows?.[0]?.everything);
}

describe('R21, R64 a session that was revoked elsewhere a moment ago', () => {
  test.each(Object.keys(ATTEMPTS))('R64 does not make %s', async (what) => {
    const [role, start, attempt] = ATTEMPTS[what] as (typeof ATTEMPTS)[string];
    const who = await holder(role, start);
    const revoked = await elsewhere.request('DELETE', `/api/v1/auth/sessions/${who.sessionId}`, { token: who.token });
    expect(revoked.status).toBe(204);
    const before = await stored();
    const refused = await attempt(who);
    expect([refused.status, refused.body.code]).toEqual([401, 'unauthenticated']);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect(await stored()).toBe(before);
    // After the cache has expired it is refused, also for reading.
    expect((await call('GET', '/users/me', who.token)).status).toBe(401);
  });

  test.each(Object.keys(ATTEMPTS))('a live one makes %s', async (what) => {
    const [role, start, attempt] = ATTEMPTS[what] as (typeof ATTEMPTS)[string];
    const made = await attempt(await holder(role, start));
    expect([what, made.status < 300]).toEqual([what, true]);
  });

  test('R64 a program whose key was revoked elsewhere makes no feed', async () => {
    const who = await holder('patient', 'plain');
    const scopes = ['read:own_profile', 'manage:own_calendar_feeds'];
    const { key, id } = (await call('POST', '/api-keys', who.token, { name: 'sync', scopes })).body;
    const asKey = (method: string, path: string) =>
      here.request(method, `/api/v1${path}`, { headers: { 'X-API-Key': key } });
    expect((await asKey('GET', '/users/me')).status).toBe(200);
    expect((await elsewhere.request('DELETE', `/api/v1/api-keys/${id}`, { token: who.token })).status).toBe(204);
    const before = await stored();
    expect((await asKey('POST', '/calendar/feeds')).status).toBe(401);
    expect(await stored()).toBe(before);
  });

  test('R46 the refusal is recorded for the owner', async () => {
    const who = await holder('patient', 'plain');
    await elsewhere.request('DELETE', `/api/v1/auth/sessions/${who.sessionId}`, { token: who.token });
    await call('POST', '/api-keys', who.token, KEY);
    const [rows] = await driver.run(
      [
        sql`SELECT error, details->>'route' AS route FROM audit_events WHERE stream = ${who.id} AND event_type = 'access.denied'`,
      ],
      'snapshot',
    );
    expect(rows).toEqual([{ error: 'unauthenticated', route: '/api/v1/api-keys' }]);
  });
});
