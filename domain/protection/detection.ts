/**
 * What the detection looks for (ADR 0290). A rule counts what one subject did within its window; at the threshold it is a
 * finding. What strangers do to an account is never held against the account (R65): only what its own sessions do is.
 */
import type { SessionId, UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { AutomaticReason } from './address-block.ts';

export type Severity = 'low' | 'medium' | 'high';
export const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high'];
/** From this severity on, administrators get a mail. */
export const TOLD_SEVERITIES: readonly Severity[] = ['medium', 'high'];

/** `staff`: an account of the clinic, for what it did with the records of others. */
export type SubjectKind = 'address' | 'account' | 'staff';
export const SUBJECT_KINDS: readonly SubjectKind[] = ['address', 'account', 'staff'];

/**
 * - `block`: the address is blocked for strangers, unless it is trusted
 * - `step_up`: the sessions concerned have to prove who they are before anything sensitive
 * - `end_sessions`: the sessions that did it end. The person can sign in again
 */
export type Reaction = 'none' | 'block' | 'step_up' | 'end_sessions';
export const REACTIONS: readonly Reaction[] = ['none', 'block', 'step_up', 'end_sessions'];

export interface DetectionRule {
  readonly subject: SubjectKind;
  readonly windowMinutes: number;
  /** So many different targets within the window are a finding; the setting `DETECTION` overrides it. */
  readonly threshold: number;
  /** Of what is not grave. */
  readonly severity: Severity;
  /** If one of the sightings is grave. Default: the same. */
  readonly graveSeverity?: Severity;
  readonly reaction: Reaction;
  /** Of the block. */
  readonly reason?: AutomaticReason;
  /** Which sessions have to prove who they are: all of the account, or those that were seen. Default: all. */
  readonly sessions?: 'seen';
  /** For administrators: what is counted. */
  readonly about: string;
}

export const DETECTION_RULES = {
  many_accounts_from_address: {
    ...{ subject: 'address', windowMinutes: 60, threshold: 10, severity: 'high' },
    ...{ reaction: 'block', reason: 'anomalous_sign_ins' },
    about: 'Accounts at which sign-ins from one address failed, and that were not entered from there',
  },
  account_enumeration: {
    ...{ subject: 'address', windowMinutes: 60, threshold: 20, severity: 'medium' },
    ...{ reaction: 'block', reason: 'enumeration' },
    about: 'Sign-ins from one address to accounts that do not exist, and registrations with addresses that are taken',
  },
  many_accounts_entered: {
    ...{ subject: 'address', windowMinutes: 60, threshold: 10, severity: 'high' },
    ...{ reaction: 'step_up', sessions: 'seen' },
    about: 'Accounts that were entered from one address with a device, or in a country, that is new to each of them',
  },
  impossible_travel: {
    ...{ subject: 'account', windowMinutes: 60, threshold: 1, severity: 'low', graveSeverity: 'high' },
    reaction: 'step_up',
    about:
      'Sign-ins to one account from places too far apart for the time between; grave if the device is new, too, because a VPN moves a known one',
  },
  one_account_many_addresses: {
    ...{ subject: 'account', windowMinutes: 60, threshold: 5, severity: 'high', reaction: 'step_up' },
    about: 'Addresses from which one account was entered',
  },
  guesses_at_account: {
    ...{ subject: 'account', windowMinutes: 60, threshold: 10, severity: 'medium', reaction: 'none' },
    about: 'Addresses from which sign-ins to one account failed. Nothing happens to the account',
  },
  id_enumeration: {
    ...{ subject: 'account', windowMinutes: 15, threshold: 20, severity: 'high', reaction: 'end_sessions' },
    about: 'Records of others, or that do not exist, which one account asked for and was refused',
  },
  directory_scraping: {
    ...{ subject: 'staff', windowMinutes: 60, threshold: 2_000, severity: 'high', reaction: 'step_up' },
    about: 'People whom one account saw in searches and lists',
  },
  records_without_appointment: {
    ...{ subject: 'staff', windowMinutes: 480, threshold: 30, severity: 'medium', reaction: 'step_up' },
    about:
      'Patients whose records one account of the clinic opened, without an appointment in the last 90 or the next 365 days, a place on the waitlist, or a registration of the last week',
  },
} as const satisfies Readonly<Record<string, DetectionRule>>;

export type RuleName = keyof typeof DETECTION_RULES;
export const RULE_NAMES = Object.keys(DETECTION_RULES) as readonly RuleName[];

export function ruleOf(name: RuleName): DetectionRule {
  return DETECTION_RULES[name];
}

/** Appointments from so long ago until so far ahead are a reason to open a record. */
export const CARE_BEFORE_MS = 90 * 86_400_000;
export const CARE_AHEAD_MS = 365 * 86_400_000;
/** A patient who was registered so lately may have no appointment yet. */
export const NEWLY_REGISTERED_MS = 7 * 86_400_000;

/** By rule; 0 switches a rule off. */
export type DetectionThresholds = Readonly<Record<RuleName, number>>;

export const DEFAULT_THRESHOLDS = Object.fromEntries(
  RULE_NAMES.map((name) => [name, DETECTION_RULES[name].threshold]),
) as DetectionThresholds;

/**
 * Parses a setting such as `directory_scraping=5000,impossible_travel=0`; rules that it does not name keep their default.
 * @returns undefined if it names an unknown rule, or a value that is not a whole number from 0 to 999999
 */
export function parseThresholds(text: string): DetectionThresholds | undefined {
  const thresholds: Record<string, number> = { ...DEFAULT_THRESHOLDS };
  for (const part of text.split(',').map((entry) => entry.trim())) {
    if (part === '') continue;
    const [, name = '', digits = ''] = /^([a-z_]+)=(\d{1,6})$/.exec(part) ?? [];
    if (!Object.hasOwn(DETECTION_RULES, name)) return undefined;
    thresholds[name] = Number(digits);
  }
  return thresholds as DetectionThresholds;
}

/** Whom a sighting is about. The address as the audit log finds it. */
export type SeenSubject = { readonly addressIndex: Uint8Array } | { readonly personId: UserId };

/** What a subject did to one target within the window of a rule. */
export interface Sighting {
  readonly rule: RuleName;
  readonly subject: SeenSubject;
  /** Unique for rule and subject. */
  readonly target: string;
  /** For how many targets it counts. */
  readonly weight: number;
  /** The newest time. */
  readonly at: Instant;
  readonly isGrave: boolean;
  /** The session that was opened or that did it, and whose it is. */
  readonly session: { readonly id: SessionId; readonly userId: UserId } | null;
}

/** How often it is seen: what counts against the threshold. */
export function weightOf(sightings: readonly Pick<Sighting, 'weight'>[]): number {
  return sightings.reduce((sum, { weight }) => sum + weight, 0);
}

export function severityOf(rule: RuleName, sightings: readonly Pick<Sighting, 'isGrave'>[]): Severity {
  const { severity, graveSeverity = severity }: DetectionRule = DETECTION_RULES[rule];
  return sightings.some(({ isGrave }) => isGrave) ? graveSeverity : severity;
}

export function graver(one: Severity, other: Severity): Severity {
  return SEVERITIES.indexOf(one) >= SEVERITIES.indexOf(other) ? one : other;
}
