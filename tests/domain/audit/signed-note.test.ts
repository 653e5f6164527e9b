import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../../domain/audit/base64.ts';
import {
  formatVerifierKey,
  noteKeyId,
  openNote,
  parseNote,
  parseVerifierKey,
  signNote,
} from '../../../domain/audit/signed-note.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import { sampled } from '../../support/size.ts';
import { testSigner } from './sample-log.ts';

// The example of Go's golang.org/x/mod/sumdb/note, which the specification grew out of.
const NEUMANN_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const NEUMANN_TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const NEUMANN_NOTE = `${NEUMANN_TEXT}
— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

const neumann = parseVerifierKey(NEUMANN_KEY);
const signer = testSigner('log.example/a');
const note = signNote('text\n\nwith an empty line\n', [signer]);

describe('signed notes (C2SP signed-note)', () => {
  it('verify what another implementation signed', () => {
    if (neumann === undefined) throw new Error('the key was refused');
    expect(toHex(noteKeyId(neumann))).toBe('c74f20a3');
    expect(formatVerifierKey(neumann)).toBe(NEUMANN_KEY);
    expect(openNote(NEUMANN_NOTE, [neumann])).toEqual({ ok: true, value: { text: NEUMANN_TEXT, signedBy: [neumann] } });
  });

  it('carry any text that ends with a newline, empty lines included', () => {
    expect(openNote(note, [signer])).toMatchObject({ ok: true, value: { text: 'text\n\nwith an empty line\n' } });
    expect(note.endsWith('=\n')).toBe(true);
    expect(note).toContain('\n\n— log.example/a ');
  });

  it('carry several signatures; those of unknown keys are ignored', () => {
    const other = testSigner('log.example/a', 9);
    const both = signNote('t\n', [signer, other]);
    expect(openNote(both, [signer])).toMatchObject({ ok: true, value: { signedBy: [signer] } });
    expect(openNote(both, [other, signer])).toMatchObject({ ok: true, value: { signedBy: [signer, other] } });
    expect(openNote(both, [testSigner('log.example/b')])).toEqual({ ok: false, error: { code: 'note_forged' } });
    expect(openNote(both, [])).toEqual({ ok: false, error: { code: 'note_forged' } });
  });

  it('are refused under another name with the id of a known key', () => {
    const renamed = note.replace('— log.example/a ', '— log.example/b ');
    expect(openNote(renamed, [signer])).toEqual({ ok: false, error: { code: 'note_forged' } });
  });

  it('are refused when any character of the text is another', () => {
    for (const i of sampled([...NEUMANN_TEXT].map((_, place) => place))) {
      const altered = `${NEUMANN_NOTE.slice(0, i)}~${NEUMANN_NOTE.slice(i + 1)}`;
      expect(openNote(altered, neumann ? [neumann] : []).ok).toBe(false);
    }
  });

  it('are refused when a known key is named with a wrong signature, even beside a right one', () => {
    const other = testSigner('log.example/a', 9);
    const lying = { ...other, sign: () => new Uint8Array(64) };
    expect(openNote(signNote('t\n', [signer, lying]), [signer, other])).toEqual({
      ok: false,
      error: { code: 'note_forged' },
    });
    const short = { ...other, sign: () => new Uint8Array(63) };
    expect(openNote(signNote('t\n', [short]), [other]).ok).toBe(false);
  });

  it.each([
    '',
    '\n',
    '\n\n',
    'text\n',
    'text\n\n',
    'text\n\n— name\n',
    'text\n\n— name \n',
    'text\n\n— name AAAA\n',
    // The id of a key without a signature.
    'text\n\n— name AAAAAA==\n',
    'text\n\n— na+me AAAAAAAA\n',
    'text\n\n- name AAAAAAAA\n',
    'text\n\n— name AAAAAAA\n',
    'text\n\n— name AAAAAAAA',
    'text\n\n— name AAAAAAAA\n\n',
    'te\0xt\n\n— name AAAAAAAA\n',
    'text\r\n\n— name AAAAAAAA\n',
    '\ud800\n\n— name AAAAAAAA\n',
    `text\n\n${'— name AAAAAAAA\n'.repeat(101)}`,
    `${'x'.repeat(1_000_001)}\n\n— name AAAAAAAA\n`,
  ])('that are malformed are said to be: %j', (text) => {
    expect(parseNote(text)).toEqual({ ok: false, error: { code: 'note_malformed' } });
    expect(openNote(text, [signer]).ok).toBe(false);
  });

  it('take at least sixteen signatures', () => {
    expect(parseNote(`text\n\n${'— name AAAAAAAA\n'.repeat(16)}`).ok).toBe(true);
  });

  it.each(['no newline', 'tab\t\n', '', '\ud800\n'])('cannot be made of %j', (text) => {
    expect(() => signNote(text, [signer])).toThrow(TypeError);
  });

  it('cannot be made without a signer', () => {
    expect(() => signNote('t\n', [])).toThrow(TypeError);
  });
});

describe('verifier keys', () => {
  it('read back as what was written, such as the key of the Go checksum database', () => {
    for (const text of [
      'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8',
      formatVerifierKey(signer),
    ]) {
      const key = parseVerifierKey(text);
      expect(key && formatVerifierKey(key)).toBe(text);
    }
  });

  it.each([
    '',
    'a+b',
    NEUMANN_KEY.replace('c74f20a3', 'c74f20a4'),
    NEUMANN_KEY.replace('Peter', 'Paul'),
    NEUMANN_KEY.replace('ARpc', 'AhpC'),
    NEUMANN_KEY.slice(0, -4),
    `${NEUMANN_KEY} `,
    NEUMANN_KEY.replace('PeterNeumann', 'Peter Neumann'),
  ])('are refused when they are not: %j', (text) => {
    expect(parseVerifierKey(text)).toBeUndefined();
  });
});

describe('base64', () => {
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('of %j is %j (RFC 4648 section 10)', (text, encoded) => {
    const bytes = new TextEncoder().encode(text);
    expect(toBase64(bytes)).toBe(encoded);
    expect(fromBase64(encoded)).toEqual(bytes);
  });

  it('agrees with the platform on all bytes', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  });

  it.each(['Zg', 'Zg=', 'Zh==', 'Zm9=', '====', 'Zg==Zg==', 'Z-_=', ' Zg==', 'Zg==\n'])('refuses %j', (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });
});
