/**
 * A finding of the detection: what one subject did that a rule does not expect. There is one open finding for each rule and
 * subject, which grows while it goes on; an administrator closes it, and the rule counts anew from then on.
 */
import { decided } from '../shared/changes.ts';
import type { Id, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import type { Decision } from './decision.ts';
import {
  graver,
  type Reaction,
  type RuleName,
  ruleOf,
  type Severity,
  type Sighting,
  type SubjectKind,
  severityOf,
  weightOf,
} from './detection.ts';

export type SecurityFindingId = Id<'security_finding'>;

/** `address`: as limits count it, U+FFFD if it cannot be decrypted. */
export type FindingSubject =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: Exclude<SubjectKind, 'address'>; readonly personId: UserId };

export interface SecurityFinding {
  readonly id: SecurityFindingId;
  readonly rule: RuleName;
  readonly severity: Severity;
  readonly subject: FindingSubject;
  /** How many targets were seen since the beginning of the window in which it was raised. */
  readonly count: number;
  readonly firstSeenAt: Instant;
  readonly lastSeenAt: Instant;
  readonly raisedAt: Instant;
  readonly reaction: Reaction;
  readonly closed: { readonly at: Instant; readonly by: UserId; readonly note: string } | null;
  readonly version: number;
}

export type SecurityFindingChange =
  /** Violates a constraint if another finding of the rule and subject is open. */
  | { readonly type: 'security_finding.raised'; readonly finding: SecurityFinding; readonly dataKey: DataKey }
  /** Is to be told again if it became graver. */
  | { readonly type: 'security_finding.grown'; readonly finding: SecurityFinding; readonly expectedVersion: number }
  | {
      readonly type: 'security_finding.closed';
      readonly finding: SecurityFinding;
      readonly dataKey: DataKey;
      readonly expectedVersion: number;
    }
  /** Guarded: none of them was told before. */
  | { readonly type: 'security_findings.told'; readonly ids: readonly SecurityFindingId[]; readonly at: Instant };

/** Sightings of one rule and subject. */
export interface Suspect {
  readonly rule: RuleName;
  readonly subject: FindingSubject;
  readonly sightings: readonly Sighting[];
}

export interface Judged {
  readonly finding: SecurityFinding;
  readonly isNew: boolean;
  /** What was not seen before: what there is to react to. */
  readonly fresh: readonly Sighting[];
}

type Verdict = Decision<SecurityFindingChange, Judged | undefined>;

/** @param known the newest finding of the rule and subject */
export function judge(
  { rule, subject, sightings }: Suspect,
  known: SecurityFinding | undefined,
  threshold: number,
  made: { readonly id: SecurityFindingId; readonly dataKey: DataKey },
  now: Instant,
): Verdict {
  if (known !== undefined && known.closed === null) return grow(known, sightings);
  const closedAt = known?.closed?.at ?? Number.NEGATIVE_INFINITY;
  const counted = sightings.filter(({ at }) => at > closedAt);
  const count = weightOf(counted);
  if (threshold === 0 || count < threshold) return decided({ value: undefined, changes: [], audit: [] });
  const times = counted.map(({ at }) => at);
  const finding: SecurityFinding = {
    ...{ id: made.id, rule, severity: severityOf(rule, counted), subject, count },
    firstSeenAt: times.reduce((one, other) => Math.min(one, other)),
    lastSeenAt: times.reduce((one, other) => Math.max(one, other)),
    ...{ raisedAt: now, reaction: reactionTo(rule, counted), closed: null, version: 1 },
  };
  return decided({
    value: { finding, isNew: true, fresh: counted },
    changes: [{ type: 'security_finding.raised', finding, dataKey: made.dataKey }],
    audit: [
      {
        type: 'security.finding_raised',
        stream: 'system',
        outcome: 'success',
        resource: resourceOf(finding),
        details: { rule, severity: finding.severity, subject: subject.kind, count, reaction: finding.reaction },
      },
    ],
  });
}

function grow(known: SecurityFinding, sightings: readonly Sighting[]): Verdict {
  const fresh = sightings.filter(({ at }) => at > known.lastSeenAt);
  if (fresh.length === 0) return decided({ value: undefined, changes: [], audit: [] });
  const finding: SecurityFinding = {
    ...known,
    severity: graver(known.severity, severityOf(known.rule, fresh)),
    count: known.count + weightOf(fresh),
    lastSeenAt: fresh.reduce((latest, { at }) => Math.max(latest, at), known.lastSeenAt),
    reaction: known.reaction === 'none' ? reactionTo(known.rule, fresh) : known.reaction,
    version: known.version + 1,
  };
  return decided({
    value: { finding, isNew: false, fresh },
    changes: [{ type: 'security_finding.grown', finding, expectedVersion: known.version }],
    audit: [],
  });
}

/** Where grave and other sightings differ, only the grave ones are reacted to: a VPN is no reason to ask for a proof. */
export function reactionTo(rule: RuleName, sightings: readonly Pick<Sighting, 'isGrave'>[]): Reaction {
  const { graveSeverity, reaction } = ruleOf(rule);
  return graveSeverity === undefined || sightings.some(({ isGrave }) => isGrave) ? reaction : 'none';
}

export type FindingRefused =
  | { readonly code: 'security_finding_not_found' }
  | { readonly code: 'security_finding_closed'; readonly at: Instant };

export function close(
  finding: SecurityFinding | undefined,
  dataKey: DataKey | undefined,
  { note, by, expected }: { readonly note: string; readonly by: UserId; readonly expected: ExpectedVersion },
  now: Instant,
): Result<Decision<SecurityFindingChange, SecurityFinding>, FindingRefused | StaleVersion> {
  if (finding === undefined || dataKey === undefined) return refuse({ code: 'security_finding_not_found' });
  if (finding.closed !== null) return refuse({ code: 'security_finding_closed', at: finding.closed.at });
  const stale = staleness(finding, expected);
  if (stale !== undefined) return refuse(stale);
  const closed: SecurityFinding = { ...finding, closed: { at: now, by, note }, version: finding.version + 1 };
  return ok(
    decided({
      value: closed,
      changes: [{ type: 'security_finding.closed', finding: closed, dataKey, expectedVersion: finding.version }],
      audit: [
        {
          type: 'security.finding_closed',
          stream: 'system',
          outcome: 'success',
          resource: resourceOf(finding),
          details: { rule: finding.rule, severity: finding.severity, count: finding.count },
        },
      ],
    }),
  );
}

function resourceOf({ id }: SecurityFinding) {
  return { type: 'security_finding', id };
}

/** Mails come at most so often, and tell of all findings since the last one. */
export const TOLD_EVERY_MS = 600_000;

export interface UntoldFindings {
  /** Of the severities that are told, the oldest first. */
  readonly findings: readonly Pick<SecurityFinding, 'id' | 'rule' | 'severity'>[];
  readonly lastToldAt: Instant | null;
}

export interface ToldFindings {
  readonly findings: number;
  readonly rule: RuleName;
  readonly severity: Severity;
}

/** @returns what administrators are told now; the gravest names the rule */
export function tellFindings(
  { findings, lastToldAt }: UntoldFindings,
  now: Instant,
): Decision<SecurityFindingChange, ToldFindings | undefined> {
  const [first] = findings;
  const isTooSoon = lastToldAt !== null && now < lastToldAt + TOLD_EVERY_MS;
  if (first === undefined || isTooSoon) return decided({ value: undefined, changes: [], audit: [] });
  const gravest = findings.reduce((one, other) =>
    graver(one.severity, other.severity) === one.severity ? one : other,
  );
  return decided({
    value: { findings: findings.length, rule: gravest.rule, severity: gravest.severity },
    changes: [{ type: 'security_findings.told', ids: findings.map(({ id }) => id), at: now }],
    audit: [],
  });
}
