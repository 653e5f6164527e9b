/** The parts of the application that differ between runtimes and are not ports of use cases. */

import type { OutgoingMessage, ProviderStatus } from '../../domain/notifications/ports.ts';
import type { ProviderWebhook } from '../../domain/notifications/provider-notices.ts';
import type { TrafficReport } from '../../domain/platform/traffic.ts';
import type { Exposition } from '../../domain/shared/metrics.ts';
import type { CallbackVerifier } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';
import type { Deps } from '../app/context.ts';
import type { Door } from '../app/door.ts';
import type { Config } from '../config.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { Warning } from '../warnings.ts';

/** A dependency of the portal, as `/ready` reports it. */
export interface DependencyCheck {
  readonly name: string;
  /** Resolves if the dependency works. The message of a failure is for operators and never shown to clients. */
  check(): Promise<void>;
  /** Whether requests can be served without it (R57, R59). */
  readonly required: boolean;
  /** What takes its place while it does not work. Default: nothing does. */
  substitute?(): Substitute | undefined;
}

export interface Substitute {
  /** For operators. */
  readonly instead: string;
  /** Since when it has been used; `null` if that is not known. */
  readonly since: Instant | null;
}

/** Keeps mails and text messages instead of sending them; development only. */
export interface Mailbox {
  list(to: string | undefined): Promise<readonly MailboxMessage[]>;
}

/** A message as its receiver would have got it. */
export interface MailboxMessage
  extends Pick<OutgoingMessage, 'channel' | 'subject' | 'text' | 'html' | 'attachments' | 'links' | 'codes'> {
  /** Of a push message: the endpoint or the token. */
  readonly to: string;
  readonly template: string;
  /** Time in ISO 8601. */
  readonly at: string;
}

/** What verifies and reads the calls of providers; `null` for one that is not set up. */
export interface ProviderWebhooks {
  readonly sendgrid: ProviderWebhook | null;
  readonly twilio: ProviderWebhook | null;
}

/** @returns the file of this name with its media type; `undefined` if there is none */
export type WebFiles = (name: string) => Promise<Response | undefined>;

export interface Platform {
  readonly config: Config;
  readonly deps: Deps;
  readonly jobs: Jobs;
  /** What is refused while there are too many requests. */
  readonly door: Door;
  readonly checks: readonly DependencyCheck[];
  readonly callbacks: CallbackVerifier | null;
  readonly providerWebhooks: ProviderWebhooks;
  readonly mailbox: Mailbox | null;
  /** The web application; `null` where it was not built. */
  readonly web: WebFiles | null;
  /** The Scalar bundle, served from our own origin. */
  scalarScript(): Promise<Response>;
  /** Current conditions that do not stop the portal but are probably a mistake. */
  warnings(): readonly Warning[];
  /** The providers of messages, as this process or isolate knows them. */
  providers(): readonly ProviderStatus[];
  /** What this process has counted, and what is read when it is asked for. */
  exposeMetrics(): Promise<Exposition>;
  /** The requests of the last minutes, as far as they are known here. */
  recentTraffic(): Promise<TrafficReport>;
  /** Whether a load balancer should send requests here; false while the process is stopping. */
  isTrafficWanted(): boolean;
  /** Keeps the work running after the response was sent. */
  waitUntil(work: Promise<unknown>): void;
  /** Resolves after this time. */
  pause(milliseconds: number): Promise<void>;
}
