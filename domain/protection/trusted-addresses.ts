/** The networks that the clinic trusts: its own. No limit by address and no block applies to them; limits of accounts do. */
import { decided } from '../shared/changes.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import type { Decision } from './decision.ts';

export const MOST_NETWORKS = 100;

export interface TrustedAddresses {
  /** Canonical CIDR. */
  readonly networks: readonly string[];
  readonly version: number;
  readonly updatedAt: Instant | null;
}

export interface TrustedAddressesChange {
  readonly type: 'trusted_addresses.changed';
  readonly trusted: TrustedAddresses;
  readonly expectedVersion: number;
  readonly at: Instant;
}

/** The event tells how many were added and removed: networks are addresses, and stay out of the log (ADR 0101). */
export function changeTrusted(
  current: TrustedAddresses,
  networks: readonly string[],
  expected: ExpectedVersion,
  now: Instant,
): Result<Decision<TrustedAddressesChange, TrustedAddresses>, StaleVersion> {
  const stale = staleness(current, expected);
  if (stale !== undefined) return refuse(stale);
  const trusted = { networks: [...new Set(networks)], version: current.version + 1, updatedAt: now };
  const added = trusted.networks.filter((network) => !current.networks.includes(network)).length;
  const removed = current.networks.filter((network) => !trusted.networks.includes(network)).length;
  return ok(
    decided({
      value: trusted,
      changes: [{ type: 'trusted_addresses.changed', trusted, expectedVersion: current.version, at: now }],
      audit: [
        {
          type: 'trusted_addresses.changed',
          stream: 'system',
          outcome: 'success',
          resource: { type: 'trusted_addresses', id: 'clinic' },
          details: { added, removed },
        },
      ],
    }),
  );
}
