import { describe, expect, test } from 'vitest';
import { detectFileType, FILE_TYPES, type FileType, HEAD_BYTES } from '../../../domain/files/file-type.ts';

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : [...part])),
  );
const zeros = (count: number) => new Array<number>(count).fill(0);
const localHeader = (name: string) => bytes('PK\u0003\u0004', zeros(26), name);

const CDA = '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:voc="urn:hl7-org:v3/voc">';

/** The beginning of a file of each type. */
const SAMPLES: Readonly<Record<FileType, Uint8Array>> = {
  'application/pdf': bytes('%PDF-1.7\n%\u00e2\u00e3'),
  'image/png': bytes([0x89], 'PNG\r\n', [0x1a, 0x0a], zeros(20)),
  'image/jpeg': bytes([0xff, 0xd8, 0xff, 0xe0], 'JFIF'),
  'image/webp': bytes('RIFF', [1, 2, 3, 4], 'WEBPVP8 '),
  'image/heic': bytes([0, 0, 0, 0x18], 'ftypheic', zeros(8)),
  'application/dicom': bytes(zeros(128), 'DICM', zeros(8)),
  'text/plain': bytes('Blutbild vom 3. März: alles in Ordnung.\r\n'),
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': localHeader('[Content_Types].xml'),
  'application/cda+xml': bytes(
    `<?xml version="1.0"?>\n<?xml-stylesheet href="CDA.xsl"?><!-- a - letter -->\n${CDA}<id/>`,
  ),
  'application/fhir+xml': bytes([0xef, 0xbb, 0xbf], '<Patient xmlns="http://hl7.org/fhir"><id value="1"/></Patient>'),
  'application/fhir+json': bytes('{ "id": "1", "resourceType" : "Observation" }'),
};

const undeclared = { mediaType: '', filename: 'file' };
const detect = (head: Uint8Array, declared = undeclared) => detectFileType(head, declared);

describe('R52 the type of a file', () => {
  test.each(FILE_TYPES)('%s is known by its beginning, whatever else is declared', (type) => {
    expect(detect(SAMPLES[type])).toEqual({ ok: true, value: type });
    expect(detect(SAMPLES[type], { mediaType: 'application/octet-stream', filename: '' })).toMatchObject({
      value: type,
    });
    expect(detect(SAMPLES[type], { mediaType: `${type}; charset=utf-8`, filename: 'x' })).toMatchObject({
      value: type,
    });
  });

  test.each(FILE_TYPES)('%s is refused under the type or the ending of another', (type) => {
    const image = type === 'image/png' ? 'image/jpeg' : 'image/png';
    const mismatch = { code: 'file_type_mismatch', detected: type };
    expect(detect(SAMPLES[type], { mediaType: image, filename: 'x' })).toEqual({
      ok: false,
      error: { ...mismatch, declaredBy: 'media_type' },
    });
    for (const filename of ['report.exe', 'report.pdf.exe', `report.${image.slice(6)}`])
      expect(detect(SAMPLES[type], { mediaType: type, filename })).toEqual({
        ok: false,
        error: { ...mismatch, declaredBy: 'filename' },
      });
  });

  test('usual names and aliases are accepted', () => {
    const accepted = (type: FileType, mediaType: string, filename: string) =>
      expect(detect(SAMPLES[type], { mediaType, filename })).toMatchObject({ value: type });
    accepted('image/jpeg', 'image/jpg', 'Foto.JPG');
    accepted('image/heic', 'image/heif', 'IMG_1.HEIF');
    accepted('application/cda+xml', 'text/xml', 'letter.xml');
    accepted('application/fhir+json', 'application/json', 'bundle.json');
    accepted('text/plain', 'text/csv', 'values.csv');
    accepted('application/dicom', 'application/dicom', 'IM0001');
  });

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['a program for Windows', bytes('MZ', [0x90, 0], zeros(60), 'PE')],
    ['a program for Linux', bytes([0x7f], 'ELF', [2, 1, 1], zeros(9))],
    ['a script', bytes('#!/bin/sh\nrm -rf /\n')],
    ['HTML', bytes('<!DOCTYPE html><script>alert(1)</script>')],
    ['HTML after blanks', bytes('\n\n  <html><body onload=alert(1)>')],
    ['SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')],
    ['SVG as text with a declaration', bytes('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['XML with a document type', bytes('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><ClinicalDocument/>')],
    ['CDA in no namespace', bytes('<ClinicalDocument><id/></ClinicalDocument>')],
    ['a comment that hides the root', bytes(`<!-- ${CDA} --><html>`)],
    ['PostScript', bytes('%!PS-Adobe-3.0')],
    ['RTF', bytes('{\\rtf1\\ansi hello}')],
    ['a PDF that begins later', bytes('GIF89a%PDF-1.7')],
    ['a picture that is a PDF too', bytes([0xff, 0xd8, 0xff, 0xe0], 'JFIF', zeros(900), '%PDF-1.7')],
    ['another archive', localHeader('META-INF/MANIFEST.MF')],
    ['DICOM behind a program', bytes('MZ', zeros(126), 'DICM')],
    ['a picture of another kind', bytes('GIF89a', zeros(10))],
    ['a video', bytes([0, 0, 0, 0x18], 'ftypisom', zeros(8))],
    ['text of another encoding', bytes('Bef', [0xfc], 'nd')],
    ['text with a terminal sequence', bytes('hello \u001b[2J')],
    ['text with a NUL', bytes('hello', [0])],
    ['JSON that is no resource', bytes([0x80], '{"a":1}')],
  ])('%s is refused', (_, head) => {
    expect(detect(head)).toEqual({ ok: false, error: { code: 'file_type_unsupported' } });
  });

  test('a character that the end of the beginning cuts is no fault, one that is cut earlier is', () => {
    const text = `${'a'.repeat(HEAD_BYTES - 1)}ü`;
    expect(detect(bytes(text).subarray(0, HEAD_BYTES))).toMatchObject({ value: 'text/plain' });
    expect(detect(bytes('a', [0xc3], 'b'))).toMatchObject({ ok: false });
  });

  test('a long beginning without an end of a comment is refused quickly', () => {
    expect(detect(bytes(`<!--${'-'.repeat(HEAD_BYTES)}`))).toMatchObject({ ok: false });
    expect(detect(bytes(`<a ${'x="1" '.repeat(HEAD_BYTES / 6)}`))).toMatchObject({ ok: false });
  });
});
