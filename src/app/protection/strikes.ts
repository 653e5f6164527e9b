/** Counts what an address does without a credential, and decides what it has to expect (ADR 0265). */
import type { AutomaticReason } from '../../../domain/protection/address-block.ts';
import {
  type Suspicion,
  type SuspicionExemptions,
  suspicion,
  thresholdsOf,
} from '../../../domain/protection/suspicion.ts';
import type { LimitVerdict } from '../../../domain/shared/ports.ts';
import { addressSubject, rangesOf } from '../address.ts';
import type { Context, Deps } from '../context.ts';
import { scaledRule } from '../limits.ts';
import { blockAddress } from './blocks.ts';
import { noteUse } from './limit-use.ts';

/** Counts a strike of the request's address, and blocks the address if there were too many. Runs after the answer. */
export async function strike(deps: Deps, context: Context, reason: AutomaticReason): Promise<void> {
  const rule = scaledRule('strikes', deps.settings.rateLimitFactor);
  if (rule === undefined || rangesOf(context.ip) === undefined) return;
  const subject = addressSubject(context.ip);
  const verdict = await deps.limiter.limit(rule, subject);
  noteUse(deps, { rule, subject, verdict });
  if (suspicionOfVerdict(verdict) !== 'block') return;
  const blocks = await blockAddress(deps, context, reason);
  // The end of the block is a new beginning.
  if (blocks.length > 0) await deps.limiter.reset(rule, subject);
}

/**
 * What the address of a request has to expect now, without counting a strike. Called in the same turn as the limits, it is part
 * of their round trip to Redis.
 */
export async function suspicionOf(deps: Deps, context: Context, exemptions: SuspicionExemptions): Promise<Suspicion> {
  const rule = scaledRule('strikes', deps.settings.rateLimitFactor);
  if (rule === undefined) return 'none';
  return suspicionOfVerdict(await deps.limiter.peek(rule, addressSubject(context.ip)), exemptions);
}

function suspicionOfVerdict({ limit, remaining }: LimitVerdict, exemptions?: SuspicionExemptions): Suspicion {
  return suspicion({ strikes: limit - remaining }, thresholdsOf(limit), exemptions);
}
