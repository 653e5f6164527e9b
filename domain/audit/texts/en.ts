import { counted, EN } from '../../shared/wording/en.ts';
import type { AuditTexts } from '../messages.ts';

const { t } = EN;

export const AUDIT: AuditTexts = {
  'audit-alert': ({ problems, first }) => ({
    subject: 'A fault was found in the audit log',
    lines: [
      t`A verification of the audit log found ${counted(problems, { one: '1 fault', other: `${problems} faults` })}. The kind of the first is ${first}.`,
      'Keep the database and the file storage as they are, and read /api/v1/audit/verifications before you change anything.',
    ],
    brief: 'A fault was found in the audit log. Change nothing before you have read the verification.',
  }),
};
