/** What differs between the runtimes and is neither a use case's port nor a route's business. */

import type { OutgoingMessage } from '../../domain/notifications/ports.ts';
import type { CallbackVerifier } from '../../domain/shared/ports.ts';
import type { Deps } from '../app/context.ts';
import type { Config } from '../config.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Warning } from '../warnings.ts';

/** One thing the portal depends on, as `/ready` reports it. */
export interface DependencyCheck {
  readonly name: string;
  /** Resolves when it works; a failure's message is for operators and never shown. */
  check(): Promise<void>;
  /** Whether requests can be served without it (R57, R59). */
  readonly required: boolean;
}

/** Mails and texts that would have been sent; development only. */
export interface Mailbox {
  list(to: string | undefined): Promise<readonly MailboxMessage[]>;
}

/** One of them, as it would have reached its receiver. */
export interface MailboxMessage
  extends Pick<OutgoingMessage, 'channel' | 'to' | 'subject' | 'text' | 'html' | 'links' | 'codes'> {
  readonly template: string;
  /** When, in ISO 8601. */
  readonly at: string;
}

export interface Platform {
  readonly config: Config;
  readonly deps: Deps;
  readonly jobs: Jobs;
  readonly checks: readonly DependencyCheck[];
  readonly callbacks: CallbackVerifier | null;
  readonly mailbox: Mailbox | null;
  /** The Scalar bundle, from our own origin. */
  scalarScript(): Promise<Response>;
  /** What works and is hardly meant to be so, as it is now. */
  warnings(): readonly Warning[];
  /** Whether a load balancer shall send requests here: not while the process stops. */
  isTrafficWanted(): boolean;
  /** Goes on with work after the response was sent. */
  waitUntil(work: Promise<unknown>): void;
}
