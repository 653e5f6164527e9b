/** The rate limits that the operations of this context count in their handlers. */

import type { Context as HonoContext } from 'hono';
import type { SignedIn } from '../../../app/identity/tokens.ts';
import { browsersSubject, LIMITS, type LimitName } from '../../../app/limits.ts';
import { countLimit, giveBackLimit, refuseOverLimit } from '../../counting.ts';
import type { AppEnv } from '../../env.ts';
import { secondsUntilReset } from '../../limits.ts';

/** Counts one use of a limit that the operation declares. */
function count(c: HonoContext<AppEnv>, name: LimitName, subject: string) {
  const { operationId, limits } = c.get('operation');
  if (!limits?.includes(name)) throw new Error(`${operationId} counts the limit ${name} and does not declare it`);
  return countLimit(c, name, subject);
}

/**
 * Takes one use of a limit.
 * @returns whether the limit allowed the use, and a function that refunds it
 */
export async function tryLimit(c: HonoContext<AppEnv>, name: LimitName, subject: string) {
  const applied = await count(c, name, subject);
  const isOpen = applied?.verdict.allowed !== false;
  const giveBack = async () => {
    if (applied !== undefined) await giveBackLimit(c, applied);
  };
  return { isOpen, giveBack, applied };
}

/**
 * Takes one use of a limit, or ends the request.
 * @returns a function that refunds the use, for limits that count failures only
 */
export async function limit(c: HonoContext<AppEnv>, name: LimitName, subject: string): Promise<() => Promise<void>> {
  const { giveBack, applied } = await tryLimit(c, name, subject);
  refuseOverLimit(c, applied);
  return giveBack;
}

/**
 * Takes one use of a limit; the caller decides whether to refuse.
 * @returns seconds until the limit allows a use again, 0 if it allowed this one, and a function that refunds it
 */
export async function secondsLimited(c: HonoContext<AppEnv>, name: LimitName, subject: string) {
  const { isOpen, giveBack, applied } = await tryLimit(c, name, subject);
  if (isOpen || applied === undefined) return { seconds: 0, giveBack };
  return { seconds: Math.max(1, secondsUntilReset(applied, c.env.platform.deps.clock.now())), giveBack };
}

/** Resets the limits of the account after a sign-in, because its attempts were not guesses. */
export async function forgiveAccount(c: HonoContext<AppEnv>, signedIn: SignedIn): Promise<void> {
  const { deps, config } = c.env.platform;
  if (config.RATE_LIMIT_FACTOR === 0) return;
  const { email } = signedIn.user;
  await Promise.all([
    deps.limiter.reset(LIMITS.login_account, email),
    deps.limiter.reset(LIMITS.login_known, browsersSubject(email, signedIn)),
  ]);
}
