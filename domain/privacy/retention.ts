/** Retention: how many days each kind of data is kept after it is no longer needed. The setting `RETENTION` overrides the defaults. */
import type { Instant } from '../shared/time.ts';

export const RETENTION_DAYS = {
  /** Clinical text: after the patient's last appointment, unless there is a legal hold. Ten years (German BGB section 630f). */
  clinical_keys: 3_653,
  /** After a session has ended. */
  sessions: 90,
  /** After a mailed token has expired. */
  one_time_tokens: 30,
  /** After a second factor was requested. */
  mfa_challenges: 30,
  /** After the last failed sign-in of an account or address. */
  sign_in_failures: 30,
  /** After a message was written. */
  notifications: 365,
  /** After a provider told what became of a message. What arrives again later is told again, and changes nothing. */
  provider_notices: 90,
  /** After a push service has ended it, as far as the service has told. */
  push_subscriptions: 1,
  /** After an alert to many people was sent, with the list of those who were told. */
  alerts: 365,
  /** After a job was completed or given up. */
  outbox: 30,
  /** After an event was announced to webhooks, with its deliveries and their attempts. */
  webhook_events: 30,
  /** After a block of a client address has ended. */
  ip_blocks: 30,
  /** After what a finding of the detection is about was seen last. */
  security_findings: 365,
  /** After a file was deleted: for so long it can be restored. */
  files: 30,
  /** After a share of a file has ended. */
  file_shares: 365,
  /** After a signed address of a file has expired. */
  download_links: 1,
  /** After a stored answer has expired. */
  idempotency_keys: 1,
  /** After a copy of one's data was requested. */
  data_exports: 7,
  /** After a mail was stored instead of sent; development only. */
  dev_mailbox: 30,
} as const;

export type RetentionKind = keyof typeof RETENTION_DAYS;
export type RetentionPeriods = Readonly<Record<RetentionKind, number>>;
export const RETENTION_KINDS = Object.keys(RETENTION_DAYS) as readonly RetentionKind[];

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 36_500;

/**
 * Parses a setting such as `sessions=30,notifications=90`; kinds that it does not name keep their default.
 * @returns undefined if it names an unknown kind, or a value that is not a whole number of days from 1 to 36500
 */
export function parseRetention(text: string): RetentionPeriods | undefined {
  const periods: Record<string, number> = { ...RETENTION_DAYS };
  for (const part of text.split(',').map((entry) => entry.trim())) {
    if (part === '') continue;
    const [, kind = '', digits = ''] = /^([a-z_]+)=(\d{1,5})$/.exec(part) ?? [];
    const days = Number(digits);
    if (!Object.hasOwn(RETENTION_DAYS, kind) || days < 1 || days > LONGEST_DAYS) return undefined;
    periods[kind] = days;
  }
  return periods as RetentionPeriods;
}

/** Data of this kind that are older than this instant are deleted. */
export function cutOff(periods: RetentionPeriods, kind: RetentionKind, now: Instant): Instant {
  return now - periods[kind] * DAY_MS;
}
