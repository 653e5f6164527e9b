/**
 * Verifies the audit log in one pass: the chain of each stream, the order of the leaves, and the roots that checkpoints
 * signed. Memory grows with the number of streams, not of events, so a log of any size can be streamed.
 */
import { equalBytes, toHex } from '../shared/bytes.ts';
import { type ChainHead, continues, type HashedLink, startOfChain } from './chain.ts';
import { type ChainFault, nameFault } from './chain-fault.ts';
import type { TreeHead } from './checkpoint.ts';
import { type EventContent, eventDigest, type Sha256 } from './event.ts';
import { createLeafOrder } from './leaf-order.ts';
import { HASH_BYTES } from './merkle.ts';
import type { LoggedEvent, LoggedLink, PlacedProblem, Verdict } from './verdict.ts';

export interface LogVerifierOptions {
  /** Tree heads whose signatures were checked, in any order. */
  readonly checkpoints: readonly TreeHead[];
  /** Where each stream should end, when that is known from elsewhere. */
  readonly heads?: ReadonlyMap<string, ChainHead>;
  /** The leaf hashes in the log's tiles: they show which event causes a wrong root. */
  readonly leafAt?: (index: number) => Uint8Array | undefined;
  /** The size of the log when the events were read. Checkpoints of a larger size are reported as unproven. */
  readonly takenUnder?: number | undefined;
  /** Default: the portable implementation. */
  readonly sha256?: Sha256;
}

export interface LogVerifier {
  /** Takes sealed events in the order of the log, then those that are not sealed; within a stream in the order of the chain. */
  push(link: LoggedLink): void;
  finish(): Verdict;
}

/** How many links after a break are kept to classify the fault, and for how many streams. */
const VIEW = 1024;
const MAX_BROKEN = 100;

interface StreamState {
  head: ChainHead;
  last: HashedLink | undefined;
  lastPosition: number;
  /** The links from the break on; undefined while the chain is intact. */
  broken: { readonly position: number; readonly rest: [HashedLink, ...HashedLink[]] } | undefined;
}

export function createLogVerifier(options: LogVerifierOptions): LogVerifier {
  const streams = new Map<string, StreamState>();
  const leaves = createLeafOrder(options.checkpoints, options.leafAt, options.sha256, options.takenUnder);
  let checked = 0;
  let brokenStreams = 0;

  function follow(link: LoggedLink, position: number): void {
    const { stream, sequence, currentHash } = link;
    let state = streams.get(stream);
    if (state === undefined) {
      state = { head: startOfChain(stream), last: undefined, lastPosition: position, broken: undefined };
      streams.set(stream, state);
    }
    if (state.broken !== undefined && state.broken.rest.length >= VIEW) return;
    if (state.broken !== undefined) {
      state.broken.rest.push(link);
    } else if (continues(state.head, link, options.sha256)) {
      state.head = { sequence, hash: currentHash };
      state.last = link;
      state.lastPosition = position;
    } else if (brokenStreams < MAX_BROKEN) {
      brokenStreams++;
      state.broken = { position, rest: [link] };
    }
  }

  return {
    push(link) {
      const position = checked++;
      follow(link, position);
      if (link.leafIndex !== null) leaves.push(link, link.leafIndex, position);
    },

    finish() {
      const inChains = judgeStreams(streams, options.heads);
      for (const [stream, head] of options.heads ?? []) {
        if (head.sequence === 0 || streams.has(stream)) continue;
        inChains.push(place(stream, Infinity, cutOff(startOfChain(stream), head)));
      }
      const missing = inChains.reduce((sum, problem) => sum + (problem.missing ?? 0), 0);
      const inLog = leaves.finish({ kinds: new Set(inChains.map(({ kind }) => kind)), missing });
      const problems = [...inChains, ...inLog.problems]
        // Two at the end, whose positions are infinite, stay in their order: a difference of NaN counts as none.
        .sort((a, b) => a.position - b.position)
        .map(({ kind, stream, sequence, eventId, detail }) => ({ kind, stream, sequence, eventId, detail }));
      return { ok: problems.length === 0, checked, proven: inLog.proven, unproven: inLog.unproven, problems };
    },
  };
}

const NO_HASH = new Uint8Array(HASH_BYTES);

/** An event as stored. */
export function linkOf({ content, currentHash, leafIndex, previousHash, sequence, stream }: LoggedEvent): LoggedLink {
  return {
    stream,
    sequence,
    previousHash: asHash(previousHash),
    currentHash: asHash(currentHash),
    eventId: content.id,
    digest: digestOf(content),
    leafIndex,
  };
}

/** In a damaged row a hash can have the wrong length: it is replaced by one that matches nothing. */
function asHash(bytes: Uint8Array): Uint8Array {
  return bytes.length === HASH_BYTES ? bytes : NO_HASH;
}

function digestOf(content: EventContent): Uint8Array {
  try {
    return eventDigest(content);
  } catch {
    // The portal never writes content without a canonical form: the digest must match nothing.
    return NO_HASH;
  }
}

type ChainProblem = PlacedProblem & { readonly missing?: number };

function judgeStreams(
  streams: ReadonlyMap<string, StreamState>,
  known: ReadonlyMap<string, ChainHead> | undefined,
): ChainProblem[] {
  const strays = findStrays(streams);
  const missed = new Set(strays.values());
  return [...streams].flatMap(([stream, state]) => {
    const owner = strays.get(stream);
    if (owner !== undefined && state.broken !== undefined) {
      const { sequence, eventId } = state.broken.rest[0];
      const detail = `it was chained in the stream ${owner}`;
      return [place(stream, state.broken.position, { kind: 'edited', sequence, eventId, detail })];
    }
    const problems = judgeStream(stream, state, known?.get(stream));
    // In the stream that the event was taken from only that event is missing, and it is already reported.
    return missed.has(stream) ? problems.filter(({ missing }) => missing !== 1) : problems;
  });
}

/** Streams that break at an event which continues another stream, mapped to that other stream. */
function findStrays(streams: ReadonlyMap<string, StreamState>): Map<string, string> {
  const strays = new Map<string, string>();
  const broken = [...streams].flatMap(([stream, state]) =>
    state.broken ? [[stream, state.broken.rest[0]] as const] : [],
  );
  if (broken.length === 0) return strays;
  const owners = new Map([...streams].map(([stream, { head }]) => [toHex(head.hash), stream]));
  for (const [stream, bad] of broken) {
    const owner = owners.get(toHex(bad.previousHash));
    const head = owner === undefined ? undefined : streams.get(owner)?.head;
    if (owner !== undefined && owner !== stream && head !== undefined && continues(head, bad))
      strays.set(stream, owner);
  }
  return strays;
}

function judgeStream(stream: string, state: StreamState, known: ChainHead | undefined): ChainProblem[] {
  const { head, last, broken } = state;
  if (broken !== undefined) {
    const found = nameFault(head, last, broken.rest);
    const isLast = last !== undefined && found.eventId === last.eventId && found.sequence === last.sequence;
    return [place(stream, isLast ? state.lastPosition : broken.position, found)];
  }
  if (known === undefined) return [];
  if (head.sequence < known.sequence) return [place(stream, Infinity, cutOff(head, known))];
  if (equalBytes(head.hash, known.hash) && head.sequence === known.sequence) return [];
  const kind = head.sequence > known.sequence ? 'inserted' : 'edited';
  const detail = `the stream was known to end with event ${known.sequence} and another hash`;
  return [place(stream, state.lastPosition, { kind, sequence: head.sequence, eventId: last?.eventId ?? null, detail })];
}

function cutOff(head: ChainHead, known: ChainHead): ChainFault {
  const detail = `the stream ends with event ${head.sequence} and was known to reach ${known.sequence}`;
  return {
    kind: 'truncated',
    sequence: head.sequence + 1,
    eventId: null,
    missing: known.sequence - head.sequence,
    detail,
  };
}

function place(stream: string, position: number, fault: ChainFault): ChainProblem {
  return { stream, position, ...fault };
}
