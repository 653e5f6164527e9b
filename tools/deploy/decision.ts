/** Whether a version that answers a part of the requests gets more of them, or none. */

/** Shares of the requests, in percent, one after another. The last is all. */
export const STAGES = [10, 50, 100] as const;

/** What a version did in a while. */
export interface Invocations {
  readonly requests: number;
  /** Uncaught exceptions, and what exceeded the memory or the time of the processor. */
  readonly errors: number;
}

export interface Observed {
  readonly candidate: Invocations;
  /** The version that served before, in the same time. */
  readonly former: Invocations;
  /** `null`: the journey succeeded; otherwise the step that failed. */
  readonly smokeFault: string | null;
}

export type Verdict =
  | { readonly kind: 'proceed' }
  /** Too few requests to tell. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'roll_back'; readonly reason: string };

/** Below this many requests a rate says nothing. */
export const ENOUGH_REQUESTS = 100;
/** A version that fails more often is taken back, whatever the former one did. */
const MOST_ERRORS = 0.05;
/** So much more often than the former one. */
const TIMES_FORMER = 2;
/** Below this rate a version is sound, however rarely the former one failed. */
const NOISE = 0.005;

const rate = ({ requests, errors }: Invocations) => (requests === 0 ? 0 : errors / requests);
const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

/** @param isLast whether there was time enough: then too few requests hold nothing up, and the journey decides */
export function judge({ candidate, former, smokeFault }: Observed, isLast: boolean): Verdict {
  if (smokeFault !== null) return { kind: 'roll_back', reason: `the smoke journey failed: ${smokeFault}` };
  const failing = rate(candidate);
  if (candidate.errors >= 5 && failing > MOST_ERRORS)
    return { kind: 'roll_back', reason: `${percent(failing)} of ${candidate.requests} requests failed` };
  if (candidate.requests < ENOUGH_REQUESTS) return { kind: isLast ? 'proceed' : 'wait' };
  const allowed = Math.max(NOISE, rate(former) * TIMES_FORMER);
  return failing > allowed
    ? {
        kind: 'roll_back',
        reason: `${percent(failing)} of ${candidate.requests} requests failed; the former version: ${percent(rate(former))}`,
      }
    : { kind: isLast ? 'proceed' : 'wait' };
}
