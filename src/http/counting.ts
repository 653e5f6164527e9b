/** Counts limits, and remembers for the headers of the answer which ones have counted the request (R33). */
import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import { type AppliedLimit, applyLimit, LIMITS, type LimitName } from '../app/limits.ts';
import { noteUse } from '../app/protection/limit-use.ts';
import type { AppEnv } from './env.ts';
import { limitHeaders, secondsUntilReset } from './limits.ts';
import { Problem } from './problems.ts';

/** Counts one use. @returns `undefined` if limits are switched off */
export async function countLimit(
  c: HonoContext<AppEnv>,
  name: LimitName,
  subject: string,
): Promise<AppliedLimit | undefined> {
  const { deps, config } = c.env.platform;
  const isByAddress = LIMITS[name].by === 'address';
  if (isByAddress && c.get('isTrusted')) return undefined;
  const applied = await applyLimit(deps.limiter, config.RATE_LIMIT_FACTOR, name, subject);
  if (applied === undefined) return undefined;
  // The address may have turned out to be trusted in the same turn.
  if (!(isByAddress && c.get('isTrusted'))) c.set('counted', [...(c.get('counted') ?? []), applied]);
  return applied;
}

/** After the address turned out to be trusted: its limits do not count the request. */
export function forgetAddressLimits(c: HonoContext<AppEnv>): void {
  c.set(
    'counted',
    c.get('counted')?.filter(({ name }) => LIMITS[name].by !== 'address'),
  );
}

/** A limit that was counted beside others, and turned out not to be that of the caller. */
export function forgetLimit(c: HonoContext<AppEnv>, applied: AppliedLimit | undefined): void {
  c.set(
    'counted',
    c.get('counted')?.filter((each) => each !== applied),
  );
}

/** Refunds a use that was allowed. The limit has not counted the request then. */
export async function giveBackLimit(c: HonoContext<AppEnv>, applied: AppliedLimit): Promise<void> {
  const { rule, subject, verdict } = applied;
  if (!verdict.allowed) return;
  forgetLimit(c, applied);
  await c.env.platform.deps.limiter.giveBack(rule, subject, verdict);
}

/** After the handler: only then is known which limits have counted the request, and refused nobody whom the clinic trusts. */
export function noteUses(c: HonoContext<AppEnv>): void {
  for (const applied of c.get('counted') ?? []) noteUse(c.env.platform.deps, applied);
}

/** @throws Problem if one of the limits refused the use */
export function refuseOverLimit(c: HonoContext<AppEnv>, ...counted: readonly (AppliedLimit | undefined)[]): void {
  const refused = counted.filter((each) => each?.verdict.allowed === false);
  if (refused.length === 0) return;
  const now = c.env.platform.deps.clock.now();
  const seconds = refused.map((each) => (each === undefined ? 0 : secondsUntilReset(each, now)));
  throw new Problem({ code: 'too_many_requests', headers: { 'Retry-After': String(Math.max(1, ...seconds)) } });
}

/** Tells on every answer, also on refusals and failures, what the limits that counted the request have left. */
export const tellLimits: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const told = (c.get('counted') ?? []).filter(({ name }) => !('untold' in LIMITS[name]));
  for (const [name, value] of Object.entries(limitHeaders(told, c.env.platform.deps.clock.now()))) {
    c.res.headers.set(name, value);
  }
};
