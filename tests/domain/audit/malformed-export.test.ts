import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatVerifierKey, parseVerifierKey } from '../../../domain/audit/signed-note.ts';
import { exportLine, verifyExport } from '../../../domain/audit/verify-export.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { sized } from '../../support/size.ts';
import { at, sampleLog, signedAt, testSigner } from './sample-log.ts';

const signer = testSigner();
const SIZE = 1000;
const log = sampleLog(SIZE);
const checkpoint = signedAt(log, SIZE);

describe('malformed input is reported and does not throw', () => {
  const lines = log.slice(0, 20).map(exportLine);
  const line = at(lines, 5);

  it.each<[string, string]>([
    ['no JSON', 'not json'],
    ['half a line', line.slice(0, 80)],
    ['null', 'null'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['spaces that are not canonical', line.replace(',', ', ')],
    ['a name twice', line.replace('"outcome":"success"', '"outcome":"failure","outcome":"success"')],
    ['a content twice', line.replace('{"content"', '{"content":{"id":"x"},"content"')],
    ['a hash in capitals', line.replace(/"currentHash":"[0-9a-f]+"/, (text) => text.toUpperCase())],
    ['a short hash', line.replace(/"previousHash":"../, '"previousHash":"')],
    ['a sequence that is no number', line.replace(/"sequence":\d+/, '"sequence":"1"')],
    ['a huge sequence', line.replace(/"sequence":\d+/, '"sequence":1e300')],
    ['a fraction as leaf', line.replace(/"leafIndex":\d+/, '"leafIndex":1.5')],
    ['a number out of range in the content', line.replace('"success"', '1e999')],
    ['a lone surrogate', line.replace('"success"', '"\\ud800"')],
    ['deep nesting', line.replace('"success"', '['.repeat(20_000) + ']'.repeat(20_000))],
    ['a NUL', `${line}\0`],
  ])('%s', (_, bad) => {
    const verdict = verifyExport(lines.with(5, bad), [], [signer]);
    expect(verdict.ok).toBe(false);
    expect(verdict.problems).toContainEqual({
      kind: 'malformed',
      stream: null,
      sequence: null,
      eventId: null,
      detail: 'line 6 is not an event',
    });
  });

  it('reports at most 100 malformed lines', () => {
    const verdict = verifyExport(
      Array.from({ length: 10_000 }, () => '{'),
      [],
      [],
    );
    expect(verdict).toMatchObject({ ok: false, checked: 0 });
    expect(verdict.problems).toHaveLength(100);
  });

  it('reports the fault of each checkpoint', () => {
    const foreign = testSigner(signer.name, 1);
    const text = (note: string) => verifyExport(log.map(exportLine), [note], [signer]).problems;
    const forged = { kind: 'forged_signature', detail: 'checkpoint 1 is not signed by a trusted key' };
    expect(text(signedAt(log, SIZE, foreign))).toMatchObject([forged]);
    expect(text(checkpoint.replace('1000', '1001'))).toMatchObject([forged]);
    expect(text('nonsense')).toMatchObject([{ kind: 'malformed', detail: 'checkpoint 1 is not a signed checkpoint' }]);
    const elsewhere = testSigner('other.example/log', 1);
    expect(verifyExport([], [signedAt(log, SIZE, elsewhere)], [elsewhere]).problems).toMatchObject([
      { kind: 'forged_signature', detail: 'checkpoint 1 is of another log' },
    ]);
    expect(verifyExport(log.map(exportLine), [checkpoint], []).problems).toMatchObject([forged]);
  });

  it('verifies with a key in the text form that is published', () => {
    const key = parseVerifierKey(formatVerifierKey(signer));
    expect(verifyExport(log.map(exportLine), [checkpoint], key ? [key] : []).ok).toBe(true);
  });

  it('does not throw for arbitrary text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: anyCharacter })),
        fc.array(fc.string({ unit: anyCharacter })),
        (some, notes) => {
          expect(verifyExport(some, notes, [signer]).checked).toBe(0);
        },
      ),
    );
  });

  it('finds any one altered character of an export', () => {
    const text = lines.join('\n');
    const note = signedAt(log, 20);
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.constantFrom(...'0a"}{,:x 9'), (place, character) => {
        fc.pre(text[place] !== character);
        const altered = text.slice(0, place) + character + text.slice(place + 1);
        expect(verifyExport(altered.split('\n'), [note], [signer]).ok).toBe(false);
      }),
      { numRuns: sized(400) },
    );
  });
});
