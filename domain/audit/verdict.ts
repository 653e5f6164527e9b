/** What verification reads and what it says. */
import type { ChainedEvent, HashedLink } from './chain.ts';
import type { ChainFault } from './chain-fault.ts';

export interface LoggedEvent extends ChainedEvent {
  /** The person whose record is concerned, or `system`. */
  readonly stream: string;
  /** Its place in the log, or null as long as it is not sealed. */
  readonly leafIndex: number | null;
}

/** An event as verification sees it: its content is a digest, so that it need not be read. */
export interface LoggedLink extends HashedLink, Pick<LoggedEvent, 'stream'> {}

export interface VerificationProblem {
  readonly kind: ChainFault['kind'] | 'root_mismatch' | 'malformed' | 'forged_signature';
  readonly stream: string | null;
  readonly sequence: number | null;
  readonly eventId: string | null;
  readonly detail: string;
}

export interface Verdict {
  readonly ok: boolean;
  /** How many events were read. */
  readonly checked: number;
  /** How many leaves are proven by a checkpoint. What comes after is held by its chains alone. */
  readonly proven: number;
  /** Leaves that were signed after what was read had been taken: nothing here proves or disproves them. */
  readonly unproven: number;
  /** The first bad event first; of each stream the first only, since what follows a break cannot be judged. */
  readonly problems: readonly VerificationProblem[];
}

/** A problem with its place in the order of the log, to sort by. */
export interface PlacedProblem extends VerificationProblem {
  readonly position: number;
}
