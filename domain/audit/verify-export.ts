/**
 * The offline verifier: verifies an export of the audit log, one event per line, against checkpoints that were kept
 * elsewhere. It needs no database and no network, and does not trust the source of the export.
 */
import { toHex, utf8 } from '../shared/bytes.ts';
import { canonicalize } from './canonical-json.ts';
import { NOT_CANONICAL, objectEnd, stringAt, stringEnd, textEnd, valueEnd } from './canonical-scan.ts';
import { openCheckpoint, parseCheckpointText, type TreeHead } from './checkpoint.ts';
import { portableSha256, type Sha256 } from './event.ts';
import { createLogVerifier, type LogVerifier } from './log-verifier.ts';
import { parseNote, type VerifierKey } from './signed-note.ts';
import type { LoggedEvent, LoggedLink, Verdict, VerificationProblem } from './verdict.ts';

export interface ExportVerifier {
  /** One line of the export in UTF-8, without its newline. Empty lines are skipped. */
  push(line: Uint8Array | string): void;
  finish(): Verdict;
}

/** At most this many malformed lines are reported. */
const MAX_MALFORMED = 100;
const HASH_DIGITS = 64;
const OPEN_BRACE = 0x7b;

/** One line of an export, without newline, in canonical form (RFC 8785), so that all readers parse it alike. */
export function exportLine(event: LoggedEvent): string {
  return writeLine(event, canonicalize(event.content));
}

/** The first line of an export: the newest checkpoint when the export was taken. */
export function exportHeader(checkpoint: string): string {
  return canonicalize({ checkpoint });
}

export interface ExportVerifierOptions {
  /** What hashes. Default: the portable implementation. */
  readonly sha256?: Sha256;
  /** Signed notes from before the export was taken: the export must reach their sizes. */
  readonly held?: readonly string[];
}

/**
 * For exports that do not fit into memory: push the lines one by one. Never throws, whatever the input.
 *
 * The first line of an export is the checkpoint that it was taken under. The export must reach that checkpoint and the held
 * ones; leaves that other checkpoints sign beyond them are unproven. An export without that line must reach all.
 *
 * @param checkpoints signed notes, in any order; each must be signed by one of the keys
 * @param keys without keys, checkpoints prove nothing, and the first line only gives the size that the export must reach
 */
export function createExportVerifier(
  checkpoints: readonly string[],
  keys: readonly VerifierKey[],
  { sha256 = portableSha256, held = [] }: ExportVerifierOptions = {},
): ExportVerifier {
  const { heads, problems, open } = createCheckpointReader(keys);
  for (const [index, note] of checkpoints.entries()) open(note, `checkpoint ${index + 1}`);
  const heldSizes = held.map((note, index) => open(note, `held checkpoint ${index + 1}`));
  let log: LogVerifier | undefined;
  const malformed: VerificationProblem[] = [];
  let lines = 0;

  /** Creates the verifier once the first line is read, because that line gives the size to compare with. */
  const begin = (header: string | undefined): LogVerifier => {
    const size = header === undefined ? undefined : keys.length > 0 ? open(header, HEADER) : unsignedSize(header);
    const takenUnder = size === undefined ? undefined : Math.max(size, ...heldSizes);
    return createLogVerifier({ checkpoints: heads, sha256, takenUnder });
  };

  return {
    push(line) {
      lines++;
      const bytes = typeof line === 'string' ? utf8(line) : line;
      if (bytes[0] !== OPEN_BRACE && isBlank(bytes)) return;
      if (log === undefined) {
        const header = readHeader(bytes);
        log = begin(header);
        if (header !== undefined) return;
      }
      const link = readLine(bytes, sha256);
      if (link !== undefined) log.push(link);
      else if (malformed.length < MAX_MALFORMED) malformed.push(problem('malformed', `line ${lines} is not an event`));
    },

    finish() {
      const verdict = (log ?? begin(undefined)).finish();
      // A malformed line leaves a gap in its chain; the gap is reported first because it names the event.
      const all = [...problems, ...verdict.problems, ...malformed];
      return { ...verdict, ok: all.length === 0, problems: all };
    },
  };
}

/** Opens checkpoints one by one, and keeps the tree heads of those that are good and the faults of the others. */
function createCheckpointReader(keys: readonly VerifierKey[]) {
  const heads: TreeHead[] = [];
  const problems: VerificationProblem[] = [];
  return {
    heads,
    problems,
    /** @returns the size that is signed, or 0 for a note that is not a checkpoint of this log */
    open(note: string, name: string): number {
      const opened = openCheckpoint(note, keys);
      if (!opened.ok) {
        problems.push(checkpointProblem(name, opened.error.code));
        return 0;
      }
      heads.push(opened.value);
      return opened.value.size;
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

function checkpointProblem(name: string, code: string): VerificationProblem {
  switch (code) {
    case 'note_forged':
      return problem('forged_signature', `${name} is not signed by a trusted key`);
    case 'checkpoint_of_another_log':
      return problem('forged_signature', `${name} is of another log`);
    default:
      return problem('malformed', `${name} is not a signed checkpoint`);
  }
}

const HEADER = 'the checkpoint of the export';
const MAX_HEADER_BYTES = 16_384;

/** @returns the signed note, or undefined when the line is not what {@link exportHeader} writes */
function readHeader(line: Uint8Array): string | undefined {
  if (line.length > MAX_HEADER_BYTES) return undefined;
  const note = textEnd(line, 0, BEFORE_CHECKPOINT);
  const noteEnd = stringEnd(line, note);
  return textEnd(line, noteEnd, END_OF_OBJECT) === line.length ? stringAt(line, note, noteEnd) : undefined;
}

/** The size that an export claims to reach, for verifiers without a key. */
function unsignedSize(note: string): number {
  const parsed = parseNote(note);
  return (parsed.ok ? parseCheckpointText(parsed.value.text)?.size : undefined) ?? 0;
}

function problem(kind: VerificationProblem['kind'], detail: string): VerificationProblem {
  return { kind, stream: null, sequence: null, eventId: null, detail };
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}

/** The names in the order that RFC 8785 gives them. */
function writeLine(event: LoggedEvent, content: string): string {
  const { currentHash, leafIndex, previousHash, sequence, stream } = event;
  const hashes = `"currentHash":"${toHex(currentHash)}","leafIndex":${leafIndex},"previousHash":"${toHex(previousHash)}"`;
  return `{"content":${content},${hashes},"sequence":${sequence},"stream":${canonicalize(stream)}}`;
}

/** What {@link writeLine} puts between its values. */
const BEFORE_CHECKPOINT = utf8('{"checkpoint":');
const BEFORE_CONTENT = utf8('{"content":');
const BEFORE_CURRENT_HASH = utf8(',"currentHash":"');
const BEFORE_LEAF_INDEX = utf8('","leafIndex":');
const BEFORE_PREVIOUS_HASH = utf8(',"previousHash":"');
const BEFORE_SEQUENCE = utf8('","sequence":');
const BEFORE_STREAM = utf8(',"stream":');
const END_OF_OBJECT = utf8('}');
const ID = utf8('"id":"');
const NULL = utf8('null');

/**
 * Accepts exactly what {@link writeLine} writes: in other JSON a name could occur twice, and a reader could show a value
 * that this verifier does not cover. The content is hashed as it is. Only its id is read, because later versions may add
 * fields.
 */
function readLine(line: Uint8Array, hash: Sha256): LoggedLink | undefined {
  const content = textEnd(line, 0, BEFORE_CONTENT);
  let eventId: string | undefined;
  const contentEnd = objectEnd(line, content, undefined, (name, _, value, valueEnd) => {
    if (textEnd(line, name, ID) === value + 1) eventId = stringAt(line, value, valueEnd);
  });
  const currentHash = textEnd(line, contentEnd, BEFORE_CURRENT_HASH);
  const leafIndex = textEnd(line, after(currentHash, HASH_DIGITS), BEFORE_LEAF_INDEX);
  const leafIndexEnd = valueEnd(line, leafIndex);
  const previousHash = textEnd(line, leafIndexEnd, BEFORE_PREVIOUS_HASH);
  const sequence = textEnd(line, after(previousHash, HASH_DIGITS), BEFORE_SEQUENCE);
  const sequenceEnd = valueEnd(line, sequence);
  const stream = textEnd(line, sequenceEnd, BEFORE_STREAM);
  const streamEnd = stringEnd(line, stream);
  if (textEnd(line, streamEnd, END_OF_OBJECT) !== line.length) return undefined;

  const isSealed = textEnd(line, leafIndex, NULL) !== leafIndexEnd;
  return complete({
    stream: stringAt(line, stream, streamEnd),
    sequence: countAt(line, sequence, sequenceEnd),
    previousHash: hashAt(line, previousHash),
    currentHash: hashAt(line, currentHash),
    eventId,
    digest: hash(line.subarray(content, contentEnd)),
    leafIndex: isSealed ? countAt(line, leafIndex, leafIndexEnd) : null,
  });
}

/** The link if all its parts could be read. */
function complete(link: { readonly [Part in keyof LoggedLink]: LoggedLink[Part] | undefined }): LoggedLink | undefined {
  const { eventId, sequence, leafIndex, previousHash, currentHash } = link;
  const isWhole = eventId && previousHash && currentHash && sequence !== undefined && leafIndex !== undefined;
  return isWhole ? (link as LoggedLink) : undefined;
}

function after(at: number, length: number): number {
  return at === NOT_CANONICAL ? NOT_CANONICAL : at + length;
}

/** A number that counts something. */
function countAt(bytes: Uint8Array, at: number, end: number): number | undefined {
  let count = 0;
  for (let i = at; i < end; i++) {
    const digit = (bytes[i] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    count = count * 10 + digit;
  }
  return Number.isSafeInteger(count) ? count : undefined;
}

const ZERO = 0x30;
/** The value of each lower-case hexadecimal digit; 255 for what is none. */
const NIBBLES = new Uint8Array(256).fill(255);
for (const [value, digit] of utf8('0123456789abcdef').entries()) NIBBLES[digit] = value;

function hashAt(bytes: Uint8Array, at: number): Uint8Array | undefined {
  const hash = new Uint8Array(HASH_DIGITS / 2);
  let worst = 0;
  for (let i = 0; i < hash.length; i++) {
    const high = NIBBLES[bytes[at + 2 * i] ?? 0] ?? 255;
    const low = NIBBLES[bytes[at + 2 * i + 1] ?? 0] ?? 255;
    worst |= high | low;
    hash[i] = (high << 4) | low;
  }
  return worst < 16 ? hash : undefined;
}
