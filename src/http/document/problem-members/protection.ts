import type { ProtectionErrorCode } from '../../../../domain/protection/errors.ts';
import { shownInstant } from '../../shown.ts';
import type { MemberSchemas } from './member-schemas.ts';

export const PROTECTION_MEMBERS = {
  address_already_blocked: { until: shownInstant.openapi({ description: 'When the block ends' }) },
  security_finding_closed: { at: shownInstant.openapi({ description: 'When it was closed' }) },
} satisfies Readonly<Partial<Record<ProtectionErrorCode, MemberSchemas>>>;
