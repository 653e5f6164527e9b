import { describe, expect, it } from 'vitest';
import { createPasswordHasher, deriveScrypt } from '../../adapters/crypto/password-hasher.ts';
import type { HashingWork } from '../../domain/identity/ports.ts';
import { toHex } from '../../domain/shared/bytes.ts';
import { Unavailable } from '../../domain/shared/ports.ts';

/** Cheap enough to run dozens of times; the real cost is tested once. */
const CHEAP = { ln: 4, r: 8, p: 1 };

describe('scrypt', () => {
  // RFC 7914 section 12. The fourth vector needs 1 GiB, which the memory limit refuses.
  it.each([
    ['', '', { ln: 4, r: 1, p: 1 }, '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442'],
    ['password', 'NaCl', { ln: 10, r: 8, p: 16 }, 'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162'],
    [
      'pleaseletmein',
      'SodiumChloride',
      { ln: 14, r: 8, p: 1 },
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2',
    ],
  ])('gives the value of RFC 7914 for %j (R3)', async (password, salt, cost, expected) => {
    const key = await deriveScrypt(password, new TextEncoder().encode(salt), cost, 64);
    expect(toHex(key).slice(0, 64)).toBe(expected);
  });

  it('refuses a cost over 64 MiB', async () => {
    await expect(deriveScrypt('x', new Uint8Array(16), { ln: 20, r: 8, p: 1 }, 32)).rejects.toThrow(/memory/i);
  });
});

describe('password hasher', () => {
  const hasher = createPasswordHasher({ cost: CHEAP });

  it('stores N=2^15, r=8, p=3 and a 16-byte salt by default (R3)', async () => {
    const phc = await createPasswordHasher().hash('correct horse battery');
    expect(phc).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await createPasswordHasher().verify('correct horse battery', phc)).toEqual({
      matches: true,
      outdated: false,
    });
  });

  it('salts: the same password gives two strings, and both verify', async () => {
    const [a, b] = [await hasher.hash('p'), await hasher.hash('p')];
    expect(a).not.toBe(b);
    expect((await hasher.verify('p', a)).matches).toBe(true);
    expect((await hasher.verify('p', b)).matches).toBe(true);
  });

  it.each([
    ['another case', 'Passphrase one', 'passphrase one'],
    ['a trailing space', 'passphrase one ', 'passphrase one'],
    ['a NUL in the middle', 'pass\0phrase', 'pass'],
    ['the 129th character', `${'x'.repeat(128)}a`, `${'x'.repeat(128)}b`],
    ['a compatibility form', 'ﬁnancier', 'financier'],
  ])('tells passwords apart by %s (R1)', async (_, stored, tried) => {
    expect((await hasher.verify(tried, await hasher.hash(stored))).matches).toBe(false);
    expect((await hasher.verify(stored, await hasher.hash(stored))).matches).toBe(true);
  });

  it('treats the composed and the decomposed form of a letter as equal', async () => {
    expect((await hasher.verify('cafe\u0301 au lait', await hasher.hash('caf\u00e9 au lait'))).matches).toBe(true);
  });

  it('takes as long for an unknown account as for a known one, and never matches (R4)', async () => {
    expect(await hasher.verify('anything', undefined)).toEqual({ matches: false, outdated: false });
  });

  it('reports a hash with other parameters as outdated, and still verifies it (R3)', async () => {
    const old = await createPasswordHasher({ cost: { ln: 3, r: 4, p: 2 } }).hash('p');
    expect(await hasher.verify('p', old)).toEqual({ matches: true, outdated: true });
    expect(await hasher.verify('q', old)).toEqual({ matches: false, outdated: true });
  });

  it.each([
    '',
    'plain',
    '$scrypt$ln=15,r=8$c2FsdHNhbHRzYWx0c2E$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$m=1,t=1,p=1$c2FsdHNhbHQ$aGFzaA',
  ])('throws on the damaged record %j', async (phc) => {
    await expect(hasher.verify('p', phc)).rejects.toThrow('not a scrypt PHC string');
  });

  it('runs two at once, lets some wait and refuses the rest with a retry time (R3)', async () => {
    const narrow = createPasswordHasher({ cost: { ln: 12, r: 8, p: 1 }, concurrency: 2, maxWaiting: 3 });
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => narrow.hash('p', 'sign_in')));
    const refused = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as Unavailable] : []));
    expect(outcomes.length - refused.length).toBe(5);
    expect(refused.every((reason) => reason instanceof Unavailable && reason.service === 'password hashing')).toBe(
      true,
    );
    expect(refused[0]?.retryAfterSeconds).toBeGreaterThan(0);
    await expect(narrow.hash('p')).resolves.toContain('$scrypt$');
  });

  it('R66 keeps a place for a sign-in while accounts are registered', async () => {
    const full = createPasswordHasher({ cost: CHEAP, concurrency: 2, maxWaiting: 0 });
    const outcomes = await Promise.allSettled([
      full.hash('p', 'anonymous'),
      full.hash('p', 'anonymous'),
      full.hash('p', 'sign_in'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('R66 gives known browsers four places, other sign-ins two and the rest one, while all of them wait', async () => {
    const single = createPasswordHasher({ cost: CHEAP, concurrency: 1 });
    const finished: HashingWork[] = [];
    const ask = (work: HashingWork) => single.hash('p', work).then(() => finished.push(work));
    await Promise.all([
      ask('anonymous'),
      ...Array.from({ length: 4 }, () => [ask('anonymous'), ask('sign_in'), ask('known')]).flat(),
    ]);
    const shares = Object.groupBy(finished.slice(1, 8), (work) => work);
    expect([shares.known?.length, shares.sign_in?.length, shares.anonymous?.length]).toEqual([4, 2, 1]);
  });
});
