import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateIndexKey } from '../../../adapters/crypto/blind-index.ts';
import { generateCheckpointSeed } from '../../../adapters/crypto/checkpoint-signer.ts';
import { generateFieldKey } from '../../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../../adapters/crypto/token-keys.ts';
import type { SqlDriver } from '../../../adapters/postgres/driver/driver.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { promoteKey, publishKey } from '../../../src/compose/key-rotation.ts';
import { PASSWORD, type Portal, type Reply, startPortal } from '../../support/portal.ts';
import { testDatabase } from '../../support/test-database.ts';
import { codeOf, enrol } from './support.ts';

const OWN_PAGE = { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://portal.example' };
const RING = JSON.stringify([generateFieldKey('1')]);

let portal: Portal;
let driver: SqlDriver;
let loseNextAnswer = false;
let count = 0;

beforeAll(async () => {
  const { driver: inner } = await testDatabase();
  driver = {
    ...inner,
    async run(statements, mode) {
      const done = await inner.run(statements, mode);
      const isRotation = statements.some(({ text }) => text.includes('successor_hash ='));
      if (!loseNextAnswer || !isRotation) return done;
      loseNextAnswer = false;
      throw new Unavailable('database');
    },
  };
  portal = await startPortal({ driver, environment: { FIELD_KEYS: RING } });
});
afterAll(() => driver.close());

/** The cookies of a browser, by name. */
type Jar = Readonly<Record<string, string>>;

function kept(reply: Reply, before: Jar = {}): Jar {
  const set = reply.headers.getSetCookie().map((cookie) => cookie.split(';')[0]?.split('=') ?? []);
  return { ...before, ...Object.fromEntries(set.map(([name = '', value = '']) => [name, value])) };
}

const header = (jar: Jar) =>
  Object.entries(jar)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
const without = (jar: Jar, name: string): Jar =>
  Object.fromEntries(Object.entries(jar).filter(([each]) => each !== `__Host-portal-${name}`));

const post = (path: string, jar: Jar, body?: unknown, at = portal) =>
  at.request('POST', `/api/v1${path}`, { body, headers: { ...OWN_PAGE, Cookie: header(jar) } });
const me = (jar: Jar, at = portal) => at.request('GET', '/api/v1/users/me', { headers: { Cookie: header(jar) } });
const refresh = (jar: Jar, at = portal) => post('/auth/refresh-token', jar, undefined, at);

async function newcomer(): Promise<string> {
  return (await portal.person('patient', `cookie${++count}`)).email;
}
async function logIn(email: string, more: Record<string, unknown> = {}): Promise<Reply> {
  return post('/auth/login', {}, { email, password: PASSWORD, transport: 'cookie', ...more });
}
const signedIn = async () => kept(await logIn(await newcomer()));

describe('the refresh leeway (R20)', () => {
  it('R20: two tabs with one cookie both get the tokens of the rotation, and the session continues', async () => {
    const jar = await signedIn();
    const replies = await Promise.all([refresh(jar), refresh(jar), refresh(jar)]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    const tokens = new Set(replies.map((reply) => kept(reply)['__Host-portal-refresh']));
    expect(tokens.size).toBe(1);
    portal.clock.advance(15);
    const late = await refresh(jar);
    expect(late.status).toBe(200);
    const next = kept(late, jar);
    expect(tokens).toContain(next['__Host-portal-refresh']);
    expect((await me(next)).status).toBe(200);
    expect((await refresh(next)).status).toBe(200);
  });

  it('R20: an answer that was lost after the commit is repeated', async () => {
    const jar = await signedIn();
    loseNextAnswer = true;
    expect((await refresh(jar)).status).toBe(503);
    const again = await refresh(jar);
    expect(again.status).toBe(200);
    expect((await refresh(kept(again, jar))).status).toBe(200);
  });

  it('R20: it also applies after a rotation of the ring', async () => {
    const jar = await signedIn();
    const rotated = kept(await refresh(jar), jar);
    const ring = promoteKey('FIELD_KEYS', await publishKey('FIELD_KEYS', RING));
    const after = await startPortal({ driver, now: portal.clock.now(), environment: { FIELD_KEYS: ring } });
    const again = await refresh(jar, after);
    expect(again.status).toBe(200);
    expect(kept(again)['__Host-portal-refresh']).toBe(rotated['__Host-portal-refresh']);
  });

  it('R20: after 15 seconds a second use ends the session', async () => {
    const jar = await signedIn();
    const next = kept(await refresh(jar), jar);
    portal.clock.advance(16);
    expect((await refresh(jar)).body.code).toBe('refresh_token_invalid');
    expect((await refresh(next)).status).toBe(401);
    portal.clock.advance(5);
    expect((await me(next)).status).toBe(401);
  });

  it.each([
    ['without the browser’s own cookie', (jar: Jar) => without(jar, 'browser')],
    ['with that of another browser', (jar: Jar) => ({ ...jar, '__Host-portal-browser': 'x'.repeat(43) })],
  ])('R20: %s the family dies at once', async (_how, steal) => {
    const jar = await signedIn();
    const next = kept(await refresh(jar), jar);
    expect((await refresh(steal(jar))).status).toBe(401);
    expect((await refresh(next)).status).toBe(401);
  });

  it('R20: a token whose successor was used has no leeway', async () => {
    const first = await signedIn();
    const second = kept(await refresh(first), first);
    const third = kept(await refresh(second), second);
    expect((await refresh(first)).status).toBe(401);
    expect((await refresh(third)).status).toBe(401);
  });

  it('R20: tokens in the body have no leeway, whatever cookies come with them', async () => {
    const email = await newcomer();
    const { refreshToken } = (await post('/auth/login', {}, { email, password: PASSWORD })).body;
    const jar = await signedIn();
    expect((await post('/auth/refresh-token', jar, { refreshToken })).status).toBe(200);
    expect((await post('/auth/refresh-token', jar, { refreshToken })).status).toBe(401);
    const stolen = jar['__Host-portal-refresh'];
    expect((await refresh(jar)).status).toBe(200);
    expect((await post('/auth/refresh-token', jar, { refreshToken: stolen })).status).toBe(401);
  });

  it('R20, R21: an ended session has no leeway', async () => {
    const jar = await signedIn();
    const next = kept(await refresh(jar), jar);
    expect((await post('/auth/logout', next)).status).toBe(204);
    expect((await refresh(jar)).status).toBe(401);
  });
});

describe('a shared computer', () => {
  const attributes = (reply: Reply) =>
    reply.headers.getSetCookie().filter((cookie) => /portal-(access|refresh|browser)=/.test(cookie));

  it('R23: without remember the cookies end with the browser, also after a refresh and a step-up', async () => {
    const email = await newcomer();
    const reply = await logIn(email, { remember: false });
    expect(attributes(reply)).toHaveLength(3);
    const jar = kept(reply);
    const refreshed = await refresh(jar);
    const proof = await post('/auth/step-up', kept(refreshed, jar), { password: PASSWORD });
    expect(proof.status).toBe(200);
    for (const cookie of [...attributes(reply), ...attributes(refreshed), ...attributes(proof)]) {
      expect(cookie).toMatch(/^__Host-.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    }
    for (const cookie of attributes(await logIn(email))) expect(cookie).toContain('Max-Age=');
  });

  it('R23: the session ends after 30 minutes without use, and after 12 hours in any case', async () => {
    let jar = kept(await logIn(await newcomer(), { remember: false }));
    for (let minutes = 0; minutes < 12 * 60; minutes += 29) {
      const reply = await refresh(jar);
      expect(reply.status).toBe(200);
      jar = kept(reply, jar);
      portal.clock.advance(29 * 60);
    }
    expect((await refresh(jar)).status).toBe(401);
    const idle = kept(await logIn(await newcomer(), { remember: false }));
    portal.clock.advance(30 * 60);
    expect((await refresh(idle)).status).toBe(401);
  });

  it('R23: the choice also applies after the second factor', async () => {
    const who = await enrol(portal, await newcomer());
    const begun = await logIn(who.email, { remember: false });
    const body = { mfaToken: begun.body.mfaToken, token: codeOf(who.secret, portal.clock.now()) };
    const reply = await portal.request('POST', '/api/v1/mfa/verify', { body, headers: OWN_PAGE });
    expect(attributes(reply)).toHaveLength(3);
    for (const cookie of attributes(reply)) expect(cookie).not.toContain('Max-Age');
    const { body: list } = await portal.request('GET', '/api/v1/auth/sessions', {
      headers: { Cookie: header(kept(reply)) },
    });
    expect(list.data.find(({ current }: { current: boolean }) => current)).toMatchObject({ remembered: false });
  });

  it('is for cookies only', async () => {
    const refused = await logIn(await newcomer(), { transport: 'bearer', remember: false });
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, '/remember']);
  });

  it.each(['logout', 'logout-all'])(
    '%s makes the browser forget what it kept, but for the trust in it',
    async (how) => {
      const reply = await post(`/auth/${how}`, await signedIn());
      expect(reply.status).toBe(204);
      expect(reply.headers.get('clear-site-data')).toBe('"cache", "storage"');
      const cleared = reply.headers.getSetCookie().filter((cookie) => cookie.includes('Max-Age=0'));
      expect(cleared.map((cookie) => cookie.split('=')[0])).toEqual([
        '__Host-portal-access',
        '__Host-portal-refresh',
        '__Host-portal-browser',
      ]);
    },
  );
});

describe('a page under another name of this machine', () => {
  const from = (at: Portal, origin: string) =>
    at.request('POST', '/api/v1/auth/login', {
      body: { email: 'nobody@example.org', password: PASSWORD, transport: 'cookie' },
      headers: { Origin: origin, 'Sec-Fetch-Site': 'same-origin' },
    });

  it('R23: in the embedded mode, loopback names with the same scheme and port are one origin', async () => {
    const at = await startPortal({ driver, environment: { FIELD_KEYS: RING, PUBLIC_URL: 'http://127.0.0.1:8787' } });
    for (const origin of ['http://localhost:8787', 'http://127.0.0.1:8787', 'http://[::1]:8787']) {
      expect([origin, (await from(at, origin)).body.code]).toEqual([origin, 'invalid_credentials']);
    }
    for (const origin of ['http://localhost:3000', 'https://localhost:8787', 'http://evil.example:8787', 'null']) {
      expect([origin, (await from(at, origin)).body.code]).toEqual([origin, 'cross_site_request']);
    }
  });

  it('R23: with a public name, or in a deployment, they are different origins', async () => {
    expect((await from(portal, 'http://localhost')).body.code).toBe('cross_site_request');
    const deployed = await startPortal({
      driver,
      environment: {
        APP_ENV: 'staging',
        DATABASE_URL: 'postgres://db.example/portal',
        DEV_MAILBOX: '0',
        PUBLIC_URL: 'http://127.0.0.1:8787',
        TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
        FIELD_KEYS: RING,
        INDEX_KEY: generateIndexKey(),
        CHECKPOINT_KEYS: JSON.stringify([generateCheckpointSeed()]),
      },
    });
    expect((await from(deployed, 'http://localhost:8787')).body.code).toBe('cross_site_request');
    expect((await from(deployed, 'http://127.0.0.1:8787')).body.code).toBe('invalid_credentials');
  });
});
