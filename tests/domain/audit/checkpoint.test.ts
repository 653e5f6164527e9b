import { describe, expect, it } from 'vitest';
import {
  checkpointText,
  openCheckpoint,
  parseCheckpointText,
  signCheckpoint,
} from '../../../domain/audit/checkpoint.ts';
import { EMPTY_ROOT } from '../../../domain/audit/merkle.ts';
import { signNote } from '../../../domain/audit/signed-note.ts';
import { ORIGIN, testSigner } from './sample-log.ts';

const signer = testSigner();
// The example of the specification.
const EXAMPLE = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';

describe('checkpoints (C2SP tlog-checkpoint)', () => {
  it('read and write the example of the specification', () => {
    const checkpoint = parseCheckpointText(EXAMPLE);
    expect(checkpoint).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
    expect(checkpoint && checkpointText(checkpoint)).toBe(EXAMPLE);
  });

  it('come back from a signed note', () => {
    const checkpoint = { origin: ORIGIN, size: 0, root: EMPTY_ROOT };
    const note = signCheckpoint(checkpoint, [signer]);
    expect(openCheckpoint(note, [signer])).toEqual({ ok: true, value: checkpoint });
    expect(openCheckpoint(note, [signer], ORIGIN)).toEqual({ ok: true, value: checkpoint });
  });

  it('allow extension lines', () => {
    expect(parseCheckpointText(`${EXAMPLE}extension\n`)).toMatchObject({ size: 20_852_163 });
  });

  it.each([
    '',
    'origin\n1\n',
    EXAMPLE.trimEnd(),
    EXAMPLE.replace('example.com/behind-the-sofa', ''),
    EXAMPLE.replace('20852163', '020852163'),
    EXAMPLE.replace('20852163', '-1'),
    EXAMPLE.replace('20852163', '1.5'),
    EXAMPLE.replace('20852163', '9007199254740993'),
    EXAMPLE.replace('20852163', '٣'),
    EXAMPLE.replace('CsUY', 'CsU'),
    EXAMPLE.replace('CsUYapGG', ''),
    `${EXAMPLE}\n`,
    EXAMPLE.replaceAll('\n', '\r\n'),
  ])('are refused when malformed: %j', (text) => {
    expect(parseCheckpointText(text)).toBeUndefined();
  });

  it('of another log are refused, though signed by a key we trust', () => {
    const note = signCheckpoint({ origin: 'other.example/log', size: 0, root: EMPTY_ROOT }, [signer]);
    const refused = { ok: false, error: { code: 'checkpoint_of_another_log' } };
    expect(openCheckpoint(note, [signer])).toEqual(refused);
    expect(openCheckpoint(note, [signer], ORIGIN)).toEqual(refused);
    expect(openCheckpoint(note, [signer], 'other.example/log').ok).toBe(true);
  });

  it('that are some other signed text are refused', () => {
    expect(openCheckpoint(signNote('hello\n', [signer]), [signer])).toEqual({
      ok: false,
      error: { code: 'note_malformed' },
    });
    expect(openCheckpoint('hello', [signer])).toEqual({ ok: false, error: { code: 'note_malformed' } });
  });

  it('that could not be read back are not signed', () => {
    for (const bad of [
      { origin: '', size: 0, root: EMPTY_ROOT },
      { origin: 'two\nlines', size: 0, root: EMPTY_ROOT },
      { origin: ORIGIN, size: -1, root: EMPTY_ROOT },
      { origin: ORIGIN, size: 1, root: new Uint8Array(31) },
    ]) {
      expect(() => signCheckpoint(bad, [signer])).toThrow(TypeError);
    }
  });
});
