/** How a table says what a route that reads shows to whom. */
import type { Permission, Role } from '../../../domain/shared/permissions.ts';

/** Maria, whose things are asked for, and those who ask. */
export const CALLERS = ['maria', 'paul', 'herDoctor', 'otherDoctor', 'staff', 'admin'] as const;
export type Caller = (typeof CALLERS)[number];

export const ROLES = {
  maria: 'patient',
  paul: 'patient',
  herDoctor: 'doctor',
  otherDoctor: 'doctor',
  staff: 'staff',
  admin: 'admin',
} as const satisfies Record<Caller, Role>;

/**
 * - `shown`: 200 with Maria's data
 * - `own`: 200 with the caller's data or public data, without a trace of Maria
 * - `forbidden`: 403
 * - `absent`: 404
 * - `not_ready`: 409
 */
export type Answer = 'shown' | 'own' | 'forbidden' | 'absent' | 'not_ready';
export type Answers = Readonly<Record<Caller, Answer>>;

export const same = (answer: Answer): Answers => ({
  maria: answer,
  paul: answer,
  herDoctor: answer,
  otherDoctor: answer,
  staff: answer,
  admin: answer,
});
export const OWN = same('own');
export const FORBIDDEN = same('forbidden');
export const ABSENT = same('absent');

export interface Rule {
  /** The requested path, if it is not the route with its parameters replaced. */
  readonly path?: string;
  /** The thing that shows that the answer is Maria's. Default: any of several. */
  readonly trace?: string;
  readonly persons: Answers;
  /**
   * To API keys with this scope alone, by the owner of the key; a role that is left out does not have the scope. Keys without
   * any of the scopes are refused.
   */
  readonly keys?: Partial<Record<Permission, Partial<Answers>>>;
}
