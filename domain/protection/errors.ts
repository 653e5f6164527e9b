/** Every refusal of the context protection. */
import type { BlockNotFound, BlockRefused } from './address-block.ts';
import type { FindingRefused } from './finding.ts';

export type ProtectionErrorCode = (BlockNotFound | BlockRefused | FindingRefused)['code'];
