/** Messages about the audit log, to administrators. */
import type { Categories, Texts } from '../shared/messages.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface AuditVariables {
  /** To administrators: the number of faults that a verification of the audit log found, and the kind of the first. */
  'audit-alert': { readonly problems: number; readonly first: string };
}

export const AUDIT_CATEGORIES: Categories<AuditVariables> = { 'audit-alert': 'security' };

export const AUDIT_TEXTS: Texts<AuditVariables> = {
  'audit-alert': ({ problems, first }) => ({
    subject: 'A fault was found in the audit log',
    lines: [
      `A verification of the audit log found ${problems} ${problems === 1 ? 'fault' : 'faults'}. The kind of the first is ${first}.`,
      'Keep the database and the file storage as they are, and read /api/v1/audit/verifications before you change anything.',
    ],
  }),
};
