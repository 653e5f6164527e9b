/** The input and the result of verification. */
import type { ChainedEvent, HashedLink } from './chain.ts';
import type { ChainFault } from './chain-fault.ts';

export interface LoggedEvent extends ChainedEvent {
  /** The person whose record is concerned, or `system`. */
  readonly stream: string;
  /** Its index in the log; null while it is not sealed. */
  readonly leafIndex: number | null;
}

/** An event for verification, with the digest of its content in place of the content. */
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
  /** How many leaves a checkpoint proves. Later events are protected by their chains alone. */
  readonly proven: number;
  /** Leaves that were signed after the events were read: neither proven nor disproven. */
  readonly unproven: number;
  /** In the order of the log. Of each stream only the first fault: what follows a break cannot be verified. */
  readonly problems: readonly VerificationProblem[];
}

/** A problem with its place in the order of the log, to sort by. */
export interface PlacedProblem extends VerificationProblem {
  readonly position: number;
}
