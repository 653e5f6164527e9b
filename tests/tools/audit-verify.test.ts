/** The offline verifier as it is run: its verdict, its exit code, and broken input of every kind (R43). */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCheckpointSigner } from '../../adapters/crypto/checkpoint-signer.ts';
import { appendToChain, startOfChain } from '../../domain/audit/chain.ts';
import { signCheckpoint } from '../../domain/audit/checkpoint.ts';
import { appendLeaves, EMPTY_FRONTIER, frontierRoot } from '../../domain/audit/merkle.ts';
import { formatVerifierKey } from '../../domain/audit/signed-note.ts';
import { exportLine } from '../../domain/audit/verify-export.ts';
import { verifyCommand } from '../../tools/audit/verify-command.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ORIGIN = 'portal.example/audit/log';
const signer = createCheckpointSigner({ name: ORIGIN, seed: new Uint8Array(32).fill(7) });
const stranger = createCheckpointSigner({ name: ORIGIN, seed: new Uint8Array(32).fill(8) });

const contents = Array.from({ length: 40 }, (_, n) => ({ id: `event-${n}`, what: `thing ${n}` }));
const { events } = appendToChain(startOfChain('system'), contents);
const lines = events.map((event, leafIndex) => exportLine({ ...event, stream: 'system', leafIndex }));
const root = frontierRoot(
  appendLeaves(
    EMPTY_FRONTIER,
    events.map(({ currentHash }) => currentHash),
  ),
);
const note = signCheckpoint({ origin: ORIGIN, size: events.length, root }, [signer]);

describe('audit:verify', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audit-verify-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = async (args: readonly string[]) => {
    const said: string[] = [];
    const code = await verifyCommand(args, (line) => said.push(`${line}\n`));
    return { code, out: said.join('') };
  };
  const file = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const verify = async (content: string | Uint8Array, checkpoint: string, key = formatVerifierKey(signer)) =>
    run([await file('export.ndjson', content), '--checkpoint', await file('checkpoint', checkpoint), '--key', key]);
  const whole = `${lines.join('\n')}\n`;

  test('a sound export is proven', async () => {
    expect(await verify(whole, note)).toEqual({
      code: 0,
      out: 'OK: 40 events read, 40 proven by a signed checkpoint, 0 held by their chains alone.\n',
    });
  });

  test('the script prints the verdict and exits with its code', async () => {
    const path = await file('edited.ndjson', whole.replace('thing 7', 'thing 8'));
    const script = join(ROOT, 'tools/audit-verify.ts');
    const ended = await new Promise((resolve) => {
      execFile(process.execPath, [script, path], (error, out) => resolve({ code: error?.code ?? 0, out }));
    });
    expect(ended).toEqual({ code: 1, out: expect.stringMatching(/^EDITED stream system event 8 \(event-7\)/) });
  });

  test.each([
    ['edited', whole.replace('thing 7', 'thing 8'), /^EDITED stream system event 8 \(event-7\)/],
    ['deleted', `${lines.toSpliced(7, 1).join('\n')}\n`, /^DELETED stream system event 8/],
    ['inserted', `${lines.toSpliced(7, 0, lines[7] ?? '').join('\n')}\n`, /^INSERTED stream system event 8/],
    [
      'reordered',
      `${lines.toSpliced(7, 2, lines[8] ?? '', lines[7] ?? '').join('\n')}\n`,
      /^REORDERED stream system event 9/,
    ],
    ['truncated', `${lines.slice(0, 30).join('\n')}\n`, /^TRUNCATED - the log ends after 30 leaves/],
  ])('an export that was %s is refused, and the first bad event named', async (_, content, first) => {
    const { code, out } = await verify(content, note);
    expect(code).toBe(1);
    expect(out).toMatch(first);
    expect(out).toContain('NOT OK');
  });

  test('a checkpoint that another key has signed is refused', async () => {
    const forged = signCheckpoint({ origin: ORIGIN, size: events.length, root }, [stranger]);
    const { code, out } = await verify(whole, forged);
    expect(code).toBe(1);
    expect(out).toMatch(/^FORGED_SIGNATURE/);
  });

  test.each([
    ['nothing', ''],
    ['half a line', whole.slice(0, 500)],
    ['bytes that are no text', Uint8Array.from({ length: 4096 }, (_, n) => (n * 131) % 256)],
    ['other JSON', '[]\n{}\nnull\n"x"\n1e999\n{"content":{"id":"a"}}\n'],
    ['deep nesting', `${'['.repeat(200_000)}\n`],
  ])('%s is reported as a fault and does not crash the command', async (_, content) => {
    const { code, out } = await verify(content, note);
    expect(code).toBe(1);
    expect(out).toMatch(/NOT OK: \d+ problems/);
  });

  test('wrong arguments are explained', async () => {
    const path = await file('export.ndjson', whole);
    expect(await run([])).toMatchObject({ code: 2, out: expect.stringContaining('Usage') });
    expect(await run([join(folder, 'absent')])).toMatchObject({ code: 2, out: expect.stringContaining('ENOENT') });
    expect(await run([path, '--key', 'x'])).toMatchObject({ code: 2, out: expect.stringContaining('verifier key') });
    expect(await run([path, '--nonsense'])).toMatchObject({ code: 2 });
    expect(await run([path, '--checkpoint', path])).toMatchObject({ code: 2, out: expect.stringContaining('--key') });
    expect(await run([path])).toMatchObject({ code: 0, out: expect.stringContaining('No key was given') });
  });
});
