import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentDisposition, fileNameFault } from '../../../domain/files/file-name.ts';

describe('the name of a file', () => {
  test.each([
    'report.pdf',
    'Befund März 2026.pdf',
    'نتيجة.pdf',
    'می\u200cخواهم.txt',
    '.hidden',
    'a..b',
    'x'.repeat(255),
    '結果',
  ])('%s is accepted', (name) => expect(fileNameFault(name)).toBeUndefined());

  test.each([
    ['', 'empty'],
    ['../etc/passwd', 'path'],
    ['a/b.pdf', 'path'],
    ['C:\\b.pdf', 'path'],
    ['.', 'path'],
    ['..', 'path'],
    ['a\u0000.pdf', 'not_one_line'],
    ['a\r\nSet-Cookie: b=c', 'not_one_line'],
    ['a\u2028b', 'not_one_line'],
    ['\ud800', 'not_one_line'],
    ['report\u202efdp.exe', 'invisible'],
    ['a\u200b.pdf', 'invisible'],
    ['\u2066a\u2069', 'invisible'],
    ['ä'.repeat(128), 'too_long'],
  ])('%j is refused: %s', (name, fault) => expect(fileNameFault(name)).toBe(fault));
});

describe('Content-Disposition', () => {
  test.each([
    ['report.pdf', 'attachment; filename="report.pdf"; filename*=UTF-8\'\'report.pdf'],
    ['a "b".pdf', 'attachment; filename="a _b_.pdf"; filename*=UTF-8\'\'a%20%22b%22.pdf'],
    // RFC 8187 section 3.2.3.
    ['€ rates', 'attachment; filename="_ rates"; filename*=UTF-8\'\'%E2%82%AC%20rates'],
    ["it's (1)*.pdf", "attachment; filename=\"it's (1)*.pdf\"; filename*=UTF-8''it%27s%20%281%29%2A.pdf"],
    ['50%20.pdf', 'attachment; filename="50_20.pdf"; filename*=UTF-8\'\'50%2520.pdf'],
    ['😀.png', 'attachment; filename="_.png"; filename*=UTF-8\'\'%F0%9F%98%80.png'],
  ])('%s', (name, header) => expect(contentDisposition('attachment', name)).toBe(header));

  test('any accepted name gives one header that names it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        if (fileNameFault(name) !== undefined) return;
        const header = contentDisposition('inline', name);
        expect(header).toMatch(
          /^inline; filename="[\x20-\x21\x23-\x5b\x5d-\x7e]*"; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/,
        );
        expect(decodeURIComponent(header.split("UTF-8''")[1] ?? '')).toBe(name);
      }),
    );
  });
});
