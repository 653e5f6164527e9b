/** Blocking addresses, by the portal and by hand, and lifting blocks. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { addressCounter } from '../../../domain/identity/sign-in-throttle.ts';
import {
  type AutomaticReason,
  type BlockNotFound,
  type BlockRefused,
  blockAutomatically,
  blockByHand,
  type IpBlock,
  type IpBlockId,
  lift,
} from '../../../domain/protection/address-block.ts';
import type { BlockQuery } from '../../../domain/protection/ports.ts';
import type { Result } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type AddressRanges, addressSubject, rangesOf } from '../address.ts';
import { type Contended, execute, executeOnce, type KeyReused, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { clearAddressLimits } from '../limits.ts';
import { forgetBlock, rememberBlocks, standingOf } from './standing.ts';

function newBlock(deps: Deps, now: Instant) {
  const id = newId<'ip_block'>(deps, now);
  return { id, dataKey: deps.cipher.newKey(id) };
}

/**
 * Blocks a client address for a reason that the portal has found: for longer each time, and with its /48 of IPv6 once
 * several networks of that are blocked. Does nothing to addresses that are trusted, of a private network, unknown, or
 * blocked already.
 *
 * @param address of the client. Default: that of the request
 * @returns the blocks that were made
 */
export async function blockAddress(
  deps: Deps,
  context: Context,
  reason: AutomaticReason,
  address: string | null = context.ip,
): Promise<readonly IpBlock[]> {
  const { now } = context;
  const ranges = rangesOf(address);
  if (ranges === undefined || ranges.isInternal) return [];
  const { range, site } = ranges;
  const { blocking } = deps.protection;
  if (blocking.has(range.text)) return [];
  const { isTrusted, block } = await standingOf(deps, address, now);
  if (isTrusted || block !== undefined || blocking.has(range.text)) return [];
  blocking.add(range.text);
  try {
    const made = { range, site, reason, made: newBlock(deps, now), siteMade: newBlock(deps, now) };
    const { rangeHistory, siteHistory } = deps.loads.protection;
    const result = await execute(deps, context, {
      loads: [rangeHistory(range.text, now), siteHistory(site?.text ?? null, range.text, now)],
      decide: (history, ofSite) => ({ ok: true, value: blockAutomatically(made, history, ofSite, now) }),
      // Another process has blocked it.
      onConflict: () => ({ code: 'address_already_blocked' as const }),
    });
    if (!result.ok) return [];
    await remember(deps, result.value, now);
    deps.metrics.count('portal_address_blocks_total', { reason }, result.value.length);
    deps.log.write('warn', 'address_blocked', { reason, blocks: result.value.length });
    return result.value;
  } finally {
    blocking.delete(range.text);
  }
}

function remember(deps: Deps, blocks: readonly IpBlock[], now: Instant): Promise<void> {
  const known = blocks.map(({ range, endsAt, reason }) => ({ range, endsAt, byHand: reason === 'by_hand' }));
  return rememberBlocks(deps, known, now);
}

export interface HandBlock {
  readonly ranges: AddressRanges;
  readonly note: string;
  readonly endsAt: Instant;
}

export async function makeBlock(
  deps: Deps,
  context: Context,
  { ranges, note, endsAt }: HandBlock,
  represent: (block: IpBlock) => Representation,
): Promise<Result<Representation, BlockRefused | Contended | KeyReused>> {
  const { now } = context;
  const { range, site } = ranges;
  const own = rangesOf(context.ip);
  const isOwn = [own?.range.text, own?.site?.text].includes(range.text);
  const { isTrusted } = await standingOf(deps, range.text.split('/')[0] ?? null, now);
  const asked = { range, site, note, endsAt, isOwn, isTrusted, made: newBlock(deps, now) };
  let block: IpBlock | undefined;
  const result = await executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.protection.rangeHistory(range.text, now)],
      decide: (history): Result<Decision<Change, IpBlock>, BlockRefused> => {
        const made = blockByHand(asked, history, now);
        block = made.ok ? made.value.value : undefined;
        return made;
      },
      onConflict: () => ({ code: 'address_already_blocked' as const, until: endsAt }),
      reloadOnConflict: true,
      answerOf: 'caller',
    },
    represent,
  );
  if (result.ok && block !== undefined) await remember(deps, [block], now);
  return result;
}

/**
 * Also forgets what the limits and the pauses of sign-ins have counted for the address, so that it is not blocked again at once.
 *
 * @param address for which it is lifted, as limits count it. Default: the range of the block
 */
export async function liftBlock(
  deps: Deps,
  context: Context,
  id: IpBlockId,
  address?: string,
): Promise<Result<IpBlock, BlockNotFound | Contended>> {
  const result = await execute(deps, context, {
    loads: [deps.loads.protection.ipBlock(id)],
    decide: (block) => lift(block, addressCounter(address ?? subjectOf(block)), context.now),
  });
  if (!result.ok) return result;
  const { range } = result.value;
  await forgetBlock(deps, range);
  if (deps.settings.rateLimitFactor > 0) await clearAddressLimits(deps.limiter, address ?? subjectOf(result.value));
  return result;
}

/** The range as limits count it. Those of the networks of a site are not known here. */
function subjectOf(block: IpBlock | undefined): string {
  return addressSubject(block?.range.split('/')[0] ?? null);
}

/** Lifts the blocks that hold for an address, that of its site too. @returns how many there were */
export async function liftBlocksOf(deps: Deps, context: Context, ranges: AddressRanges): Promise<number> {
  const subject = addressSubject(ranges.range.text.split('/')[0] ?? null);
  const texts = [ranges.range, ...(ranges.site === null ? [] : [ranges.site])].map(({ text }) => text);
  const [blocks] = await deps.database.load(deps.loads.protection.blocksOf(texts, context.now));
  const lifted = await Promise.all(blocks.map(({ id }) => liftBlock(deps, context, id, subject)));
  return lifted.filter(({ ok }) => ok).length;
}

export async function readBlocks(deps: Deps, context: Context, query: BlockQuery): Promise<IpBlock[]> {
  const [blocks] = await deps.database.load(deps.loads.protection.ipBlocks(query, context.now));
  return blocks;
}
