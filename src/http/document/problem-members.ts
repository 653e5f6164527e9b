/** Extension members of problems, for each code that has some (RFC 9457 section 3.2): united from one part for each context. */
import type { ErrorCode } from '../problems.ts';
import { FILE_MEMBERS } from './problem-members/files.ts';
import { HTTP_MEMBERS } from './problem-members/http.ts';
import { IDENTITY_MEMBERS } from './problem-members/identity.ts';
import type { MemberSchemas } from './problem-members/member-schemas.ts';
import { MFA_MEMBERS } from './problem-members/mfa.ts';
import { NOTIFICATION_MEMBERS } from './problem-members/notifications.ts';
import { PRIVACY_MEMBERS } from './problem-members/privacy.ts';
import { PROTECTION_MEMBERS } from './problem-members/protection.ts';
import { SCHEDULING_MEMBERS } from './problem-members/scheduling.ts';
import { WEBHOOK_MEMBERS } from './problem-members/webhooks.ts';

export const PROBLEM_MEMBERS: Readonly<Partial<Record<ErrorCode, MemberSchemas>>> = {
  ...FILE_MEMBERS,
  ...HTTP_MEMBERS,
  ...IDENTITY_MEMBERS,
  ...MFA_MEMBERS,
  ...NOTIFICATION_MEMBERS,
  ...PRIVACY_MEMBERS,
  ...PROTECTION_MEMBERS,
  ...SCHEDULING_MEMBERS,
  ...WEBHOOK_MEMBERS,
};
