/**
 * How a context declares the types of event that it records, and what a use case hands in to have one recorded. Each type
 * says once how severe it is, whether it touches protected health information, and how it reads to the patient (R46).
 * `domain/audit-catalog.ts` unites the tables of all contexts.
 */
import type { UserId } from './ids.ts';

export type AuditCategory = 'auth' | 'data_access' | 'data_modification' | 'admin';
export type AuditSeverity = 'low' | 'medium' | 'high' | 'critical';
/** The terms of FHIR's AuditEvent.action. */
export type AuditAction = 'create' | 'read' | 'update' | 'delete' | 'execute';
export type AuditOutcome = 'success' | 'failure' | 'partial';

export interface AuditEventKind {
  readonly category: AuditCategory;
  readonly action: AuditAction;
  readonly severity: AuditSeverity;
  /** Whether protected health information was seen or written. */
  readonly phiAccessed: boolean;
  /** Whether data left the portal as a file. */
  readonly dataExported: boolean;
  /** Whether its success proves that an anonymous caller is the person concerned. The event then names that person as the actor. */
  readonly provesPerson: boolean;
  /** One sentence for the person concerned. `{actor}` stands for who did it: `you`, a name, `the clinic`. */
  readonly text: string;
}

type Flag = 'phi' | 'export' | 'proves';
type Describe = (action: AuditAction, severity: AuditSeverity, text: string, ...flags: Flag[]) => AuditEventKind;

function inCategory(category: AuditCategory): Describe {
  return (action, severity, text, ...flags) => ({
    category,
    action,
    severity,
    phiAccessed: flags.includes('phi'),
    dataExported: flags.includes('export'),
    provesPerson: flags.includes('proves'),
    text,
  });
}

export const auth = inCategory('auth');
export const access = inCategory('data_access');
export const change = inCategory('data_modification');
export const admin = inCategory('admin');

/** The person whose record is concerned, or the portal itself. Each stream is a hash chain of its own. */
export type AuditStream = UserId | 'system';

export interface AuditResource {
  /** What it is, in the singular: `appointment`, `file`. */
  readonly type: string;
  readonly id: string;
}

export type JsonScalar = string | number | boolean | null;

/** What a use case hands in. Everything else about the event comes from the catalogue and the request's context. */
export interface AuditDraftOf<E extends string> {
  readonly type: E;
  readonly stream: AuditStream;
  readonly outcome: AuditOutcome;
  readonly resource?: AuditResource;
  /**
   * Stored unencrypted and kept after the person is erased (ADR 0101): ids, codes and numbers of the portal, and no text
   * that a client chose freely. Never a password, token, code or key (R46).
   */
  readonly details?: Readonly<Record<string, JsonScalar>>;
  /** The code of the refusal, when the outcome is not success. */
  readonly error?: string;
}
