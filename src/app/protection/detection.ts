/** Looks every minute for what misuse looks like, reacts to it, and tells administrators (ADR 0290 to 0292). */
import type { Change, Decision } from '../../../domain/changes.ts';
import { STEP_UP_SECONDS } from '../../../domain/identity/step-up.ts';
import { type DetectionRule, ruleOf, type Sighting } from '../../../domain/protection/detection.ts';
import {
  type FindingSubject,
  type Judged,
  judge,
  reactionTo,
  type Suspect,
  tellFindings,
} from '../../../domain/protection/finding.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import { ok } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { addressSubject, rangesOf } from '../address.ts';
import { execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { blockAddress } from './blocks.ts';

/** How many sightings one run looks at. */
const SIGHTINGS_AT_MOST = 20_000;
/** How many subjects one run judges; the next one goes on. */
const SUSPECTS_AT_MOST = 100;
/** How many findings one mail counts. */
const TOLD_AT_MOST = 500;

/** Called every minute, by each process: what several find at once is raised and told once. */
export async function detect(deps: Deps, context: Context): Promise<void> {
  const { protection } = deps.loads;
  const [sightings] = await deps.database.load(
    protection.sightings(deps.settings.detection, SIGHTINGS_AT_MOST, context.now),
  );
  for (const suspect of await suspectsOf(deps, sightings)) await look(deps, context, suspect);
  await tell(deps, context);
}

/** By rule and subject. Addresses that no event tells any more are left out, and private ones, behind which a proxy stands. */
async function suspectsOf(deps: Deps, sightings: readonly Sighting[]): Promise<readonly Suspect[]> {
  const groups = [...Map.groupBy(sightings, ({ rule, subject }) => `${rule} ${keyOf(subject)}`).values()];
  const grouped = groups.slice(0, SUSPECTS_AT_MOST);
  const seen = new Map(
    grouped.flatMap(([first]) =>
      first !== undefined && 'addressIndex' in first.subject ? [[keyOf(first.subject), first.subject] as const] : [],
    ),
  );
  const [told] = await deps.database.load(deps.loads.protection.seenAddresses([...seen.values()]));
  const addresses = new Map([...seen.keys()].map((key, at) => [key, told[at] ?? null]));
  return grouped.flatMap((some): Suspect[] => {
    const [first] = some;
    if (first === undefined) return [];
    const subject = subjectOf(first, addresses.get(keyOf(first.subject)) ?? null);
    return subject === undefined ? [] : [{ rule: first.rule, subject, sightings: some }];
  });
}

function keyOf(subject: Sighting['subject']): string {
  return 'personId' in subject ? subject.personId : toHex(subject.addressIndex);
}

function subjectOf({ rule, subject }: Sighting, address: string | null): FindingSubject | undefined {
  const { subject: kind }: DetectionRule = ruleOf(rule);
  if ('personId' in subject) return kind === 'address' ? undefined : { kind, personId: subject.personId };
  const ranges = rangesOf(address);
  return ranges === undefined || ranges.isInternal ? undefined : { kind: 'address', address: addressSubject(address) };
}

/** Raises a finding or lets it grow, with what the sessions concerned have to expect; then blocks the address. */
async function look(deps: Deps, context: Context, suspect: Suspect): Promise<void> {
  const { now } = context;
  const id = newId<'security_finding'>(deps, now);
  const made = { id, dataKey: deps.cipher.newKey(id) };
  const result = await execute(deps, context, {
    loads: [deps.loads.protection.latestFinding(suspect.rule, suspect.subject)],
    decide: (known) => {
      const judged = judge(suspect, known?.finding, deps.settings.detection[suspect.rule], made, now);
      return ok(withReaction(judged, now));
    },
    // Another process has raised it: decided again, it may still grow.
    onConflict: () => ({ code: 'finding_open' as const }),
    reloadOnConflict: true,
  });
  if (!result.ok || result.value === undefined) return;
  const { finding, isNew, fresh } = result.value;
  if (isNew) {
    const { rule, severity } = finding;
    deps.metrics.count('portal_security_findings_total', { rule, severity });
    deps.log.write('warn', 'security_finding_raised', { findingId: finding.id, rule, severity });
  }
  const { reason }: DetectionRule = ruleOf(finding.rule);
  const isBlock = reactionTo(finding.rule, fresh) === 'block';
  if (isBlock && reason !== undefined && finding.subject.kind === 'address')
    await blockAddress(deps, context, reason, finding.subject.address.split('/')[0] ?? null);
}

/** Only sessions of accounts that acted themselves are concerned; each of them for what is new. */
function withReaction(
  judged: Decision<Change, Judged | undefined>,
  now: Instant,
): Decision<Change, Judged | undefined> {
  const { value } = judged;
  if (value === undefined) return judged;
  const { finding, fresh, isNew } = value;
  const { sessions }: DetectionRule = ruleOf(finding.rule);
  const concerned = new Map(fresh.flatMap(({ session }) => (session === null ? [] : [[session.id, session.userId]])));
  switch (reactionTo(finding.rule, fresh)) {
    case 'step_up': {
      const owner = finding.subject.kind === 'address' ? [] : [finding.subject.personId];
      const owners = sessions === 'seen' ? [...new Set(concerned.values())] : owner;
      const changes = owners.map((userId): Change => {
        const own = [...concerned].flatMap(([id, whose]) => (whose === userId ? [id] : []));
        const sessionIds = sessions === 'seen' ? own : null;
        return { type: 'sessions.suspected', userId, sessionIds, provenBefore: now - STEP_UP_SECONDS * 1000, at: now };
      });
      return { ...judged, changes: [...judged.changes, ...changes] };
    }
    case 'end_sessions': {
      // Once for each finding: whoever signs in again is not signed out every minute.
      if (!isNew) return judged;
      const changes = [...concerned.keys()].map(
        (sessionId): Change => ({ type: 'session.revoked', sessionId, reason: 'revoked', at: now }),
      );
      const audit = [...concerned].map(
        ([id, userId]) =>
          ({
            type: 'session.revoked',
            stream: userId,
            outcome: 'success',
            resource: { type: 'session', id },
          }) as const,
      );
      return { ...judged, changes: [...judged.changes, ...changes], audit: [...judged.audit, ...audit] };
    }
    case 'none':
    case 'block':
      return judged;
  }
}

/** One mail to each administrator for all that was found since the last one. */
async function tell(deps: Deps, context: Context): Promise<void> {
  const { audit, protection } = deps.loads;
  await execute(deps, context, {
    loads: [protection.untoldFindings(TOLD_AT_MOST), audit.administrators()],
    decide: (untold, administrators) => {
      const told = tellFindings(untold, context.now);
      const { value } = told;
      if (value === undefined) return ok(told as Decision<Change, unknown>);
      const messages = administrators.map(({ userId, dataKey }) => ({
        template: 'security-findings' as const,
        variables: value,
        userId,
        dataKey,
      }));
      return ok({ ...told, messages });
    },
  });
}
