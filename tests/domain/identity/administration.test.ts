import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeRole, closeAccount, inviteAgain, unlock } from '../../../domain/identity/administration.ts';
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import { clearedCounters, clearedSignIns } from '../../../domain/identity/sign-in-throttle.ts';
import type { UserStatus } from '../../../domain/identity/user.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ROLES } from '../../../domain/shared/permissions.ts';
import { NOW, sampleUser } from './sample-user.ts';

const messageKey = { ownerId: 'message', ringKeyId: '2', wrapped: new Uint8Array(60).fill(2) };
const token = issueToken(new Uint8Array(32).fill(7));
const role = fc.constantFrom(...ROLES);
const status = fc.constantFrom<UserStatus>('invited', 'active', 'closed');
const admins = fc.integer({ min: 0, max: 3 });
const types = (changes: readonly { readonly type: string }[]) => changes.map(({ type }) => type);

describe('changing a role (R21, R64)', () => {
  it('R21: is guarded by the version, and revokes what was made with the former role', () => {
    const user = sampleUser({ role: 'staff' });
    const result = changeRole(user, 'doctor', 1, NOW);
    expect(result.ok && result.value).toEqual({
      value: { ...user, role: 'doctor', updatedAt: NOW, version: 4 },
      changes: [
        { type: 'user.role_changed', userId: user.id, role: 'doctor', version: 3, at: NOW },
        { type: 'credentials.revoked', userId: user.id, action: 'role_changed', session: null, at: NOW },
        {
          type: 'doctor.added',
          userId: user.id,
          firstName: 'Ada',
          lastName: 'Example',
          timezone: 'UTC',
          specialty: null,
          languages: [],
        },
      ],
      audit: [
        {
          type: 'user.role_changed',
          stream: user.id,
          outcome: 'success',
          resource: { type: 'user', id: user.id },
          details: { from: 'staff', to: 'doctor' },
        },
      ],
      messages: [],
    });
  });

  it('the same role changes nothing and records nothing, also for the last administrator', () => {
    fc.assert(
      fc.property(role, status, admins, (same, state, count) => {
        const user = sampleUser({ role: same, status: state });
        expect(changeRole(user, same, count, NOW)).toEqual({
          ok: true,
          value: { value: user, changes: [], audit: [], messages: [] },
        });
      }),
    );
  });

  it('the last active administrator keeps the role; another one leaves only if others remain at the commit', () => {
    fc.assert(
      fc.property(role, role, status, admins, (from, to, state, count) => {
        fc.pre(from !== to);
        const user = sampleUser({ role: from, status: state });
        const result = changeRole(user, to, count, NOW);
        const isWorkingAdmin = from === 'admin' && state === 'active';
        expect(result.ok).toBe(!(isWorkingAdmin && count <= 1));
        if (!result.ok) expect(result.error).toEqual({ code: 'last_admin' });
        else {
          expect(types(result.value.changes)).toEqual([
            ...(isWorkingAdmin ? ['admins.remain'] : []),
            'user.role_changed',
            'credentials.revoked',
            ...(to === 'doctor' ? ['doctor.added'] : []),
          ]);
        }
      }),
    );
  });
});

describe('closing an account (R64)', () => {
  it('R64: frees the address, revokes everything, and mails the owner under the key of the message', () => {
    const user = sampleUser();
    const result = closeAccount(user, 1, messageKey, NOW);
    expect(result.ok && result.value).toEqual({
      value: undefined,
      changes: [
        { type: 'user.closed', userId: user.id, version: 3, at: NOW },
        { type: 'credentials.revoked', userId: user.id, action: 'account_closed', session: null, at: NOW },
        ...clearedSignIns(user),
      ],
      audit: [{ type: 'user.closed', stream: user.id, outcome: 'success', resource: { type: 'user', id: user.id } }],
      messages: [
        {
          template: 'account-closed',
          variables: { email: 'ada@example.org', firstName: 'Ada' },
          userId: user.id,
          dataKey: messageKey,
        },
      ],
    });
  });

  it('R63: mails nothing to an address that nobody has proven', () => {
    const result = closeAccount(sampleUser({ emailVerifiedAt: null }), 1, messageKey, NOW);
    expect(result.ok && result.value.messages).toEqual([]);
  });

  it('the last active administrator cannot be closed; another one only if others remain at the commit', () => {
    fc.assert(
      fc.property(role, status, admins, (of, state, count) => {
        const user = sampleUser({ role: of, status: state });
        const result = closeAccount(user, count, messageKey, NOW);
        const isWorkingAdmin = of === 'admin' && state === 'active';
        expect(result.ok).toBe(!(isWorkingAdmin && count <= 1));
        if (!result.ok) return;
        const guard = { type: 'admins.remain', without: user.id };
        expect(result.value.changes.slice(0, -4)).toEqual(isWorkingAdmin ? [guard] : []);
      }),
    );
  });
});

describe('inviting again and unlocking', () => {
  it('only an invited account gets another invitation, and the former link stops working', () => {
    fc.assert(
      fc.property(status, role, (state, of) => {
        const user = sampleUser({ status: state, role: of });
        const result = inviteAgain(user, token, NOW);
        if (state !== 'invited') {
          expect(result).toEqual({ ok: false, error: { code: 'invitation_accepted' } });
          return;
        }
        const end = NOW + 7 * 86_400_000;
        expect(result.ok && result.value).toMatchObject({
          value: user,
          changes: [{ type: 'one_time_token.issued', purpose: 'accept_invitation', expiresAt: end, beside: false }],
          audit: [{ type: 'user.invited', stream: user.id }],
          messages: [{ template: 'invitation', variables: { token: token.token, role: of }, usefulUntil: end }],
        });
      }),
    );
  });

  it('R6: unlocking clears failed sign-ins and wrong codes, and is recorded', () => {
    const user = { id: sampleUser().id as UserId, email: 'ada@example.org' };
    const { changes, audit } = unlock(user);
    expect(changes).toEqual(clearedCounters(user));
    expect(types(changes)).toEqual(['sign_in.cleared', 'sign_in.cleared', 'user.attempts_cleared']);
    expect(audit).toMatchObject([{ type: 'user.unlocked', stream: user.id, outcome: 'success' }]);
  });
});
