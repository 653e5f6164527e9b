import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONFIRM_SECONDS,
  cancelEmailChange,
  confirmEmailChange,
  type EmailChange,
  type EmailChangeId,
  RESTORE_SECONDS,
  requestEmailChange,
  restoreEmail,
} from '../../../domain/identity/email-change.ts';
import { RECENT_SECONDS } from '../../../domain/identity/mailed-links.ts';
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import { clearedSignIns } from '../../../domain/identity/sign-in-throttle.ts';
import type { UserStatus } from '../../../domain/identity/user.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';
import { NOW, sampleUser } from './sample-user.ts';

const ID = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e91' as EmailChangeId;
const owner = sampleUser();
const [confirm, restore, reset] = [1, 2, 3].map((byte) => issueToken(new Uint8Array(32).fill(byte))) as [
  ReturnType<typeof issueToken>,
  ReturnType<typeof issueToken>,
  ReturnType<typeof issueToken>,
];
const asked = { id: ID, email: 'new@example.net', confirm, restore, sessionId: null };
const seconds = fc.integer({ min: -100, max: CONFIRM_SECONDS + RESTORE_SECONDS + 100 });
const status = fc.constantFrom<UserStatus>('invited', 'active', 'closed');

const holder = fc.option(
  fc.record({ isProven: fc.boolean(), status, isLesser: fc.boolean() }).map(({ isProven, status: state, isLesser }) =>
    sampleUser({
      id: `0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e${isLesser ? '00' : 'ff'}` as UserId,
      email: 'new@example.net',
      emailVerifiedAt: isProven ? NOW - 1 : null,
      status: state,
    }),
  ),
  { nil: undefined },
);

const change = fc
  .record({ confirmed: fc.option(seconds), ended: fc.boolean() })
  .map(({ confirmed, ended }): EmailChange => {
    const confirmedAt = confirmed === null ? null : NOW + confirmed * 1000;
    return {
      id: ID,
      userId: owner.id,
      newEmail: 'new@example.net',
      previousEmail: confirmedAt === null ? null : 'ada@example.org',
      sessionId: null,
      requestedAt: NOW,
      confirmUntil: NOW + CONFIRM_SECONDS * 1000,
      restoreUntil: (confirmedAt ?? NOW + CONFIRM_SECONDS * 1000) + RESTORE_SECONDS * 1000,
      confirmedAt,
      endedAt: ended ? NOW : null,
    };
  });

describe('requesting another address', () => {
  it('R5, R63: the answer and the change are the same whoever has the address; no link is sent to a proven address of another account', () => {
    const free = requestEmailChange(owner, undefined, null, asked, NOW);
    fc.assert(
      fc.property(holder, fc.option(seconds), (whose, told) => {
        const toldAt = told === null ? null : NOW - told * 1000;
        const result = requestEmailChange(owner, whose, toldAt, asked, NOW);
        if (!result.ok || !free.ok) throw new Error('refused');
        expect(result.value.value).toEqual(free.value.value);
        expect(result.value.changes).toContainEqual(free.value.changes[0]);
        const templates = result.value.messages.map(({ template }) => template);
        const isOwned = whose !== undefined && !(whose.status === 'active' && whose.emailVerifiedAt === null);
        const isRecent = toldAt !== null && toldAt > NOW - RECENT_SECONDS * 1000;
        const first = isOwned ? (isRecent ? [] : ['account-exists']) : ['confirm-email-change'];
        expect(templates).toEqual([...first, 'email-change-requested']);
      }),
    );
  });

  it('of the own address records the request before the mail, as of another account', () => {
    const own = requestEmailChange(owner, owner, null, asked, NOW);
    if (!own.ok) throw new Error(own.error.code);
    expect(own.value.changes.map(({ type }) => type)).toEqual(['email_change.requested', 'mail.none_since']);
  });

  it('the accounts of a batch are locked in the order of their ids', () => {
    fc.assert(
      fc.property(holder, (whose) => {
        const result = requestEmailChange(owner, whose, null, asked, NOW);
        if (!result.ok) throw new Error('refused');
        const locked = result.value.changes.map((each) =>
          each.type === 'email_change.requested' ? owner.id : 'userId' in each ? each.userId : '',
        );
        expect(locked).toEqual([...locked].sort());
      }),
    );
  });
});

describe('confirming the new address', () => {
  it('R63, R64: takes effect once, in time, and closes at most an unproven account', () => {
    fc.assert(
      fc.property(change, holder, seconds, status, (waiting, whose, later, state) => {
        const now = NOW + later * 1000;
        const result = confirmEmailChange({ user: { ...owner, status: state }, change: waiting }, whose, now);
        const isOwned = whose !== undefined && !(whose.status === 'active' && whose.emailVerifiedAt === null);
        const waits = waiting.confirmedAt === null && waiting.endedAt === null && now < waiting.confirmUntil;
        expect(result.ok).toBe(state === 'active' && waits && !isOwned);
        if (!result.ok) return;
        const types = result.value.changes.map(({ type }) => type);
        const closed = result.value.changes.filter(({ type }) => type === 'user.closed');
        expect(closed).toEqual(
          whose === undefined ? [] : [{ type: 'user.closed', userId: whose.id, version: whose.version, at: now }],
        );
        // The address is free before it is stored again.
        expect(closed.length === 0 || types.indexOf('user.closed') < types.indexOf('email_change.confirmed')).toBe(
          true,
        );
      }),
    );
  });
});

describe('taking the change back', () => {
  it('R64: works once, until seven days after the change took effect', () => {
    fc.assert(
      fc.property(change, seconds, (made, later) => {
        const now = NOW + later * 1000;
        const result = restoreEmail({ user: owner, change: made }, reset, now);
        expect(result.ok).toBe(made.endedAt === null && now < made.restoreUntil);
      }),
    );
  });
});

describe('what each step of a change does (R64)', () => {
  const sessionId = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e90' as SessionId;
  const pending: EmailChange = {
    id: ID,
    userId: owner.id,
    newEmail: 'new@example.net',
    previousEmail: null,
    sessionId,
    requestedAt: NOW,
    confirmUntil: NOW + 86_400_000,
    restoreUntil: NOW + 8 * 86_400_000,
    confirmedAt: null,
    endedAt: null,
  };
  const resource = { type: 'email_change', id: ID };
  const letter = (template: string, variables: object) => ({ template, variables, userId: owner.id });

  it('a request mails the proof to the new address, and a link to take it back to the current one', () => {
    const result = requestEmailChange(owner, undefined, null, { ...asked, sessionId }, NOW);
    expect(result.ok && result.value).toMatchObject({
      value: pending,
      changes: [
        {
          type: 'email_change.requested',
          change: pending,
          confirmHash: confirm.hash,
          restoreHash: restore.hash,
          version: 3,
        },
      ],
      audit: [{ type: 'user.email_change_requested', stream: owner.id, resource }],
      messages: [
        {
          ...letter('confirm-email-change', { to: 'new@example.net', token: confirm.token }),
          usefulUntil: pending.confirmUntil,
        },
        {
          ...letter('email-change-requested', { to: 'ada@example.org', token: restore.token }),
          usefulUntil: pending.restoreUntil,
        },
      ],
    });
  });

  it('R78: an account without an address that can be told is refused: unproven, damaged or not active', () => {
    for (const user of [
      sampleUser({ emailVerifiedAt: null }),
      sampleUser({ damaged: ['email'] }),
      sampleUser({ status: 'closed' }),
    ]) {
      expect(requestEmailChange(user, undefined, null, asked, NOW)).toEqual({
        ok: false,
        error: { code: 'email_unverified' },
      });
    }
    expect(requestEmailChange(sampleUser({ damaged: ['bio'] }), undefined, null, asked, NOW).ok).toBe(true);
    const damaged = { user: sampleUser({ damaged: ['email'] }), change: pending };
    expect(confirmEmailChange(damaged, undefined, NOW)).toEqual({ ok: false, error: { code: 'token_invalid' } });
  });

  it('a cancelled change ends, as long as it is pending', () => {
    const result = cancelEmailChange(owner, pending, NOW);
    expect(result.ok && result.value).toMatchObject({
      changes: [{ type: 'email_changes.ended', userId: owner.id, version: 3, at: NOW }],
      audit: [{ type: 'user.email_change_cancelled', stream: owner.id, resource }],
      messages: [],
    });
    const over = [{ confirmedAt: NOW }, { endedAt: NOW }, { confirmUntil: NOW }].map((more) => ({
      ...pending,
      ...more,
    }));
    for (const change of [undefined, ...over]) {
      expect(cancelEmailChange(owner, change, NOW)).toEqual({ ok: false, error: { code: 'not_found' } });
    }
  });

  it('a confirmed change stores the new address, spares the session that asked, and tells both addresses', () => {
    const result = confirmEmailChange({ user: owner, change: pending }, undefined, NOW + 1);
    expect(result.ok && result.value).toMatchObject({
      changes: [
        {
          type: 'email_change.confirmed',
          changeId: ID,
          userId: owner.id,
          email: 'new@example.net',
          previousEmail: 'ada@example.org',
          restoreUntil: NOW + 1 + 7 * 86_400_000,
          version: 3,
          at: NOW + 1,
        },
        { type: 'credentials.revoked', userId: owner.id, action: 'email_changed', session: sessionId },
      ],
      audit: [{ type: 'user.email_changed', stream: owner.id, resource }],
      messages: [
        letter('email-changed', { to: 'ada@example.org' }),
        letter('email-changed', { to: 'new@example.net' }),
      ],
    });
    expect(confirmEmailChange(undefined, undefined, NOW)).toEqual({ ok: false, error: { code: 'token_invalid' } });
  });

  it.each([
    ['before it took effect', pending, 'new.owner@example.org'],
    ['after it took effect', { ...pending, previousEmail: 'ada@example.org', confirmedAt: NOW }, 'ada@example.org'],
  ])(
    'a change that is taken back %s restores the address, ends everything and mails a link for a new password',
    (_, change, email) => {
      const user = { ...owner, email: 'new.owner@example.org' };
      const result = restoreEmail({ user, change }, reset, NOW);
      expect(result.ok && result.value).toMatchObject({
        changes: [
          { type: 'email.restored', changeId: ID, userId: owner.id, email, version: 3, at: NOW },
          { type: 'credentials.revoked', userId: owner.id, action: 'email_restored', session: null },
          { type: 'one_time_token.issued', hash: reset.hash, purpose: 'reset_password', beside: false },
          ...clearedSignIns({ id: owner.id, email }),
        ],
        audit: [{ type: 'user.email_restored', stream: owner.id, resource }],
        messages: [{ ...letter('email-restored', { to: email, token: reset.token }), usefulUntil: NOW + 3_600_000 }],
      });
    },
  );

  it('an unknown link, a link whose time is over, and an account that is not active restore nothing', () => {
    const closed = { user: sampleUser({ status: 'closed' }), change: pending };
    const late = { user: owner, change: { ...pending, restoreUntil: NOW } };
    for (const found of [undefined, late, closed]) {
      expect(restoreEmail(found, reset, NOW)).toEqual({ ok: false, error: { code: 'token_invalid' } });
    }
  });
});
