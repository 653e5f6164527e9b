import { describe, expect, test } from 'vitest';
import { faultOfEntries, faultOfRelationships, isRelationships } from '../../../domain/files/word-document.ts';
import type { ZipEntry } from '../../../domain/files/zip-directory.ts';

const MIB = 1024 * 1024;

function entry(name: string, fields: Partial<ZipEntry> = {}): ZipEntry {
  return {
    ...{ name, method: 'deflated', isEncrypted: false, compressedBytes: 100, uncompressedBytes: 100, offset: 0 },
    ...fields,
  };
}
const sized = (name: string, uncompressedBytes: number, compressedBytes = uncompressedBytes) =>
  entry(name, { uncompressedBytes, compressedBytes });

const NEEDED = [sized('[Content_Types].xml', 0), sized('word/document.xml', 0)];
const judged = (...more: readonly ZipEntry[]) => faultOfEntries([...NEEDED, ...more]);
const many = (count: number, ending: string) => Array.from({ length: count }, (_, n) => entry(`word/${n}${ending}`));

describe('the entries of a Word document', () => {
  test('are those that it needs, with any others', () => {
    expect(judged()).toBeUndefined();
    expect(judged(entry('word/styles.xml'), entry('word/media/image1.png', { method: 'stored' }))).toBeUndefined();
    for (const missing of [0, 1]) expect(faultOfEntries(NEEDED.toSpliced(missing, 1))).toBe('damaged');
  });

  test.each<[string, ZipEntry, string]>([
    ['a name twice', entry('word/document.xml'), 'damaged'],
    ['encrypted', entry('word/a.xml', { isEncrypted: true }), 'encrypted'],
    ['packed by another method', entry('word/a.xml', { method: 'other' }), 'damaged'],
    ['outside the archive', entry('word/../../a.xml'), 'damaged'],
    ['at the root of a disk', entry('/a.xml'), 'damaged'],
    ['on a drive', entry('C:a.xml'), 'damaged'],
    ['with a backslash', entry('word\\a.xml'), 'damaged'],
    ['an embedded object', entry('word/embeddings/oleObject1.bin'), 'embedded_object'],
    ['an ActiveX control', entry('word/activeX/activeX1.xml'), 'embedded_object'],
    ['macros', entry('word/vbaProject.bin'), 'macros'],
    ['a script', entry('word/a.JS'), 'macros'],
  ])('are refused when one is %s', (_, bad, fault) => expect(judged(bad)).toBe(fault));

  test('are 2000 at most, 200 of them relationships', () => {
    expect(judged(...many(1998, '.xml'))).toBeUndefined();
    expect(judged(...many(1999, '.xml'))).toBe('expands_too_far');
    expect(judged(...many(200, '.rels'))).toBeUndefined();
    expect(judged(...many(201, '.rels'))).toBe('expands_too_far');
  });

  test('are 200 MiB at most, relationships 1 MiB each', () => {
    expect(judged(sized('a', 150 * MIB), sized('b', 50 * MIB))).toBeUndefined();
    expect(judged(sized('a', 150 * MIB), sized('b', 50 * MIB + 1))).toBe('expands_too_far');
    expect(judged(sized('a.rels', MIB))).toBeUndefined();
    expect(judged(sized('a.rels', MIB + 1))).toBe('expands_too_far');
  });

  test('expand to 100 times their size at most, unless they are small', () => {
    expect(judged(sized('a', MIB, 1))).toBeUndefined();
    expect(judged(sized('a', MIB + 1, 1))).toBe('expands_too_far');
    expect(judged(sized('a', 2_000_000, 20_000))).toBeUndefined();
    expect(judged(sized('a', 2_000_001, 20_000))).toBe('expands_too_far');
  });
});

describe('the relationships of a Word document', () => {
  const part = (attributes: string) => `<Relationships><Relationship Id="rId1" ${attributes}/></Relationships>`;
  const kind = (name: string) => `Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${name}"`;

  test('are the parts whose names end so', () => {
    const names = ['_rels/.rels', 'word/_rels/document.xml.rels', 'word/rels.xml'];
    expect(names.map((name) => isRelationships(entry(name)))).toEqual([true, true, false]);
  });

  test.each([
    ['a part of the document', part(`${kind('image')} Target="media/image1.png"`), undefined],
    ['a link to click', part(`${kind('hyperlink')} Target="https://a.example" TargetMode="External"`), undefined],
    [
      'a picture elsewhere',
      part(`${kind('image')} Target="https://a.example" TargetMode="External"`),
      'external_content',
    ],
    ['a template elsewhere', part(`TargetMode='external' ${kind('attachedTemplate')}`), 'external_content'],
    [
      'something elsewhere after a link',
      `${part(`${kind('hyperlink')} TargetMode="External"`)}${part('TargetMode = "External"')}`,
      'external_content',
    ],
    ['a document type', `<!DOCTYPE a>${part('')}`, 'damaged'],
    ['an entity', `<!ENTITY a "b">${part('')}`, 'damaged'],
  ])('with %s', (_, text, fault) => expect(faultOfRelationships(text)).toBe(fault));
});
