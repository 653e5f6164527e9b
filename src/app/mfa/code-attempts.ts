/** How every command runs that looks at a code of the second factor (R15). */
import type { AttemptsExhausted } from '../../../domain/mfa/attempts.ts';
import { TRIES_BEFORE_REFUSAL } from '../../../domain/mfa/second-factor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';

/** Seconds. Those ahead are answered by then, unless the database is slow. */
const SURPLUS_RETRY_SECONDS = 5;

const SURPLUS: AttemptsExhausted = { code: 'mfa_attempts_exhausted', retryAfterSeconds: SURPLUS_RETRY_SECONDS };

/**
 * - `decisions`: other processes may store as many tries before this one as the caps allow; after that it is refused as
 *   every later one is.
 * - `inTurn`: within this process the codes of one account are looked at one after the other. In parallel all but one would
 *   lose the race for the account's row each time, and decide and write again. More than may still be looked at do not
 *   wait: they are answered as guesses that come later are.
 *
 * @param userId whose codes; `undefined` where no code is looked at
 */
export function codeAttempts<L extends readonly unknown[]>(userId: (...loaded: L) => UserId | undefined) {
  return { decisions: TRIES_BEFORE_REFUSAL + 1, inTurn: { key: userId, surplus: SURPLUS } } as const;
}
