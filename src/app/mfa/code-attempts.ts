/** The bounds of every command that checks a code of the second factor (R15). */
import type { AttemptsExhausted } from '../../../domain/mfa/attempts.ts';
import { TRIES_BEFORE_REFUSAL } from '../../../domain/mfa/second-factor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';

/** Seconds. Earlier attempts are answered within this time unless the database is slow. */
const SURPLUS_RETRY_SECONDS = 5;

const SURPLUS: AttemptsExhausted = { code: 'mfa_attempts_exhausted', retryAfterSeconds: SURPLUS_RETRY_SECONDS };

/**
 * - `decisions`: other processes may store as many attempts before this one as the caps allow; after that the attempt is refused.
 * - `queue`: within this process the codes of one account are checked one after the other, because in parallel all but one would
 *   conflict on the account's row and be decided again. Attempts beyond the cap do not wait: they are refused at once.
 *
 * @param userId the owner of the codes; `undefined` if no code is checked
 */
export function codeAttempts<L extends readonly unknown[]>(userId: (...loaded: L) => UserId | undefined) {
  return { decisions: TRIES_BEFORE_REFUSAL + 1, queue: { key: userId, whenFull: SURPLUS } } as const;
}
