/**
 * What this process knows of blocks and trusted networks: used while Redis does not know it, and while Redis is away. Lives
 * as long as the process or isolate.
 */
import type { AddressRules, StandingBlock } from '../../../domain/protection/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { AppliedLimit } from '../limits.ts';
import { createLimitUse, type LimitUses } from './limit-sums.ts';

export interface KnownBlock {
  readonly endsAt: Instant;
  /** Made by an administrator, so that it refuses everything. */
  readonly byHand: boolean;
}

/** What a request without a valid credential has to expect. */
export interface Stranger {
  readonly counted: AppliedLimit | undefined;
  readonly block: KnownBlock | undefined;
}

export interface ProtectionMemory {
  /** `null` until the rules were loaded once. */
  rules: AddressRules | null;
  /** By the keyed hash of their range. */
  blocks: ReadonlyMap<string, KnownBlock>;
  /** When the rules were loaded last, or this was tried. */
  loadedAt: Instant;
  /** Ranges that are being blocked by this process right now. */
  readonly blocking: Set<string>;
  readonly uses: LimitUses;
}

export function createProtectionMemory(): ProtectionMemory {
  return {
    rules: null,
    blocks: new Map(),
    loadedAt: Number.NEGATIVE_INFINITY,
    blocking: new Set(),
    uses: createLimitUse(),
  };
}

export function knownBlock({ endsAt, byHand }: Pick<StandingBlock, 'endsAt' | 'byHand'>): KnownBlock {
  return { endsAt, byHand };
}
