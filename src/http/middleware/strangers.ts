/** Requests without a valid credential: counted, refused and struck by their address (ADR 0265, 0266). */
import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import type { AutomaticReason } from '../../../domain/protection/address-block.ts';
import { formatInstant } from '../../../domain/shared/time.ts';
import { addressSubject } from '../../app/address.ts';
import type { AppliedLimit } from '../../app/limits.ts';
import { storeLimitUse } from '../../app/protection/limit-use.ts';
import type { KnownBlock } from '../../app/protection/memory.ts';
import { type Standing, standingOf } from '../../app/protection/standing.ts';
import { strike } from '../../app/protection/strikes.ts';
import { countLimit, forgetAddressLimits, noteUses, refuseOverLimit } from '../counting.ts';
import type { AppEnv } from '../env.ts';
import type { Operation } from '../operation.ts';
import { Problem } from '../problems.ts';
import { anonymousContext } from './anonymous.ts';

const NEUTRAL: Pick<Standing, 'isTrusted' | 'block'> = { isTrusted: false, block: undefined };

/** What is known of the address. Without limits nothing is, and nothing is asked. */
export async function standing(c: HonoContext<AppEnv>): Promise<Pick<Standing, 'isTrusted' | 'block'>> {
  const { deps, config, waitUntil } = c.env.platform;
  if (config.RATE_LIMIT_FACTOR === 0) return NEUTRAL;
  const found = await standingOf(deps, c.env.clientAddress, deps.clock.now());
  if (found.refresh !== undefined) waitUntil(found.refresh().catch(failed(c, 'address_rules_unknown')));
  c.set('isTrusted', found.isTrusted);
  if (found.isTrusted) forgetAddressLimits(c);
  return found;
}

function failed(c: HonoContext<AppEnv>, event: string) {
  return (error: unknown) => c.env.platform.deps.log.failure(event, error);
}

/**
 * Counts a request by its address, because each guessed credential would have a limit of its own.
 * @throws Problem if the limit or a block refuses it
 */
export async function countStranger(
  c: HonoContext<AppEnv>,
  { provesItself }: Operation,
): Promise<AppliedLimit | undefined> {
  const limit = provesItself === undefined ? 'anonymous' : 'returning';
  const [counted, { isTrusted, block }] = await Promise.all([
    countLimit(c, limit, addressSubject(c.env.clientAddress)),
    standing(c),
  ]);
  if (isTrusted) return undefined;
  const stranger = { counted, block };
  c.set('stranger', stranger);
  refuseBlockedByHand(c, block);
  if (provesItself === undefined) refuseStranger(c);
  else if (provesItself === true) refuseOverLimit(c, counted);
  return counted;
}

/** @throws Problem if the limit of the address, or a block, refuses those who have no credential */
export function refuseStranger(c: HonoContext<AppEnv>): void {
  const { counted, block } = c.get('stranger') ?? {};
  if (block !== undefined) throw blocked(c, block);
  refuseOverLimit(c, counted);
}

/** The request has shown that it comes from somebody who was here before: what the address does is not theirs. */
export function isNoStranger(c: HonoContext<AppEnv>): void {
  c.set('stranger', undefined);
}

/** Refuses everything from an address that an administrator has blocked. */
export function refuseBlockedByHand(c: HonoContext<AppEnv>, block: KnownBlock | undefined): void {
  if (block?.byHand) throw blocked(c, block);
}

/** 429 and not 403, because only 429 and 503 promise that waiting helps (RFC 6585 section 4, RFC 9110 section 10.2.3). */
function blocked(c: HonoContext<AppEnv>, { endsAt }: KnownBlock): Problem {
  const seconds = Math.max(1, Math.ceil((endsAt - c.env.platform.deps.clock.now()) / 1000));
  return new Problem({
    code: 'address_blocked',
    members: { until: formatInstant(endsAt) },
    headers: { 'Retry-After': String(seconds) },
  });
}

/** Refusals that are strikes, apart from wrong tokens and keys. */
const STRIKES: Readonly<Record<string, AutomaticReason>> = {
  too_many_requests: 'flooding',
  sign_in_paused: 'flooding',
  invalid_credentials: 'guessing',
  mfa_code_invalid: 'guessing',
};

/** Counts strikes of strangers, and stores now and then how limits were used. Both run after the answer. */
export const strikeStrangers: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const { deps, config, waitUntil } = c.env.platform;
  if (config.RATE_LIMIT_FACTOR === 0) return;
  noteUses(c);
  const context = anonymousContext(c);
  const code = c.error instanceof Problem ? c.error.details.code : '';
  const reason = code === 'unauthenticated' && c.get('guessed') ? 'guessing' : STRIKES[code];
  if (reason !== undefined && c.get('stranger') !== undefined) {
    waitUntil(strike(deps, context, reason).catch(failed(c, 'strike_failed')));
  }
  if (deps.protection.uses.isDue(context.now)) {
    waitUntil(storeLimitUse(deps, context).catch(failed(c, 'limit_use_failed')));
  }
};
