import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enterByLink, lockAfter, makePublicLink, type PublicLink } from '../../../domain/files/public-link.ts';
import { MAXIMUM_SHARES } from '../../../domain/files/share.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const DAY = 86_400_000;
const MINUTE = 60_000;
const LIMITS = { usualMs: 30 * DAY, longestMs: 365 * DAY, publicUsualMs: 7 * DAY, publicLongestMs: 30 * DAY };
const FILE = { id: 'f', ownerId: 'maria', origin: 'own', state: 'clean', deletedAt: null, details: {} };
const maria: KnownActor = { kind: 'user', role: 'patient', userId: 'maria' } as never;
const staff: KnownActor = { kind: 'user', role: 'staff', userId: 'sam' } as never;
const SECRET = { hash: new Uint8Array(32), passcodeHash: 'hash' };

const make = (who: KnownActor, more: object = {}, expiresAt: number | null = null, file: object = FILE) =>
  makePublicLink(
    who,
    { file, key: {}, live: 0, isSwitchedOn: true, ...more } as never,
    { id: 's' as never, secret: SECRET, expiresAt },
    LIMITS,
    NOW,
  );
const link = (more: Partial<PublicLink> = {}): PublicLink =>
  ({ share: { id: 's' }, file: FILE, passcodeHash: 'hash', failures: 0, lockedUntil: null, ...more }) as never;

describe('making a link', () => {
  it('gives it a week, or an end within a month, and names no receiver', () => {
    expect(make(maria)).toMatchObject({
      value: {
        value: { receiverId: null, hasPasscode: true, expiresAt: NOW + 7 * DAY },
        changes: [{ type: 'file_share.made', secret: SECRET, parties: { owner: 'maria', receiver: null } }],
        audit: [{ type: 'file.shared', details: { shareId: 's' } }],
        messages: [],
      },
    });
    expect(make(maria, {}, NOW + 30 * DAY).ok).toBe(true);
    expect(make(maria, {}, NOW + 30 * DAY + 1)).toMatchObject({
      error: { code: 'file_share_end_invalid', latest: NOW + 30 * DAY },
    });
  });

  it('is refused while the clinic allows none, for files of the other side, and beyond the limit', () => {
    expect(make(maria, { isSwitchedOn: false })).toMatchObject({ error: { code: 'file_public_links_off' } });
    expect(make(staff)).toMatchObject({ error: { code: 'file_not_yours' } });
    expect(make(staff, {}, null, { ...FILE, origin: 'clinic' })).toMatchObject({
      value: { value: { origin: 'clinic' } },
    });
    expect(make(maria, { live: MAXIMUM_SHARES })).toMatchObject({ error: { code: 'too_many_file_shares' } });
    expect(make(maria, {}, null, { ...FILE, state: 'scanning' })).toMatchObject({
      error: { code: 'file_not_available' },
    });
  });
});

describe('entering by a link', () => {
  it('without a passcode needs none', () => {
    for (const isRight of [null, false, true]) {
      expect(enterByLink(link({ passcodeHash: null }), isRight, NOW)).toMatchObject({
        value: { value: true, changes: [] },
      });
    }
  });

  it('counts each guess, and forgets the wrong ones after a right one', () => {
    expect(enterByLink(link({ failures: 3 }), false, NOW)).toMatchObject({
      value: {
        value: false,
        changes: [{ type: 'file_share.guessed', before: 3, failures: 4, lockedUntil: null }],
        audit: [{ type: 'file.passcode_refused', outcome: 'failure', stream: 'maria' }],
      },
    });
    expect(enterByLink(link({ failures: 3 }), true, NOW)).toMatchObject({
      value: { value: true, changes: [{ before: 3, failures: 0, lockedUntil: null }], audit: [] },
    });
    expect(enterByLink(link(), null, NOW)).toEqual({ ok: false, error: { code: 'file_link_invalid' } });
  });

  it('locks the link after five wrong ones, for the right one too, until the instant', () => {
    const fifth = enterByLink(link({ failures: 4 }), false, NOW);
    expect(fifth).toMatchObject({ value: { changes: [{ failures: 5, lockedUntil: NOW + 15 * MINUTE }] } });
    const locked = link({ failures: 5, lockedUntil: NOW + 15 * MINUTE });
    for (const isRight of [true, false, null]) {
      expect(enterByLink(locked, isRight, NOW + 15 * MINUTE - 1).ok).toBe(false);
    }
    expect(enterByLink(locked, true, NOW + 15 * MINUTE)).toMatchObject({ value: { value: true } });
  });

  it('locks for twice as long each time, up to a day: a month allows few guesses', () => {
    const locks = [5, 10, 15, 20].map((failures) => ((lockAfter(failures, NOW) ?? NOW) - NOW) / MINUTE);
    expect(locks).toEqual([15, 30, 60, 120]);
    let [now, failures] = [NOW, 0];
    while (now < NOW + 30 * DAY) {
      failures += 1;
      now = lockAfter(failures, now) ?? now;
    }
    expect(failures).toBeLessThan(200);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000 }), (count) => {
        const until = lockAfter(count, NOW);
        expect(until === null).toBe(count === 0 || count % 5 !== 0);
        if (until !== null) expect(until - NOW).toBeLessThanOrEqual(DAY);
      }),
    );
  });
});
