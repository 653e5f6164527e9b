import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Alert,
  type AlertReceiver,
  type AlertWords,
  createAlert,
  SEND_ALERT,
  TOLD_AT_ONCE,
  tellPortion,
} from '../../../domain/notifications/alert.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';
import { sized } from '../../support/size.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const KEY = { ownerId: 'k', ringKeyId: '1', wrapped: new Uint8Array() };
const WORDS: AlertWords = { kind: 'emergency', body: 'Closed.' };
const REACH = { persons: 3, email: 2, sms: 1, push: 0, portalOnly: 0, unreachable: 1 };

const receiver = (n: number): AlertReceiver => ({ personId: `p${n}` as UserId, dataKey: KEY, aboutId: null });
const idsFor = (receivers: readonly AlertReceiver[], at: number) =>
  receivers.map((_, index) => `n${at}-${index}` as NotificationId);

interface Round {
  /** How many jobs have loaded the same portion before one of them commits. */
  readonly beside: number;
  readonly crashes: boolean;
  /** The process ends after the commit and before the job is finished. */
  readonly repeated: boolean;
}

/** What the database does: the version guards a commit, and those who are told are no longer pending. */
function world(persons: number) {
  let pending = Array.from({ length: persons }, (_, n) => receiver(n));
  let alert: Alert = {
    id: 'a' as never,
    kind: 'emergency',
    createdBy: 'admin' as UserId,
    createdAt: NOW,
    finishedAt: null,
    version: 1,
  };
  const told = new Map<string, number>();
  let jobs = 1;
  const commit = (decision: ReturnType<typeof tellPortion>): boolean => {
    const [change] = decision.changes;
    if (change?.type !== 'alert.portion_told') throw new Error('no portion');
    if (change.expectedVersion !== alert.version || alert.finishedAt !== null) return false;
    alert = { ...alert, version: alert.version + 1, finishedAt: change.isLast ? change.at : null };
    for (const { userId } of decision.messages) told.set(userId, (told.get(userId) ?? 0) + 1);
    const gone = new Set(change.told.map(({ personId }) => personId));
    pending = pending.filter(({ personId }) => !gone.has(personId));
    jobs += decision.jobs?.length ?? 0;
    return true;
  };
  return {
    told,
    isOver: () => alert.finishedAt !== null,
    jobs: () => jobs,
    run({ beside, crashes, repeated }: Round) {
      if (alert.finishedAt !== null || jobs === 0) return;
      const loaded = Array.from({ length: beside }, () => ({
        alert,
        words: WORDS,
        receivers: pending.slice(0, TOLD_AT_ONCE),
      }));
      if (crashes) return;
      const committed = loaded.map((each, n) => commit(tellPortion(each, idsFor(each.receivers, n), NOW)));
      expect(committed.filter(Boolean)).toHaveLength(1);
      if (!repeated) jobs -= 1;
    },
  };
}

describe('the portions of an alert', () => {
  test('tell every person once, however jobs overlap, crash before they commit, or are repeated after it', () => {
    const round = fc.record({ beside: fc.integer({ min: 1, max: 5 }), crashes: fc.boolean(), repeated: fc.boolean() });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4 * TOLD_AT_ONCE }),
        fc.array(round, { maxLength: 12 }),
        (persons, rounds) => {
          const state = world(persons);
          for (const each of rounds) state.run(each);
          while (!state.isOver()) {
            expect(state.jobs(), 'no job is left for those who are not told').toBeGreaterThan(0);
            state.run({ beside: 2, crashes: false, repeated: false });
          }
          expect(state.told.size).toBe(persons);
          expect([...state.told.values()].every((times) => times === 1)).toBe(true);
        },
      ),
      { numRuns: sized(200), seed: 41 },
    );
  });

  test('a message says for whom it is, who sent it, and nothing else than the alert', () => {
    const about = { ...receiver(1), aboutId: 'child' as UserId };
    const words = { whatHappened: 'a', consequences: 'b', measures: 'c', contact: 'd' };
    const alert = { id: 'a' as never, kind: 'breach', createdBy: 'admin' as UserId, createdAt: NOW } as const;
    const portion = {
      alert: { ...alert, finishedAt: null, version: 1 },
      words: { kind: 'breach' as const, ...words },
      receivers: [about],
    };
    const [message] = tellPortion(portion, ['n' as NotificationId], NOW).messages;
    expect(message).toMatchObject({ template: 'breach-notice', userId: 'p1', writtenBy: 'admin', id: 'n' });
    expect(message?.variables).toEqual({ ...words, patientId: 'child' });
  });
});

describe('making an alert', () => {
  const made = {
    id: 'a' as never,
    words: WORDS,
    audience: { kind: 'persons' as const, ids: [] },
    dataKey: KEY,
    createdBy: 'admin' as UserId,
    at: NOW,
  };

  test('begins with an urgent job, and records how many and not what', () => {
    const decision = createAlert(REACH, made);
    if (!decision.ok) throw new Error('refused');
    expect(decision.value.jobs).toEqual([{ topic: SEND_ALERT, payload: { alertId: 'a' }, priority: 1 }]);
    expect(decision.value.audit).toMatchObject([{ stream: 'system', details: { kind: 'emergency', persons: 3 } }]);
    expect(JSON.stringify(decision.value.audit)).not.toContain('Closed');
  });

  test('is refused if nobody would be told', () => {
    expect(createAlert({ ...REACH, persons: 0 }, made)).toEqual({ ok: false, error: { code: 'nobody_affected' } });
  });
});
