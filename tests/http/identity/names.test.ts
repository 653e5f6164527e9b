/** What people may write about themselves, and to whom it is mailed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normalizeEmail } from '../../../src/http/schemas.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
let token: string;
let id: string;

beforeAll(async () => {
  portal = await startPortal();
  const person = await portal.person('patient', 'maria');
  id = person.id;
  token = await portal.signIn(person.email);
});
afterAll(() => portal.close());

const PERSON = { password: PASSWORD, firstName: 'Ada', lastName: 'Example', dateOfBirth: '1990-04-23' };
const register = (email: string, changes: Record<string, unknown> = {}) =>
  portal.request('POST', '/api/v1/auth/register', { body: { ...PERSON, email, ...changes } });

async function change(fields: Record<string, unknown>) {
  const { headers } = await portal.request('GET', `/api/v1/users/${id}/profile`, { token });
  return portal.request('PUT', `/api/v1/users/${id}/profile`, {
    token,
    body: fields,
    headers: { 'If-Match': headers.get('etag') ?? '' },
  });
}

describe('R30: fields of one line', () => {
  test.each([
    'Ada\nBcc: x',
    'Ada\r',
    'A\tda',
    'A\u0000da',
    'A\u0007da',
    'A\u0085da',
    'A\u2028da',
    '\u202Eada',
    'a\u2066da',
  ])('a name takes neither line breaks nor what turns the direction of text: %j', async (firstName) => {
    // In the middle, because names are trimmed.
    const { status, body } = await register('one@example.org', { firstName: `${firstName} x` });
    expect([status, body.errors?.[0]?.pointer]).toEqual([422, '/firstName']);
  });

  test('so do addresses, and names of devices; a biography has lines', async () => {
    expect((await change({ address: { street: 'Main Street 1\nBack Street 2' } })).status).toBe(422);
    expect((await change({ bio: 'First line\nSecond line\tand a tab' })).status).toBe(200);
    expect((await change({ bio: 'turned \u202E round' })).status).toBe(422);
    const login = { email: 'maria@example.org', password: PASSWORD, deviceName: 'my\nphone' };
    expect((await portal.request('POST', '/api/v1/auth/login', { body: login })).status).toBe(422);
  });

  test('names in any script, with the marks of names, are taken', async () => {
    for (const firstName of ['Zoë', 'O’Brien-Smith', 'محمد', 'שרה', '山田', "D'Arcy Jr.", 'नेहा', 'علی\u200Cرضا']) {
      expect([firstName, (await change({ firstName })).status]).toEqual([firstName, 200]);
    }
  });
});

describe('R8: the clinic’s mail does not contain a stranger’s words', () => {
  test.each(['Claim https://evil.example/x', 'see WWW.evil.example', 'ftp://x'])(
    'a name is no place for %s',
    async (firstName) => {
      const { status, body } = await register('two@example.org', { firstName });
      expect(status).toBe(422);
      expect(body.errors[0]).toMatchObject({
        pointer: '/firstName',
        message: expect.stringContaining('must be a name, not an address'),
      });
      expect((await change({ lastName: firstName })).status).toBe(422);
    },
  );

  test.each([
    ['evil.example', 'address'],
    ['Visit evil.example/login now', 'address'],
    ['evil\u3002example', 'address'],
    ['me@evil.example', 'address'],
    ['me\uFF20evil', 'address'],
    ['mailto:me', 'address'],
    ['\\\\evil\\share', 'address'],
    ['\u200B', 'invisible'],
    ['A\u200Bda', 'invisible'],
    ['Ada\u00AD', 'invisible'],
    ['A\u2060da', 'invisible'],
    ['A\u{E0041}da', 'invisible'],
    ['A\u200Eda', 'invisible'],
    ['\u3164', 'invisible'],
    ['-', 'letter'],
    ['\u200C', 'invisible'],
  ])('R68 neither a name nor a device is called %j', async (words, why) => {
    expect((await register('three@example.org', { firstName: words })).body.errors[0].message).toContain(why);
    expect((await register('three@example.org', { lastName: words })).status).toBe(422);
    expect((await change({ firstName: words })).status).toBe(422);
    const login = { email: 'maria@example.org', password: PASSWORD, deviceName: words };
    const { status, body } = await portal.request('POST', '/api/v1/auth/login', { body: login });
    expect([status, body.errors[0].pointer]).toEqual([422, '/deviceName']);
  });

  test('R68 the mail about a sign-in says that the device named itself, and repeats no address', async () => {
    const signIn = (deviceName: string | undefined, agent: string) =>
      portal.request('POST', '/api/v1/auth/login', {
        body: { email: 'maria@example.org', password: PASSWORD, ...(deviceName === undefined ? {} : { deviceName }) },
        headers: { 'User-Agent': agent },
      });
    expect((await signIn('Call the clinic now', 'Other/1.0')).status).toBe(200);
    const [named] = await portal.mails('maria@example.org');
    expect(named?.text).toContain('calls itself “Call the clinic now”. We have not checked this name');
    // Without a device name the name of the browser is shown, which the client also chooses.
    expect((await signIn(undefined, 'evil.example/free-prize/1.0 (x)')).status).toBe(200);
    const [unnamed] = await portal.mails('maria@example.org');
    expect(unnamed?.text).not.toContain('evil');
  });

  test('mail to an address that nobody has proven greets without the name; afterwards with it', async () => {
    const email = 'anyone@victim.example';
    const words = 'Winner! Call 555';
    expect((await register(email, { firstName: words })).status).toBe(202);
    await register(email, { firstName: 'Claim your prize' });
    await portal.request('POST', '/api/v1/auth/forgot-password', { body: { email } });
    const unproven = await portal.mails(email);
    expect(unproven.length).toBeGreaterThan(1);
    for (const { text } of unproven) {
      expect(text).toMatch(/^Hello,\n/);
      expect(text).not.toMatch(/Winner|prize/);
    }
    const token = unproven.find(({ template }) => template === 'verify-email')?.codes[0];
    expect(
      (
        await portal.request('POST', '/api/v1/auth/verify-email', {
          body: { token, password: PASSWORD, firstName: 'Winner! Call 555' },
        })
      ).status,
    ).toBe(204);
    // While a link of the last 15 minutes works, no other would be mailed (R65).
    portal.clock.advance(901);
    await portal.request('POST', '/api/v1/auth/forgot-password', { body: { email } });
    expect((await portal.mails(email))[0]?.text).toMatch(/^Hello Winner! Call 555,/);
  });
});

describe('R70 addresses that another system would read as another', () => {
  test.each([
    'x\uFF20evil.example@ex.example',
    'x\uFE6Bevil.example@ex.example',
    'x@ex\u3002example',
    'x@ex\uFF0Eexample',
    'x@ex\uFF61example',
    'x\u2024y@ex.example',
    'x\u06D4y@ex.example',
    '\uFF41da@ex.example',
    '\u{1D41A}da@ex.example',
    'a\u00ADda@ex.example',
    'a\u200Bda@ex.example',
    'a\u202Eda@ex.example',
    '\uFB01rst@ex.example',
    'ada@\u24D4x.example',
    'ada@ex\u00ADample.org',
  ])('R70 %j is refused wherever an address is taken', async (email) => {
    for (const [path, more] of [
      ['/auth/register', PERSON],
      ['/auth/login', { password: PASSWORD }],
      ['/auth/forgot-password', {}],
      ['/auth/resend-verification', {}],
    ] as const) {
      const { status, body } = await portal.request('POST', `/api/v1${path}`, { body: { ...more, email } });
      expect([path, status, body.errors?.[0]?.pointer]).toEqual([path, 422, '/email']);
    }
  });

  test.each([
    'Zoë@example.org',
    'zoe\u0308@example.org',
    'ada+tag@bücher.example',
    '用户@例子.example',
    'o’brien@example.org',
  ])('R70 %s is taken', async (email) => {
    expect((await register(email)).status).toBe(202);
  });
});

describe('R70 one mailbox has one address', () => {
  test('R70 an address with the dot of the DNS root is the same address, with one account and one limit of mails', async () => {
    expect((await register('dotted@example.org.')).status).toBe(202);
    expect((await register('dotted@EXAMPLE.org')).status).toBe(202);
    expect((await portal.mails('dotted@example.org')).map(({ template }) => template)).toEqual([
      'verify-email',
      'verify-email',
    ]);
    expect(await portal.mails('dotted@example.org.')).toEqual([]);
    const login = { email: 'maria@example.org.', password: PASSWORD };
    expect((await portal.request('POST', '/api/v1/auth/login', { body: login })).status).toBe(200);
  });

  test.each([
    'a@-x.org',
    'a@x-.org',
    'a@x_y.org',
    'a@x..org',
    'a@x.org..',
    'a@.x.org',
    'a@ab--cd.org',
    'a@x.1',
    'a@x.-org',
    'a@127.0.0.1',
    'a@127.0.0.1.',
    'a@0x7f.1',
    'a@x%2dy.org',
    "a@x'y.org",
    'a@xn--.org',
    `a@${'x'.repeat(64)}.org`,
    `${'é'.repeat(33)}@example.org`,
    `${'a'.repeat(65)}@example.org`,
    `a@${`${'x'.repeat(60)}.`.repeat(5)}org`,
  ])('R70 %s is no address', (email) => {
    expect(normalizeEmail(email)).toBeUndefined();
  });

  test.each([
    ['a@X-y.Org', 'a@x-y.org'],
    ['a@4u.org', 'a@4u.org'],
    ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
    ['a@b\u00FCcher.example.', 'a@xn--bcher-kva.example'],
    [`a@${'x'.repeat(63)}.org`, `a@${'x'.repeat(63)}.org`],
    [`${'a'.repeat(64)}@example.org`, `${'a'.repeat(64)}@example.org`],
  ])('R70 %s is %s', (email, normalized) => {
    expect(normalizeEmail(email)).toBe(normalized);
  });
});
