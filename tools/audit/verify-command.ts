/** The command of the offline verifier: reads its arguments and files, and reports the verdict. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { nativeSha256 } from '../../adapters/crypto/native-sha256.ts';
import { parseVerifierKey, type VerifierKey } from '../../domain/audit/signed-note.ts';
import type { Verdict } from '../../domain/audit/verdict.ts';
import { createExportVerifier } from '../../domain/audit/verify-export.ts';

const USAGE = `Usage: npm run audit:verify -- EXPORT.ndjson [--checkpoint FILE]... [--held FILE]... [--keys FILE]...
                               [--key 'NAME+HASH+KEY']...

  EXPORT.ndjson   from GET /api/v1/audit/export; - reads standard input
  --checkpoint    a signed note, from /audit/log/checkpoint or file storage; may be repeated. What it signs beyond the
                  export's own checkpoint came later and is reported as unproven
  --held          a signed note that you kept from before the export was taken: the export must reach it; may be repeated
  --keys          a file of verifier keys that you trust, one a line, as /audit/log/key answers: the current key of the log,
                  and those of its former origins; may be repeated
  --key           a verifier key that you trust, from /audit/log/key; may be repeated

Without a key only the chains are verified, and whether the export is as long as it says.`;
const SHOWN_PROBLEMS = 20;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Prints a line. */
export type Say = (line: string) => void;

class Unusable extends Error {}

/** @returns the exit code */
export async function verifyCommand(args: readonly string[], say: Say): Promise<number> {
  try {
    return await verify(args, say);
  } catch (error) {
    say(error instanceof Unusable ? error.message : `The export could not be verified: ${(error as Error).message}`);
    return 2;
  }
}

async function verify(args: readonly string[], say: Say): Promise<number> {
  const { path, checkpoints, held, keys } = await readArguments(args);
  const verifier = createExportVerifier(checkpoints, keys, { sha256: nativeSha256, held });
  const input = path === '-' ? process.stdin : createReadStream(path);
  try {
    await readLines(input, (line) => verifier.push(line));
  } catch (error) {
    throw new Unusable(`${path} cannot be read (${(error as { code?: string }).code ?? 'unknown'})`);
  }
  const verdict = verifier.finish();
  report(verdict, keys.length, say);
  return verdict.ok ? 0 : 1;
}

/** Works on bytes, because the hashes cover the bytes of the file. */
async function readLines(input: AsyncIterable<Uint8Array>, push: (line: Uint8Array) => void): Promise<void> {
  let begun: Uint8Array[] = [];
  const end = (rest: Uint8Array) => {
    const line = begun.length === 0 ? rest : Buffer.concat([...begun, rest]);
    begun = [];
    push(line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line);
  };
  for await (const chunk of input) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
      end(chunk.subarray(from, at));
      from = at + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (begun.length > 0) end(new Uint8Array(0));
}

async function readArguments(args: readonly string[]) {
  let parsed: {
    values: { checkpoint?: string[]; held?: string[]; keys?: string[]; key?: string[]; help?: boolean };
    positionals: string[];
  };
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        checkpoint: { type: 'string', multiple: true },
        held: { type: 'string', multiple: true },
        keys: { type: 'string', multiple: true },
        key: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new Unusable(`${(error as Error).message}\n\n${USAGE}`);
  }
  const { values, positionals } = parsed;
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0 || values.help === true) throw new Unusable(USAGE);
  const listed = await Promise.all((values.keys ?? []).map(readKeys));
  const keys = [...listed.flat(), ...(values.key ?? []).map((key) => readKey(key))];
  const { checkpoint: files = [], held = [] } = values;
  if (files.length + held.length > 0 && keys.length === 0)
    throw new Unusable('A checkpoint says nothing without --keys or --key: who must have signed it?');
  const [checkpoints, kept] = await Promise.all([Promise.all(files.map(readNote)), Promise.all(held.map(readNote))]);
  return { path, keys, checkpoints, held: kept };
}

async function readKeys(path: string): Promise<VerifierKey[]> {
  const lines = (await readNote(path)).split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new Unusable(`${path} holds no verifier key`);
  return lines.map((line) => readKey(line, path));
}

/** @param where it was given */
function readKey(text: string, where = '--key'): VerifierKey {
  const key = parseVerifierKey(text.trim());
  if (key === undefined)
    throw new Unusable(`${where}: ${JSON.stringify(text.slice(0, 80))} is not an Ed25519 verifier key`);
  return key;
}

async function readNote(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Unusable(`${path} cannot be read (${(error as { code?: string }).code ?? 'unknown'})`);
  }
}

function report({ ok, checked, proven, unproven, problems }: Verdict, keys: number, say: Say): void {
  for (const { kind, stream, sequence, eventId, detail } of problems.slice(0, SHOWN_PROBLEMS)) {
    const where = [
      stream === null ? '' : `stream ${stream}`,
      sequence === null ? '' : `event ${sequence}`,
      eventId === null ? '' : `(${eventId})`,
    ];
    say([kind.toUpperCase(), ...where.filter((part) => part !== ''), '-', detail].join(' '));
  }
  if (problems.length > SHOWN_PROBLEMS) say(`… and ${problems.length - SHOWN_PROBLEMS} more`);
  const held = `${checked} events read, ${proven} proven by a signed checkpoint, ${checked - proven} held by their chains alone`;
  say(ok ? `OK: ${held}.` : `NOT OK: ${problems.length} problems; ${held}.`);
  if (unproven > 0) {
    say(`Unproven: ${unproven} leaves that were signed after the export was taken. A later export proves them.`);
  }
  if (ok && keys === 0) say('No key was given, so no signature was verified.');
}
