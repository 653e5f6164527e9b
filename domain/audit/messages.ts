/** Messages about the audit log, to administrators. */
import type { Categories, Links, Texts } from '../shared/messages.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface AuditVariables {
  /** To administrators: the number of faults that a verification of the audit log found, and the kind of the first. */
  'audit-alert': { readonly problems: number; readonly first: string };
}

export const AUDIT_CATEGORIES = { 'audit-alert': 'security' } as const satisfies Categories<AuditVariables>;

export type AuditTexts = Texts<AuditVariables, typeof AUDIT_CATEGORIES, Links<Record<never, never>>>;
