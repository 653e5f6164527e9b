/** Values that a request should not have, as an attacker or a broken client sends them (R30). */
import fc from 'fast-check';

/** JSON text, because some of it is no value: what is not well-formed, and names that objects do not hold as their own. */
const ODD_JSON = [
  ...[
    'null',
    'true',
    '0',
    '-1',
    '1.5',
    '1e308',
    '-1e999',
    '9007199254740993',
    '2147483648',
    '-0',
    '""',
    '" "',
    '[]',
    '{}',
  ],
  ...[
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00x"',
    '"\\u202e"',
    '"\\ufeff"',
    '"null"',
    '"NaN"',
    '"true"',
    '"__proto__"',
    '"constructor"',
  ],
  ...[
    '{"__proto__":{"isAdmin":true}}',
    '{"constructor":{"prototype":{}}}',
    '{"toString":1,"valueOf":2}',
    '{"length":-1}',
    '{"then":1}',
  ],
  ...[
    '"2026-02-30"',
    '"2026-03-02"',
    '"9999-12-31T23:59:59.999Z"',
    '"-271821-04-20T00:00:00Z"',
    '"+275760-09-13T00:00:00.001Z"',
  ],
  ...[
    '"2026-03-29T02:30:00+01:00"',
    '"2026-03-02T12:00:00"',
    '"25:61"',
    '"24:00"',
    '"P1Y"',
    '"Mars/Olympus"',
    '"Europe/Berlin"',
    '"xx-klingon"',
  ],
  ...[
    '"00000000-0000-0000-0000-000000000000"',
    '"01900000-0000-7000-8000-0000000000A4"',
    '"ffffffff-ffff-ffff-ffff-ffffffffffff"',
  ],
  ...[
    '"a@b"',
    '"a@[127.0.0.1]"',
    '"\\"x\\"@example.org"',
    '"ä@exämple.org"',
    '"a@example.org\\r\\nBcc: b@example.org"',
    '"+49"',
    '"0000000000000000"',
  ],
  ...[
    '"\'; DROP TABLE users; --"',
    '"<script>"',
    '"{{7*7}}"',
    '"%00"',
    '"..%2f..%2f"',
    '"../../etc/passwd"',
    '"javascript:alert(1)"',
  ],
  ...[
    '"http://127.0.0.1/"',
    '"http://[::1]:22/"',
    '"file:///etc/passwd"',
    '"//example.org"',
    '"https://user:pass@example.org/"',
  ],
  ...['"198.51.100.1/33"', '"::ffff:1.2.3.4"', '"fe80::1%eth0"', '"0x7f.1"', '"1.2.3.4.5"'],
  `"${'x'.repeat(20_000)}"`,
  `"${'\u{1F469}\u200D\u2695'.repeat(500)}"`,
  `"${'e\u0301\u0323'.repeat(500)}"`,
  `[${'0,'.repeat(3_000)}0]`,
  `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
  `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
  `{${Array.from({ length: 1_500 }, (_, n) => `"k${n}":0`).join(',')}}`,
] as const;

/** One JSON value, as text. */
export const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...ODD_JSON) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)) },
);

/** A part of a path, a query or a header, not encoded. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: hostileJson.map((json) => (json.startsWith('"') ? String(JSON.parse(json)) : json).slice(0, 3_000)),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  // What cursors are made of.
  { weight: 1, arbitrary: hostileJson.map((json) => Buffer.from(`[${json.slice(0, 200)}]`).toString('base64url')) },
  {
    weight: 1,
    arbitrary: hostileJson.map((json) =>
      Buffer.from(`[${json.slice(0, 200)},${json.slice(0, 60)}]`).toString('base64url'),
    ),
  },
);

/** What becomes of the text of a body as a whole. */
export const BODY_FAULTS: Readonly<Record<string, (body: string) => string>> = {
  truncated: (body) => body.slice(0, Math.floor(body.length / 2)),
  'followed by more': (body) => `${body} {"a":1}`,
  'with a byte order mark': (body) => `\ufeff${body}`,
  empty: () => '',
  'white space': () => ' \n\t',
  'not JSON': () => '<xml/>',
  'one quotation mark': () => '"',
  'a list of it': (body) => `[${body}]`,
  'with a comment': (body) => `/* */${body}`,
  'with NUL': (body) => `${body}\0`,
  'with a key twice': (body) => (body.startsWith('{"') ? `${body.slice(0, -1)},${body.slice(1)}` : body),
  'with __proto__': (body) => (body.startsWith('{"') ? `{"__proto__":{"role":"admin"},${body.slice(1)}` : body),
  'with what nobody asked for': (body) => (body.startsWith('{"') ? `{"surplus":1,${body.slice(1)}` : body),
  'too large': (body) => `${body.slice(0, -1)}${' '.repeat(70_000)}${body.slice(-1)}`,
  number: () => '7',
  'lone surrogate': () => '{"\\ud800":"\\udfff"}',
};

/** Headers with a value that is wrong for most operations, or that changes how a request is read. */
export const ODD_HEADERS: readonly (readonly [string, string])[] = [
  ...[
    'text/plain',
    'application/xml',
    'application/json; charset=utf-16',
    'application/json;',
    'multipart/form-data',
    '*/*',
    '',
  ].map((type) => ['Content-Type', type] as const),
  ['Content-Type', 'multipart/form-data; boundary='],
  ['Content-Type', 'multipart/form-data; boundary=x'],
  ['Content-Type', 'application/x-www-form-urlencoded'],
  ['Content-Encoding', 'gzip'],
  ['Content-Length', '0'],
  ...['text/html', 'application/pdf', '*/*;q=0', 'application/json;q=0', 'a/b/c', ';;;', ''].map(
    (type) => ['Accept', type] as const,
  ),
  ...['xx', '*', 'de;q=2', 'ar-EG,;q=,', 'x'.repeat(5_000)].map((language) => ['Accept-Language', language] as const),
  ...['*', '"1"', 'W/"1"', '1', '"', '"999999999999999999999"', '"-1"', '"1", "2"', ''].map(
    (tag) => ['If-Match', tag] as const,
  ),
  ...['*', 'W/"x"', '"', '"a","b",'].map((tag) => ['If-None-Match', tag] as const),
  ...['bytes=0-', 'bytes=-1', 'bytes=5-2', 'bytes=0-0,2-3', 'bytes=99999999999999999999-', 'lines=1-2', ''].map(
    (range) => ['Range', range] as const,
  ),
  ...['', 'x', 'k'.repeat(300), '"quoted"', '\u00e4'].map((key) => ['Idempotency-Key', key] as const),
  ...[
    'Bearer',
    'Bearer ',
    'Bearer a.b.c',
    'Basic YTpi',
    'Bearer pk_x',
    `Bearer ${'x'.repeat(9_000)}`,
    'bearer x y',
    '',
  ].map((value) => ['Authorization', value] as const),
  ...['session=x; session=y', '=', '__Host-session=', 'a'.repeat(5_000)].map((value) => ['Cookie', value] as const),
  ...['00-0-0-0', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, 'ff-x'].map((value) => ['traceparent', value] as const),
  ...['null', 'https://evil.example', 'https://portal.example.evil.example'].map((value) => ['Origin', value] as const),
  ...['127.0.0.1', '::1', '1.2.3.4, 5.6.7.8', 'unknown'].map((value) => ['X-Forwarded-For', value] as const),
  ['X-Request-Id', 'a b\tc'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Expect', '100-continue'],
  ['Prefer', 'return=minimal'],
  ['Upload-Offset', '-1'],
  ['Upload-Complete', '?2'],
  ['Upload-Length', '1e9'],
];
