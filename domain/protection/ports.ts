/** What the context protection loads. */
import type { Load } from '../shared/changes.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';
import type { IpBlock, IpBlockId, RangeHistory, SiteHistory } from './address-block.ts';
import type { DetectionThresholds, RuleName, SeenSubject, Severity, Sighting } from './detection.ts';
import type { FindingSubject, SecurityFinding, SecurityFindingId, UntoldFindings } from './finding.ts';
import type { RecentUse } from './limit-use.ts';
import type { TrustedAddresses } from './trusted-addresses.ts';

export interface BlockQuery {
  /** Whether only blocks are listed that stand. */
  readonly standing: boolean;
  /** The last one of the page before; newest first. */
  readonly after: IpBlockId | null;
  readonly limit: number;
}

/** A block that stands, as requests are compared with it. */
export interface StandingBlock {
  /** The keyed hash of the range. */
  readonly subject: Uint8Array;
  readonly endsAt: Instant;
  readonly byHand: boolean;
}

export interface AddressRules {
  readonly trusted: TrustedAddresses;
  /** Grows with each block that is made or lifted. */
  readonly blocksVersion: number;
}

export interface FindingQuery {
  readonly state: 'open' | 'closed' | null;
  readonly rule: RuleName | null;
  readonly severity: Severity | null;
  /** The last one of the page before; newest first. */
  readonly after: SecurityFindingId | null;
  readonly limit: number;
}

export interface StoredFinding {
  readonly finding: SecurityFinding;
  readonly dataKey: DataKey;
}

export interface FindingLoads {
  /** One more than `limit` if there is a next page. */
  findings(query: FindingQuery): Load<SecurityFinding[]>;
  finding(id: SecurityFindingId): Load<StoredFinding | undefined>;
  /** The newest of the rule and subject. */
  latestFinding(rule: RuleName, subject: FindingSubject): Load<StoredFinding | undefined>;
  untoldFindings(limit: number): Load<UntoldFindings>;
  /** Of subjects that reach the threshold of a rule, at most `limit` in all. */
  sightings(thresholds: DetectionThresholds, limit: number, now: Instant): Load<Sighting[]>;
  /** The addresses of subjects, in the same order; `null` if no event tells it any more. */
  seenAddresses(
    subjects: readonly Extract<SeenSubject, { readonly addressIndex: Uint8Array }>[],
  ): Load<(string | null)[]>;
}

export interface ProtectionLoads extends FindingLoads {
  /** One more than `limit` if there is a next page. */
  ipBlocks(query: BlockQuery, now: Instant): Load<IpBlock[]>;
  ipBlock(id: IpBlockId): Load<IpBlock | undefined>;
  /** Those that stand for one of the ranges. */
  blocksOf(ranges: readonly string[], now: Instant): Load<IpBlock[]>;
  rangeHistory(range: string, now: Instant): Load<RangeHistory>;
  /** @param range of the network, which does not count itself. @param site `null`: there is none */
  siteHistory(site: string | null, range: string, now: Instant): Load<SiteHistory>;
  addressRules(): Load<AddressRules>;
  /** The newest first, at most `limit`. */
  standingBlocks(limit: number, now: Instant): Load<StandingBlock[]>;
  /** The ranges of those that were lifted before their end, the last lifted first, at most `limit`. */
  liftedBlocks(limit: number, now: Instant): Load<Uint8Array[]>;
  recentUse(since: Instant): Load<RecentUse[]>;
}
