/**
 * Whether the address of a request is trusted or blocked. Both are asked of the cache in the turn of the limits and the
 * session, and so in the same round trip (ADR 0266). The database is asked once a minute by one process, and when the cache
 * has lost what it knew; meanwhile the memory of the process answers.
 */
import type { AddressRules, StandingBlock } from '../../../domain/protection/ports.ts';
import { toBase64Url } from '../../../domain/shared/bytes.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type AddressRanges, isWithin, rangesOf } from '../address.ts';
import type { Deps } from '../context.ts';
import { type KnownBlock, knownBlock } from './memory.ts';

export interface Standing {
  readonly isTrusted: boolean;
  /** The one that ends last. None is in force for a trusted address. */
  readonly block: KnownBlock | undefined;
  /** Set if the cache has lost the rules: loads them again. Runs after the answer. */
  readonly refresh: (() => Promise<void>) | undefined;
}

const UNKNOWN: Standing = { isTrusted: false, block: undefined, refresh: undefined };

/** Each portal has keys of its own: portals may share a Redis. */
function rulesKey({ index }: Deps): string {
  return `address-rules:${toBase64Url(index.of('address_rules', 'cache'))}`;
}

/** The version of the blocks that the cache holds. It has no end of its own, so that only a flush loses it. */
function versionKey(deps: Deps): string {
  return `${rulesKey(deps)}:blocks`;
}

const FOREVER_MS = 400 * 86_400_000;
/** How long the rules are used before the database is asked again. */
export const RULES_MS = 60_000;
/** How soon a process asks the database again while the cache keeps nothing. */
const RELOAD_MS = 10_000;
/** Blocks that are kept in memory and in the cache; older ones of a larger number end sooner. */
const MOST_BLOCKS = 5_000;

export async function standingOf(deps: Deps, address: string | null, now: Instant): Promise<Standing> {
  const ranges = rangesOf(address);
  if (ranges === undefined) return UNKNOWN;
  const hashes = hashesOf(deps, ranges);
  const [rules, ...found] = await Promise.all([
    deps.cache.get(rulesKey(deps)),
    ...hashes.map((hash) => deps.cache.get(blockKey(hash))),
  ]);
  const { protection, settings } = deps;
  const known = rules === undefined ? protection.rules : (JSON.parse(rules) as AddressRules);
  const networks = [...settings.trustedAddresses, ...(known?.trusted.networks ?? [])];
  const blocks =
    rules === undefined
      ? hashes.map((hash) => protection.blocks.get(hash))
      : found.map((text) => (text === undefined ? undefined : (JSON.parse(text) as KnownBlock)));
  const isDue = rules === undefined && now >= protection.loadedAt + RELOAD_MS;
  const isTrusted = isWithin(address, networks);
  const inForce = blocks
    .filter((block) => block !== undefined)
    .filter(({ endsAt }) => endsAt > now)
    .sort((one, other) => Number(other.byHand) - Number(one.byHand) || other.endsAt - one.endsAt);
  return {
    isTrusted,
    // A block of a wider range may stand, and one that was made before the network was trusted.
    block: isTrusted ? undefined : inForce[0],
    refresh: isDue ? () => refreshRules(deps, now) : undefined,
  };
}

/** Loads the rules and the blocks that stand, and tells the cache what it does not know. */
export async function refreshRules(deps: Deps, now: Instant): Promise<void> {
  const { protection, database, loads, cache } = deps;
  protection.loadedAt = now;
  const [rules, blocks, lifted] = await database.load(
    loads.protection.addressRules(),
    loads.protection.standingBlocks(MOST_BLOCKS, now),
    loads.protection.liftedBlocks(MOST_BLOCKS, now),
  );
  protection.rules = rules;
  protection.blocks = new Map(blocks.map((block) => [toBase64Url(block.subject), knownBlock(block)]));
  const version = await cache.get(versionKey(deps));
  if (version !== String(rules.blocksVersion)) {
    // Lifted while Redis was away, or put back by a process that had loaded them before.
    const keys = lifted.map(toBase64Url).filter((hash) => !protection.blocks.has(hash));
    if (keys.length > 0) await cache.delete(keys.map(blockKey));
    // Made while Redis was away, or lost with it.
    await Promise.all(blocks.map((block) => cacheBlock(deps, block, now)));
  }
  await Promise.all([
    cache.set(versionKey(deps), String(rules.blocksVersion), FOREVER_MS),
    cache.set(rulesKey(deps), JSON.stringify(rules), RULES_MS),
  ]);
}

/** Every process knows the block with its next request. */
async function cacheBlock({ cache }: Deps, block: StandingBlock, now: Instant): Promise<void> {
  const remaining = block.endsAt - now;
  if (remaining > 0)
    await cache.set(blockKey(toBase64Url(block.subject)), JSON.stringify(knownBlock(block)), remaining);
}

/** After a block was made. @param ranges of the blocks */
export async function rememberBlocks(
  deps: Deps,
  blocks: readonly { readonly range: string; readonly endsAt: Instant; readonly byHand: boolean }[],
  now: Instant,
): Promise<void> {
  const { protection } = deps;
  const made = blocks.map(({ range, ...block }) => ({ ...block, subject: subjectOf(deps, range) }));
  const known = made.map((block): [string, KnownBlock] => [toBase64Url(block.subject), knownBlock(block)]);
  protection.blocks = new Map([...protection.blocks, ...known]);
  await Promise.all(made.map((block) => cacheBlock(deps, block, now)));
}

/** After a block was lifted. */
export async function forgetBlock(deps: Deps, range: string): Promise<void> {
  const hash = toBase64Url(subjectOf(deps, range));
  deps.protection.blocks = new Map([...deps.protection.blocks].filter(([each]) => each !== hash));
  await deps.cache.delete([blockKey(hash)]);
}

/** After the trusted networks were changed: no process uses the former ones for longer than it takes to load these. */
export async function forgetRules(deps: Deps, now: Instant): Promise<void> {
  await deps.cache.delete([rulesKey(deps)]);
  await refreshRules(deps, now);
}

function subjectOf({ index }: Deps, range: string): Uint8Array {
  return index.of('ip_blocks.range', range);
}

function hashesOf(deps: Deps, { range, site }: AddressRanges): string[] {
  return [range, ...(site === null ? [] : [site])].map(({ text }) => toBase64Url(subjectOf(deps, text)));
}

function blockKey(hash: string): string {
  return `ip-block:${hash}`;
}
