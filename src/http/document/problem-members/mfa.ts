import type { MfaErrorCode } from '../../problems/mfa.ts';
import { methods } from './identity.ts';
import type { MemberSchemas } from './member-schemas.ts';

export const MFA_MEMBERS = {
  second_factor_required: { methods },
} satisfies Readonly<Partial<Record<MfaErrorCode, MemberSchemas>>>;
