import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECENT_SECONDS } from '../../../domain/identity/mailed-links.ts';
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import { type Invitation, invite, provision, register } from '../../../domain/identity/registration.ts';
import type { User, UserStatus } from '../../../domain/identity/user.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ROLES } from '../../../domain/shared/permissions.ts';
import { NOW, sampleUser } from './sample-user.ts';

const DAY = 86_400_000;
const ID = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e91' as UserId;
const token = issueToken(new Uint8Array(32).fill(7));
const account = { id: ID, dataKey: { ownerId: ID, ringKeyId: '2', wrapped: new Uint8Array(60).fill(2) }, token };
const registration = {
  email: 'ada@example.org',
  firstName: 'Ada',
  lastName: 'Newcomer',
  dateOfBirth: '1990-12-10',
  phoneNumber: '+4930123456',
  timezone: 'Europe/Berlin',
  language: 'de',
};
const doctor = { specialty: 'Cardiology', languages: ['de', 'en'] };
const invitation = (more: Partial<Invitation> = {}): Invitation => ({
  ...registration,
  role: 'staff',
  doctor: null,
  ...more,
});
const unproven = sampleUser({ emailVerifiedAt: null, createdAt: NOW - DAY });
const registered = (existing?: User, toldAt: number | null = null) =>
  register(existing, registration, 'hash of a password', account, toldAt, NOW);

const newAccount = (more: Partial<User>): User => ({
  ...registration,
  id: ID,
  dataKey: account.dataKey,
  emailVerifiedAt: null,
  role: 'patient',
  status: 'active',
  phoneVerifiedAt: null,
  address: null,
  hasAvatar: false,
  bio: null,
  createdAt: NOW,
  updatedAt: NOW,
  version: 1,
  ...more,
});

/** Any account that has the address, but one that is active and unproven. */
const owned = fc
  .record({ status: fc.constantFrom<UserStatus>('invited', 'active', 'closed'), isProven: fc.boolean() })
  .filter(({ status, isProven }) => status !== 'active' || isProven)
  .map(({ status, isProven }) => sampleUser({ status, emailVerifiedAt: isProven ? NOW - 1 : null }));

describe('registering (R5, R63)', () => {
  it('a free address gets a patient’s account that a mailed link proves within a day', () => {
    const user = newAccount({});
    expect(registered()).toMatchObject({
      value: undefined,
      changes: [
        { type: 'user.created', user, passwordHash: 'hash of a password' },
        { type: 'one_time_token.issued', userId: ID, purpose: 'verify_email', expiresAt: NOW + DAY, beside: false },
      ],
      audit: [{ type: 'user.registered', stream: ID, outcome: 'success' }],
      messages: [
        {
          template: 'verify-email',
          userId: ID,
          dataKey: account.dataKey,
          variables: { token: token.token },
          usefulUntil: NOW + DAY,
        },
      ],
    });
  });

  it('R5: an address that somebody owns changes nothing; the owner is told at most once in 15 minutes', () => {
    const offset = fc.integer({ min: -2, max: 2 }).map((ms) => NOW - RECENT_SECONDS * 1000 + ms);
    fc.assert(
      fc.property(owned, fc.option(offset), (existing, toldAt) => {
        const { value, changes, audit, messages } = registered(existing, toldAt);
        const since = NOW - RECENT_SECONDS * 1000;
        const isTold = toldAt === null || toldAt <= since;
        expect(value).toBeUndefined();
        expect(changes).toEqual(
          isTold ? [{ type: 'mail.none_since', userId: existing.id, template: 'account-exists', since }] : [],
        );
        expect(messages.map(({ template, userId }) => [template, userId])).toEqual(
          isTold ? [['account-exists', existing.id]] : [],
        );
        expect(audit).toEqual([{ type: 'user.registration_repeated', stream: existing.id, outcome: 'failure' }]);
      }),
    );
  });

  it('R63: an address that nobody has proven is contested: no password counts, and every mailed link works', () => {
    const decision = registered(unproven);
    expect(decision).toMatchObject({
      value: undefined,
      changes: [
        { type: 'user.contested', userId: unproven.id, dataKey: unproven.dataKey, version: unproven.version, at: NOW },
        { type: 'one_time_token.issued', userId: unproven.id, purpose: 'verify_email', beside: true },
      ],
      messages: [{ template: 'verify-email', userId: unproven.id, dataKey: unproven.dataKey }],
    });
    expect(JSON.stringify(decision)).not.toMatch(/hash of a password|Newcomer|1990-12-10/);
  });
});

describe('inviting and provisioning (R63)', () => {
  it('refuse an address that somebody owns', () => {
    fc.assert(
      fc.property(owned, fc.constantFrom(...ROLES), (existing, role) => {
        const taken = { ok: false, error: { code: 'email_taken' } };
        expect(invite(existing, invitation({ role }), account, NOW)).toEqual(taken);
        expect(provision(existing, invitation({ role }), 'hash', account, NOW)).toEqual(taken);
      }),
    );
  });

  it('an invitation makes an account without a password, which a link opens within a week', () => {
    const result = invite(undefined, invitation(), account, NOW);
    const user = newAccount({ role: 'staff', status: 'invited' });
    expect(result.ok && result.value).toMatchObject({
      value: user,
      changes: [
        { type: 'user.created', user, passwordHash: null },
        { type: 'one_time_token.issued', userId: ID, purpose: 'accept_invitation', expiresAt: NOW + 7 * DAY },
      ],
      audit: [{ type: 'user.invited', stream: ID, details: { role: 'staff' } }],
      messages: [
        { template: 'invitation', variables: { token: token.token, role: 'staff' }, usefulUntil: NOW + 7 * DAY },
      ],
    });
  });

  it('a provisioned account works at once, with a proven address and without a mail', () => {
    const result = provision(undefined, invitation({ role: 'admin' }), 'hash', account, NOW);
    const user = newAccount({ role: 'admin', emailVerifiedAt: NOW });
    expect(result.ok && result.value).toEqual({
      value: user,
      changes: [{ type: 'user.created', user, passwordHash: 'hash' }],
      audit: [
        {
          type: 'user.created',
          stream: ID,
          outcome: 'success',
          resource: { type: 'user', id: ID },
          details: { role: 'admin' },
        },
      ],
      messages: [],
    });
  });

  it('R63: an unproven account with the address becomes the newcomer’s, with nothing of what was said before', () => {
    const was = { ...unproven, bio: 'Not Ada', hasAvatar: true, version: 4 };
    const result = invite(was, invitation(), account, NOW);
    const { id, dataKey, createdAt } = was;
    const user = newAccount({ id, dataKey, createdAt, role: 'staff', status: 'invited', version: 5 });
    expect(result.ok && result.value.value).toEqual(user);
    expect(result.ok && result.value.changes).toMatchObject([
      { type: 'user.taken_over', user, passwordHash: null, version: 4 },
      { type: 'one_time_token.issued', userId: id, purpose: 'accept_invitation', beside: false },
    ]);
  });

  it('a doctor enters the directory with the account, also without a specialty', () => {
    const entry = {
      type: 'doctor.added',
      userId: ID,
      firstName: 'Ada',
      lastName: 'Newcomer',
      timezone: 'Europe/Berlin',
    };
    for (const [given, shown] of [
      [doctor, doctor],
      [null, { specialty: null, languages: [] }],
    ] as const) {
      const asked = invitation({ role: 'doctor', doctor: given });
      for (const result of [
        invite(undefined, asked, account, NOW),
        provision(undefined, asked, 'hash', account, NOW),
      ]) {
        expect(result.ok && result.value.changes[1]).toEqual({ ...entry, ...shown });
      }
    }
  });

  it('only a doctor enters the directory', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ROLES), (role) => {
        const result = invite(undefined, invitation({ role, doctor }), account, NOW);
        const types = result.ok ? result.value.changes.map(({ type }) => type) : [];
        expect(types.includes('doctor.added')).toBe(role === 'doctor');
      }),
    );
  });
});
