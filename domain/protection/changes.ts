/** Every change that the context protection decides. */
import type { AddressBlockChange } from './address-block.ts';
import type { CacheEmptied } from './cache-emptying.ts';
import type { SecurityFindingChange } from './finding.ts';
import type { LimitUseChange } from './limit-use.ts';
import type { TrustedAddressesChange } from './trusted-addresses.ts';

export type ProtectionChange =
  | AddressBlockChange
  | TrustedAddressesChange
  | LimitUseChange
  | CacheEmptied
  | SecurityFindingChange;
