/** Every refusal of the context protection. */
import type { BlockNotFound, BlockRefused } from './address-block.ts';

export type ProtectionErrorCode = (BlockNotFound | BlockRefused)['code'];
