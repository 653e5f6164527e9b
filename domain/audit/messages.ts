/** Messages about the audit log, to administrators. */
import type { Texts } from '../shared/messages.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface AuditVariables {
  /** To administrators: the number of faults that a verification of the audit log found, and the kind of the first. */
  'audit-alert': { readonly problems: number; readonly first: string };
}

export const AUDIT_TEXTS: Texts<AuditVariables> = {
  'audit-alert': ({ problems, first }) => ({
    subject: 'The audit log is at fault',
    lines: [
      `a verification of the audit log found ${problems} ${problems === 1 ? 'fault' : 'faults'}; the first is of the kind ${first}.`,
      'Keep the database and file storage as they are, and look at /api/v1/audit/verifications before anything is changed.',
    ],
  }),
};
