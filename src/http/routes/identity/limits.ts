/** The rate limits that the operations of this context count in their handlers. */

import type { Context as HonoContext } from 'hono';
import type { SignedIn } from '../../../app/identity/tokens.ts';
import { applyLimit, browsersSubject, LIMITS, type LimitName } from '../../../app/limits.ts';
import type { AppEnv } from '../../env.ts';
import { limitHeaders } from '../../limits.ts';
import { Problem } from '../../problems.ts';

/** Counts one use of a limit that the operation declares. */
function count(c: HonoContext<AppEnv>, name: LimitName, subject: string) {
  const { operationId, limits } = c.get('operation');
  if (!limits?.includes(name)) throw new Error(`${operationId} counts the limit ${name} and does not declare it`);
  const { deps, config } = c.env.platform;
  return applyLimit(deps.limiter, config.RATE_LIMIT_FACTOR, name, subject);
}

/**
 * Takes one use of a limit.
 * @returns whether the limit allowed the use, and a function that refunds it
 */
export async function tryLimit(c: HonoContext<AppEnv>, name: LimitName, subject: string) {
  const applied = await count(c, name, subject);
  const { deps } = c.env.platform;
  const isOpen = applied?.verdict.allowed !== false;
  const giveBack = async () => {
    if (applied?.verdict.allowed === true) await deps.limiter.giveBack(applied.rule, subject, applied.verdict);
  };
  return { isOpen, giveBack, applied };
}

/**
 * Takes one use of a limit, or ends the request.
 * @returns a function that refunds the use, for limits that count failures only
 */
export async function limit(c: HonoContext<AppEnv>, name: LimitName, subject: string): Promise<() => Promise<void>> {
  const { isOpen, giveBack, applied } = await tryLimit(c, name, subject);
  if (!isOpen && applied !== undefined) {
    throw new Problem({ code: 'too_many_requests', headers: limitHeaders(applied, c.env.platform.deps.clock.now()) });
  }
  return giveBack;
}

/** Seconds until a limit allows a use again; 0 if it allowed this one. The caller decides whether to refuse. */
export async function secondsLimited(c: HonoContext<AppEnv>, name: LimitName, subject: string): Promise<number> {
  const applied = await count(c, name, subject);
  const { deps } = c.env.platform;
  if (applied === undefined || applied.verdict.allowed) return 0;
  return Math.max(1, Math.ceil((applied.verdict.resetAt - deps.clock.now()) / 1000));
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
