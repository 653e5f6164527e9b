/**
 * Blocks of addresses that go on after they were refused. A block that the portal makes refuses what has no valid
 * credential, so that nobody can keep the owner of an account out by what they do at a shared address (R65); one that an
 * administrator makes refuses everything.
 */

import { decided } from '../shared/changes.ts';
import type { Id } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { formatInstant, type Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { Decision } from './decision.ts';

export type IpBlockId = Id<'ip_block'>;

/** Bits of a blocked range: an address of IPv4, the network of one subscriber of IPv6, or a site of such networks. */
export type BlockPrefix = 32 | 64 | 48;

export interface BlockedRange {
  /** Canonical: `203.0.113.7`, `2001:db8:1:2::/64`, `2001:db8:1::/48`. */
  readonly text: string;
  readonly prefix: BlockPrefix;
}

export const AUTOMATIC_REASONS = ['guessing', 'flooding', 'enumeration', 'scraping', 'anomalous_sign_ins'] as const;
export type AutomaticReason = (typeof AUTOMATIC_REASONS)[number];
export const BLOCK_REASONS = [...AUTOMATIC_REASONS, 'by_hand'] as const;
export type BlockReason = (typeof BLOCK_REASONS)[number];

export interface IpBlock {
  readonly id: IpBlockId;
  /** U+FFFD if it cannot be decrypted. */
  readonly range: string;
  readonly prefix: BlockPrefix;
  readonly reason: BlockReason;
  /** What the administrator wrote; `null` for automatic blocks. */
  readonly note: string | null;
  /** From 1: how many blocks of the range there were in a row. */
  readonly level: number;
  readonly createdAt: Instant;
  readonly endsAt: Instant;
  readonly liftedAt: Instant | null;
}

export type AddressBlockChange =
  /** Violates a constraint if another block of the range stands. */
  | {
      readonly type: 'ip_block.made';
      readonly block: IpBlock;
      /** The site of a network of IPv6, which is blocked when several of its networks are. */
      readonly site: string | null;
      readonly dataKey: DataKey;
    }
  /** Also forgets the failed sign-ins that `counter` has counted for the range. */
  | {
      readonly type: 'ip_block.lifted';
      readonly id: IpBlockId;
      readonly counter: Uint8Array;
      readonly at: Instant;
    };

const MINUTE = 60_000;
/** How long the first block of a range lasts, the second, …; the last one for all further ones. */
export const DURATIONS_MS = [5, 30, 120, 720, 1_440].map((minutes) => minutes * MINUTE);
/** After so long without a block, the next one is the first again. */
export const CALM_MS = 7 * 1_440 * MINUTE;
/** So many networks of one site of IPv6, blocked within a day, block the site. */
export const SITE_NETWORKS = 4;
export const SITE_WINDOW_MS = 1_440 * MINUTE;
/** The longest block that can be made by hand. */
export const LONGEST_BLOCK_MS = 366 * 1_440 * MINUTE;
export const NOTE_LENGTH = 200;

/** What a decision knows of a range. */
export interface RangeHistory {
  readonly standing: IpBlock | undefined;
  /** Automatic blocks of the range that were not lifted and ended, or will end, after {@link CALM_MS} ago. */
  readonly blocksBefore: number;
}

export interface SiteHistory extends RangeHistory {
  /** Other networks of the site that were blocked within {@link SITE_WINDOW_MS}. */
  readonly networksBlocked: number;
}

/** The ids and keys of what is made. */
export interface NewBlock {
  readonly id: IpBlockId;
  readonly dataKey: DataKey;
}

export interface AutomaticBlock {
  readonly range: BlockedRange;
  readonly site: BlockedRange | null;
  readonly reason: AutomaticReason;
  readonly made: NewBlock;
  readonly siteMade: NewBlock;
}

/** Blocks the range, and its site when several networks of it were blocked. Nothing where a block stands. */
export function blockAutomatically(
  { range, site, reason, made, siteMade }: AutomaticBlock,
  history: RangeHistory,
  ofSite: SiteHistory,
  now: Instant,
): Decision<AddressBlockChange, readonly IpBlock[]> {
  if (history.standing !== undefined) return decided({ value: [], changes: [], audit: [] });
  const automatic = (of: BlockedRange, { id }: NewBlock, blocksBefore: number): IpBlock => ({
    ...{ id, range: of.text, prefix: of.prefix, reason, note: null, level: blocksBefore + 1 },
    ...{ createdAt: now, endsAt: now + durationOf(blocksBefore), liftedAt: null },
  });
  const block = automatic(range, made, history.blocksBefore);
  const isSiteSuspect = site !== null && ofSite.standing === undefined && ofSite.networksBlocked + 1 >= SITE_NETWORKS;
  const siteBlock = isSiteSuspect ? automatic(site, siteMade, ofSite.blocksBefore) : undefined;
  const blocks = [block, ...(siteBlock === undefined ? [] : [siteBlock])];
  return decided({
    value: blocks,
    changes: [
      change(block, site?.text ?? null, made),
      ...(siteBlock === undefined ? [] : [change(siteBlock, null, siteMade)]),
    ],
    audit: blocks.map(audited),
  });
}

function durationOf(blocksBefore: number): number {
  return DURATIONS_MS[Math.min(blocksBefore, DURATIONS_MS.length - 1)] ?? 0;
}

export type BlockRefused =
  | { readonly code: 'address_already_blocked'; readonly until: Instant }
  /** An administrator would lock themself out. */
  | { readonly code: 'own_address' }
  | { readonly code: 'address_trusted' }
  | { readonly code: 'block_end_invalid' };

export interface BlockByHand {
  readonly range: BlockedRange;
  readonly site: BlockedRange | null;
  readonly note: string;
  readonly endsAt: Instant;
  readonly isOwn: boolean;
  readonly isTrusted: boolean;
  readonly made: NewBlock;
}

export function blockByHand(
  { range, site, note, endsAt, isOwn, isTrusted, made }: BlockByHand,
  { standing }: RangeHistory,
  now: Instant,
): Result<Decision<AddressBlockChange, IpBlock>, BlockRefused> {
  if (isOwn) return refuse({ code: 'own_address' });
  if (isTrusted) return refuse({ code: 'address_trusted' });
  if (endsAt <= now || endsAt > now + LONGEST_BLOCK_MS) return refuse({ code: 'block_end_invalid' });
  if (standing !== undefined) return refuse({ code: 'address_already_blocked', until: standing.endsAt });
  const block: IpBlock = {
    ...{ id: made.id, range: range.text, prefix: range.prefix, reason: 'by_hand', note, level: 1 },
    ...{ createdAt: now, endsAt, liftedAt: null },
  };
  return ok(decided({ value: block, changes: [change(block, site?.text ?? null, made)], audit: [audited(block)] }));
}

export type BlockNotFound = { readonly code: 'ip_block_not_found' };

export function isStanding({ endsAt, liftedAt }: IpBlock, now: Instant): boolean {
  return liftedAt === null && endsAt > now;
}

/** @param counter of failed sign-ins of the range */
export function lift(
  block: IpBlock | undefined,
  counter: Uint8Array,
  now: Instant,
): Result<Decision<AddressBlockChange, IpBlock>, BlockNotFound> {
  if (block === undefined || !isStanding(block, now)) return refuse({ code: 'ip_block_not_found' });
  return ok(
    decided({
      value: { ...block, liftedAt: now },
      changes: [{ type: 'ip_block.lifted', id: block.id, counter, at: now }],
      audit: [{ type: 'address.unblocked', stream: 'system', outcome: 'success', resource: resourceOf(block) }],
    }),
  );
}

function change(block: IpBlock, site: string | null, { dataKey }: NewBlock): AddressBlockChange {
  return { type: 'ip_block.made', block, site, dataKey };
}

function resourceOf({ id }: IpBlock) {
  return { type: 'ip_block', id };
}

/** Without the address, which is encrypted in the block. */
function audited(block: IpBlock): AuditDraft {
  const { reason, prefix, level, endsAt } = block;
  return {
    type: 'address.blocked',
    stream: 'system',
    outcome: 'success',
    resource: resourceOf(block),
    details: { reason, prefix, level, until: formatInstant(endsAt) },
  };
}
