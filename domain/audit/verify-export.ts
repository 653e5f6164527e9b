/**
 * The offline verifier: reads an export of the audit log, one event per line, and the checkpoints kept elsewhere, and
 * gives a verdict. It needs no database, no network and no trust in whoever made the export.
 */
import { fromHex, toHex } from '../shared/bytes.ts';
import { canonicalize } from './canonical-json.ts';
import { openCheckpoint, type TreeHead } from './checkpoint.ts';
import { canonicalDigest, type EventContent, type Sha256 } from './event.ts';
import { createLogVerifier } from './log-verifier.ts';
import type { VerifierKey } from './signed-note.ts';
import type { LoggedEvent, Verdict, VerificationProblem } from './verdict.ts';

export interface ExportVerifier {
  /** One line of the export, without its newline. Empty lines are passed over. */
  push(line: string): void;
  finish(): Verdict;
}

/** Every line that cannot be read is counted; this many are named. */
const MAX_MALFORMED = 100;
const HASH_DIGITS = 64;

/** One line of an export, without newline: RFC 8785, so that nothing in it can be read in two ways. */
export function exportLine(event: LoggedEvent): string {
  return writeLine(event, canonicalize(event.content));
}

/**
 * For exports too large to be held: push the lines one by one. Never throws, whatever the lines and the checkpoints are.
 *
 * @param checkpoints signed notes, in any order; each must be signed by one of the keys
 * @param options.sha256 what hashes. Default: the portable implementation
 */
export function createExportVerifier(
  checkpoints: readonly string[],
  keys: readonly VerifierKey[],
  options: { readonly sha256?: Sha256 } = {},
): ExportVerifier {
  const problems: VerificationProblem[] = [];
  const heads: TreeHead[] = [];
  for (const [index, note] of checkpoints.entries()) {
    const opened = openCheckpoint(note, keys);
    if (opened.ok) heads.push(opened.value);
    else problems.push(checkpointProblem(index + 1, opened.error.code));
  }
  const log = createLogVerifier({ checkpoints: heads, ...options });
  const malformed: VerificationProblem[] = [];
  let lines = 0;

  return {
    push(line) {
      lines++;
      if (line.trim() === '') return;
      const read = readLine(line, options.sha256);
      if (read !== undefined) log.push(read.event, read.digest);
      else if (malformed.length < MAX_MALFORMED) malformed.push(problem('malformed', `line ${lines} is not an event`));
    },

    finish() {
      const verdict = log.finish();
      // A line that cannot be read leaves a gap behind it; the gap is named first because it names the event.
      const all = [...problems, ...verdict.problems, ...malformed];
      return { ...verdict, ok: all.length === 0, problems: all };
    },
  };
}

export function verifyExport(
  lines: Iterable<string>,
  checkpoints: readonly string[],
  keys: readonly VerifierKey[],
): Verdict {
  const verifier = createExportVerifier(checkpoints, keys);
  for (const line of lines) verifier.push(line);
  return verifier.finish();
}

function checkpointProblem(number: number, code: string): VerificationProblem {
  switch (code) {
    case 'note_forged':
      return problem('forged_signature', `checkpoint ${number} is not signed by a trusted key`);
    case 'checkpoint_of_another_log':
      return problem('forged_signature', `checkpoint ${number} is of another log`);
    default:
      return problem('malformed', `checkpoint ${number} is not a signed checkpoint`);
  }
}

function problem(kind: VerificationProblem['kind'], detail: string): VerificationProblem {
  return { kind, stream: null, sequence: null, eventId: null, detail };
}

function readLine(
  line: string,
  hash: Sha256 | undefined,
): { readonly event: LoggedEvent; readonly digest: Uint8Array } | undefined {
  try {
    const event = toEvent(JSON.parse(line));
    if (event === undefined) return undefined;
    const content = canonicalize(event.content);
    // Anything but the canonical form could hold a name twice, and show one reader what another does not verify.
    return line === writeLine(event, content) ? { event, digest: canonicalDigest(content, hash) } : undefined;
  } catch {
    // Not JSON, or without a canonical form: in both cases not an event.
    return undefined;
  }
}

/** The names in the order that RFC 8785 gives them. */
function writeLine(event: LoggedEvent, content: string): string {
  const { currentHash, leafIndex, previousHash, sequence, stream } = event;
  const hashes = `"currentHash":"${toHex(currentHash)}","leafIndex":${leafIndex},"previousHash":"${toHex(previousHash)}"`;
  return `{"content":${content},${hashes},"sequence":${sequence},"stream":${canonicalize(stream)}}`;
}

function toEvent(value: unknown): LoggedEvent | undefined {
  if (!isObject(value)) return undefined;
  const { content, currentHash, leafIndex, previousHash, sequence, stream } = value;
  if (!isContent(content) || typeof stream !== 'string' || !isHash(previousHash) || !isHash(currentHash))
    return undefined;
  if (!isCount(sequence) || (leafIndex !== null && !isCount(leafIndex))) return undefined;
  return {
    content,
    currentHash: fromHex(currentHash),
    leafIndex,
    previousHash: fromHex(previousHash),
    sequence,
    stream,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Later versions may add fields: whatever the content holds is hashed, so only what is used here is looked at. */
function isContent(value: unknown): value is EventContent {
  return isObject(value) && typeof value.id === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Digits are checked when they are decoded, their case when the line is compared. */
function isHash(value: unknown): value is string {
  return typeof value === 'string' && value.length === HASH_DIGITS;
}
