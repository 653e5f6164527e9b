import { z } from '@hono/zod-openapi';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { list, rawText, unboundedPlaces, wholeNumber } from '../../../src/http/bounds.ts';
import { scanJson } from '../../../src/http/json-scan.ts';
import { openPlaces } from '../../../src/http/strict.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

/** 15,800 marks of one class and as many of another: ordering them takes quadratic time. */
const STACKED = `a${'\u0345'.repeat(15_000)}${'\u0334'.repeat(15_000)}`;
/** One mark on each letter, as in decomposed text. */
const DECOMPOSED = 'é'.normalize('NFD').repeat(10_000);
/** Of the longest text that any operation takes (4,000 characters), decomposed. */
const LONGEST = 4 * 4000;

let portal: Portal;
let token: string;
beforeAll(async () => {
  portal = await startPortal();
  const admin = await portal.person('admin', 'ada');
  token = await portal.signIn(admin.email);
});
afterAll(() => portal.close());
afterEach(() => vi.restoreAllMocks());

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Each field of each body that the API takes. */
async function fields() {
  const { body: document } = await portal.request('GET', '/openapi.json');
  const resolved = (schema: Schema): Schema =>
    schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
  const found: { method: string; path: string; field: string }[] = [];
  for (const [path, operations] of Object.entries<Record<string, never>>(document.paths)) {
    for (const [method, operation] of Object.entries<{ requestBody?: { content: Record<string, { schema: Schema }> } }>(
      operations,
    )) {
      const schema = operation.requestBody?.content['application/json']?.schema;
      if (schema === undefined || !path.startsWith('/api/')) continue;
      const names = Object.keys(resolved(schema).properties ?? {});
      const place = path.replaceAll(/\{[^}]+\}/g, '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f');
      for (const field of names) found.push({ method: method.toUpperCase(), path: place, field });
    }
  }
  return found;
}

describe('R62: input that is too long is refused before any other processing', () => {
  test('R62: a field that is too long is not normalised, in any body', async () => {
    const normalize = vi.spyOn(String.prototype, 'normalize');
    const all = await fields();
    expect(all.length).toBeGreaterThan(60);
    for (const { method, path, field, text } of all.flatMap((one) =>
      [STACKED, DECOMPOSED].map((text) => ({ ...one, text })),
    )) {
      const { status } = await portal.request(method, path, {
        token,
        body: { [field]: text },
        headers: { 'If-Match': '*' },
      });
      expect(status, `${method} ${path} ${field}`).toBeGreaterThanOrEqual(400);
      expect(status, `${method} ${path} ${field}`).toBeLessThan(500);
    }
    const normalised = normalize.mock.contexts.map((text) => String(text));
    expect(Math.max(0, ...normalised.map((text) => text.length))).toBeLessThanOrEqual(LONGEST);
    expect(normalised.filter((text) => /\p{M}{31}/u.test(text))).toEqual([]);
  });

  test('R62: more combining marks on one letter than any script has are refused before normalisation', async () => {
    const normalize = vi.spyOn(String.prototype, 'normalize');
    const firstName = `a${'\u0345'.repeat(50)}`;
    const { status, body } = await portal.request('POST', '/api/v1/auth/register', { body: { firstName } });
    expect(status).toBe(422);
    expect(body.errors).toContainEqual(
      expect.objectContaining({ pointer: '/firstName', message: expect.stringContaining('marks') }),
    );
    expect(normalize.mock.contexts).not.toContain(firstName);
  });

  test('R62: no entry of a list that is too long is validated', async () => {
    const canonical = vi.spyOn(Intl, 'getCanonicalLocales');
    const { status, body } = await portal.request('POST', '/api/v1/users', {
      token,
      body: { languages: Array.from({ length: 3000 }, () => '!') },
    });
    expect(status).toBe(422);
    expect(body.errors).toContainEqual(expect.objectContaining({ pointer: '/languages', code: 'too_big' }));
    expect(canonical).not.toHaveBeenCalled();
  });

  test('R62: a body with too many values is refused as a whole', async () => {
    const { status, body } = await portal.request('POST', '/api/v1/auth/login', { body: Array(30_000).fill(1) });
    expect([status, body.errors]).toEqual([422, [expect.objectContaining({ code: 'too_many_values' })]]);
  });

  test('R62: a body that is far too deep or has far too many values is refused before it is parsed', async () => {
    const parse = vi.spyOn(JSON, 'parse');
    const unknown = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, 1]));
    for (const [text, code] of [
      ['['.repeat(30_000) + ']'.repeat(30_000), 'too_deep'],
      ['['.repeat(60_000), 'too_deep'],
      [JSON.stringify(unknown), 'too_many_values'],
    ] as const) {
      const { status, body } = await portal.request('POST', '/api/v1/auth/login', { body: text });
      expect([status, body.errors[0].code]).toEqual([422, code]);
      expect(parse.mock.calls.map(([parsed]) => parsed)).not.toContain(text);
    }
  });

  test('R62: brackets and commas inside strings are not counted', () => {
    const texts = { a: '[[[{{{,,,"\\', b: ['\\"[,', { c: ['x', 'y'] }] };
    expect(scanJson(new TextEncoder().encode(JSON.stringify(texts)))).toEqual({ depth: 4, values: 4 });
  });

  test('R62: the refusal of deep nesting is short', async () => {
    const { status, body } = await portal.request('POST', '/api/v1/auth/login', {
      body: `[${Array(1500)
        .fill('['.repeat(17) + ']'.repeat(17))
        .join(',')}]`,
    });
    expect(status).toBe(422);
    expect(body.errors.length).toBeLessThanOrEqual(20);
  });

  test('R62: a request target or a header that is too long is refused', async () => {
    const address = await portal.request('GET', `/api/v1/doctors?q=${'a'.repeat(9000)}`);
    expect([address.status, address.body.code]).toEqual([414, 'target_too_long']);
    for (const name of ['Accept', 'Authorization', 'If-Match', 'Cookie', 'X-Request-Id']) {
      const header = await portal.request('GET', '/api/v1/doctors', { headers: { [name]: 'a,'.repeat(5000) } });
      expect([name, header.status, header.body.code]).toEqual([name, 431, 'header_too_large']);
    }
  });

  test('R62: a parameter that is too long is refused', async () => {
    const long = 'é'.normalize('NFD').repeat(500);
    const { status, body } = await portal.request('GET', `/api/v1/doctors?q=${encodeURIComponent(long)}`, { token });
    expect([status, body.errors[0].code]).toEqual([422, 'too_big']);
  });
});

describe('R62: a request cannot declare a text or list without a bound that is checked first', () => {
  const bounded = z.strictObject({
    name: rawText(10).min(1).regex(/a/).optional(),
    tags: list(rawText(3), 4).nullable().optional(),
    page: wholeNumber(1, 5).default(1),
    either: rawText(4).or(z.literal('system')),
    kind: z.enum(['a', 'b']),
    nested: z.object({ count: z.int(), text: rawText(3).transform((text) => text.length) }),
  });

  test('R62: schemas of the factories are accepted', () => {
    expect(unboundedPlaces(bounded)).toEqual([]);
    expect(
      bounded.safeParse({
        name: 'a',
        tags: ['x'],
        page: '2',
        either: 'abc',
        kind: 'a',
        nested: { count: 1, text: 'abc' },
      }),
    ).toMatchObject({
      success: true,
      data: { page: 2, nested: { text: 3 } },
    });
  });

  test('R62: input that is too long is not validated further', () => {
    const checked: string[] = [];
    const noting = (text: string) => checked.push(text) > 0;
    expect(rawText(3).refine(noting).safeParse('abcd').success).toBe(false);
    expect(list(rawText(3).refine(noting), 1).safeParse(['a', 'b']).success).toBe(false);
    expect(checked).toEqual([]);
    expect(list(rawText(3).refine(noting), 1).safeParse(['abc']).success).toBe(true);
    expect(checked).toEqual(['abc']);
  });

  test.each<[string, z.ZodType]>([
    ['a bare text', z.string()],
    [
      'a bound after a pattern',
      z
        .string()
        .regex(/(a+)+$/)
        .max(10),
    ],
    ['a format', z.email()],
    ['a number out of a text', z.coerce.number()],
    ['a transform that sees all', z.preprocess((value) => String(value).normalize(), rawText(5))],
    ['a list without a bound', z.array(rawText(5))],
    ['entries without a bound', list(z.string(), 5)],
    ['anything', z.unknown()],
    ['names without a bound', z.record(z.string(), z.int())],
    ['one of several', rawText(3).or(z.string())],
  ])('R62 %s is refused', (_, schema) => {
    expect(unboundedPlaces(z.strictObject({ field: schema.optional() }))).not.toEqual([]);
  });
});

describe('a request cannot declare a body that ignores unknown fields', () => {
  test.each<[string, z.ZodType, string[]]>([
    ['an object', z.object({ a: z.int() }), ['']],
    ['a strict object', z.strictObject({ a: z.int().optional() }), []],
    ['one inside a list', z.strictObject({ rows: list(z.object({ a: z.int() }), 3).optional() }), ['/rows/*']],
    ['one of several', z.strictObject({ either: z.strictObject({}).or(z.object({})).nullable() }), ['/either']],
    ['any further fields', z.looseObject({}), ['']],
  ])('%s', (_, schema, places) => {
    expect(openPlaces(schema)).toEqual(places);
  });
});
