import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_THRESHOLDS,
  DETECTION_RULES,
  parseThresholds,
  RULE_NAMES,
  type RuleName,
  type Sighting,
} from '../../../domain/protection/detection.ts';
import {
  close,
  type FindingSubject,
  judge,
  type SecurityFinding,
  type SecurityFindingId,
  TOLD_EVERY_MS,
  tellFindings,
} from '../../../domain/protection/finding.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { sized } from '../../support/size.ts';

const MINUTE = 60_000;
const RULE = 'guesses_at_account';
const WINDOW = DETECTION_RULES[RULE].windowMinutes * MINUTE;
const PERSON = '019a0000-0000-7000-8000-000000000001' as UserId;
const SUBJECT: FindingSubject = { kind: 'account', personId: PERSON };
const KEY = { ownerId: 'finding', ringKeyId: 'k', wrapped: new Uint8Array() };
const madeAt = (now: number) => ({ id: `finding ${now}` as SecurityFindingId, dataKey: KEY });

interface Seen {
  readonly target: string;
  readonly at: number;
}

function sighting({ target, at }: Seen, rule: RuleName = RULE, isGrave = false): Sighting {
  return { rule, subject: { personId: PERSON }, target, weight: 1, at, isGrave, session: null };
}

/** As the database tells them: the newest of each target in the window, if they are enough. */
function sightingsOf(events: readonly Seen[], threshold: number, now: number): readonly Sighting[] {
  const newest = new Map<string, Seen>();
  for (const event of events)
    if (event.at > now - WINDOW && event.at <= now && event.at > (newest.get(event.target)?.at ?? 0))
      newest.set(event.target, event);
  return newest.size >= threshold ? [...newest.values()].map((seen) => sighting(seen)) : [];
}

function judged(sightings: readonly Sighting[], known: SecurityFinding | undefined, threshold: number, now: number) {
  return judge({ rule: sightings[0]?.rule ?? RULE, subject: SUBJECT, sightings }, known, threshold, madeAt(now), now);
}

function closedAt(finding: SecurityFinding, now: number): SecurityFinding {
  const result = close(finding, KEY, { note: 'seen', by: PERSON, expected: null }, now);
  if (!result.ok) throw new Error(result.error.code);
  return result.value.value;
}

interface Raised {
  readonly raisedAt: number;
  count: number;
  lastSeenAt: number;
  closedAt: number | null;
}

/** By the definition alone, with every event looked at again each minute. */
function slowly(events: readonly Seen[], closings: ReadonlySet<number>, threshold: number, minutes: number): Raised[] {
  const findings: Raised[] = [];
  for (let minute = 1; minute <= minutes; minute++) {
    const now = minute * MINUTE;
    const last = findings.at(-1);
    const inWindow = events.filter(({ at }) => at > now - WINDOW && at <= now);
    const targets = (some: readonly Seen[]) => new Set(some.map(({ target }) => target)).size;
    if (targets(inWindow) >= threshold) {
      if (last !== undefined && last.closedAt === null) {
        const since = last.lastSeenAt;
        last.count += targets(inWindow.filter(({ at }) => at > since));
        for (const { at } of inWindow) last.lastSeenAt = Math.max(last.lastSeenAt, at);
      } else {
        const since = last?.closedAt ?? 0;
        const counted = inWindow.filter(({ at }) => at > since);
        if (targets(counted) >= threshold)
          findings.push({
            ...{ raisedAt: now, count: targets(counted), closedAt: null },
            lastSeenAt: Math.max(...counted.map(({ at }) => at)),
          });
      }
    }
    const open = findings.at(-1);
    if (closings.has(minute) && open !== undefined) open.closedAt ??= now;
  }
  return findings;
}

describe('findings', () => {
  test('are those of a slow reference, whatever happens when and whenever one is closed', () => {
    const event = fc.record({ target: fc.constantFrom(...'abcdefgh'), at: fc.integer({ min: 1, max: 200 * MINUTE }) });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 4 }),
        fc.integer({ min: 1, max: 6 }),
        (events, closings, threshold) => {
          const findings: SecurityFinding[] = [];
          for (let minute = 1; minute <= 200; minute++) {
            const now = minute * MINUTE;
            const sightings = sightingsOf(events, threshold, now);
            const found = sightings.length === 0 ? undefined : judged(sightings, findings.at(-1), threshold, now).value;
            if (found?.isNew === true) findings.push(found.finding);
            else if (found !== undefined) findings[findings.length - 1] = found.finding;
            const open = findings.at(-1);
            if (closings.includes(minute) && open?.closed === null) findings[findings.length - 1] = closedAt(open, now);
          }
          const told = findings.map(({ raisedAt, count, lastSeenAt, closed }) => ({
            ...{ raisedAt, count, lastSeenAt },
            closedAt: closed?.at ?? null,
          }));
          expect(told).toEqual(slowly(events, new Set(closings), threshold, 200));
        },
      ),
      { seed: 20_261_201, numRuns: sized(2_000) },
    );
  });

  test('grow by what is new only, and then react to that alone', () => {
    const first = judged([sighting({ target: 'a', at: 10 })], undefined, 1, 100).value;
    const both = [sighting({ target: 'a', at: 10 }), sighting({ target: 'b', at: 20 })];
    const grown = judged(both, first?.finding, 1, 200);
    expect(grown.value?.fresh.map(({ target }) => target)).toEqual(['b']);
    expect(grown.changes).toMatchObject([
      { type: 'security_finding.grown', expectedVersion: 1, finding: { count: 2 } },
    ]);
    expect(grown.audit).toEqual([]);
    expect(judged(both, grown.value?.finding, 1, 300).changes).toEqual([]);
  });

  test('of a known device far away are low, until a new device is', () => {
    const travel = (at: number, isGrave: boolean) => sighting({ target: `${at}`, at }, 'impossible_travel', isGrave);
    const low = judged([travel(10, false)], undefined, 1, 100).value;
    expect(low?.finding).toMatchObject({ severity: 'low', reaction: 'none' });
    const high = judged([travel(10, false), travel(20, true)], low?.finding, 1, 200).value;
    expect(high?.finding).toMatchObject({ severity: 'high', reaction: 'step_up' });
    expect(judged([travel(30, false)], high?.finding, 1, 300).value?.finding.severity).toBe('high');
  });

  test('are closed once, under the version that was read', () => {
    const finding = judged([sighting({ target: 'a', at: 10 })], undefined, 1, 100).value?.finding;
    const by = (expected: number | null, of = finding) => close(of, KEY, { note: 'x', by: PERSON, expected }, 200);
    expect(by(2)).toMatchObject({ ok: false, error: { code: 'stale_version' } });
    const closed = by(1);
    expect(closed).toMatchObject({ ok: true, value: { value: { version: 2, closed: { at: 200, note: 'x' } } } });
    expect(by(null, closed.ok ? closed.value.value : undefined)).toMatchObject({
      ok: false,
      error: { code: 'security_finding_closed', at: 200 },
    });
    const unknown = close(undefined, KEY, { note: 'x', by: PERSON, expected: null }, 200);
    expect(unknown).toMatchObject({ ok: false, error: { code: 'security_finding_not_found' } });
  });
});

describe('what administrators are told', () => {
  const finding = (n: number, severity: 'medium' | 'high', rule: RuleName = RULE) =>
    ({ id: `f${n}` as SecurityFindingId, severity, rule }) as const;

  test('names the gravest of all since the last mail, which was long enough ago', () => {
    const findings = [finding(1, 'medium'), finding(2, 'high', 'directory_scraping'), finding(3, 'high')];
    const told = (lastToldAt: number | null, now: number) => tellFindings({ findings, lastToldAt }, now);
    expect(told(null, 5).value).toEqual({ findings: 3, severity: 'high', rule: 'directory_scraping' });
    expect(told(0, TOLD_EVERY_MS - 1)).toMatchObject({ value: undefined, changes: [] });
    expect(told(0, TOLD_EVERY_MS).changes).toMatchObject([{ type: 'security_findings.told', ids: ['f1', 'f2', 'f3'] }]);
    expect(tellFindings({ findings: [], lastToldAt: null }, 5).changes).toEqual([]);
  });
});

describe('thresholds', () => {
  test('are those of the rules unless the setting names others', () => {
    expect(parseThresholds('')).toEqual(DEFAULT_THRESHOLDS);
    expect(parseThresholds('directory_scraping=5000, impossible_travel=0')).toEqual({
      ...DEFAULT_THRESHOLDS,
      directory_scraping: 5000,
      impossible_travel: 0,
    });
  });

  test.each(['x=1', 'directory_scraping', 'directory_scraping=-1', 'directory_scraping=1.5', 'constructor=1'])(
    '%s is refused',
    (text) => expect(parseThresholds(text)).toBeUndefined(),
  );
});

test('no account loses anything by what strangers do to it, and only addresses are blocked', () => {
  for (const name of RULE_NAMES) {
    const { subject, reaction } = DETECTION_RULES[name];
    expect([name, reaction === 'block']).toEqual([name, reaction === 'block' && subject === 'address']);
  }
  expect(DETECTION_RULES.guesses_at_account.reaction).toBe('none');
});
