import { describe, expect, test } from 'vitest';
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import { completePatient, invitePatient, registerAtDesk } from '../../../domain/identity/patient.ts';
import { USER_STATUSES, type User, type UserStatus } from '../../../domain/identity/user.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { NOW, sampleUser } from './sample-user.ts';

const STAFF = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e01' as UserId;
const OTHER = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e02' as UserId;
const token = issueToken(new Uint8Array(32).fill(7));
const { id, dataKey } = sampleUser();
const details = {
  firstName: 'Otto',
  lastName: 'Brandt',
  dateOfBirth: null,
  phoneNumber: null,
  address: { city: 'Berlin' },
  timezone: 'UTC',
  language: 'de',
};
const registering = (email: string | null, holder?: User) =>
  registerAtDesk(holder, { details, email, channel: 'phone', by: STAFF }, { id, dataKey, token }, NOW);
const withStatus = (status: UserStatus): User => ({
  ...sampleUser(),
  status,
  email: status === 'no_account' ? null : 'a@b.c',
});

describe('registering a patient for the clinic', () => {
  test('without an address makes no token and no message', () => {
    const made = registering(null);
    if (!made.ok) throw new Error(made.error.code);
    expect(made.value.value).toMatchObject({ status: 'no_account', email: null, dateOfBirth: null, role: 'patient' });
    expect(made.value.changes).toMatchObject([{ type: 'user.created', passwordHash: null, registeredBy: STAFF }]);
    expect(made.value.messages).toEqual([]);
  });

  test('with an address invites the person, and takes an unproven account over', () => {
    const squatter = { ...sampleUser({ id: OTHER, emailVerifiedAt: null }) };
    const made = registering('ada@example.org', squatter);
    if (!made.ok) throw new Error(made.error.code);
    expect(made.value.changes).toMatchObject([
      { type: 'user.taken_over', registeredBy: STAFF, user: { id: OTHER, address: { city: 'Berlin' } } },
      { type: 'one_time_token.issued', purpose: 'accept_invitation' },
    ]);
    expect(made.value.messages).toMatchObject([{ template: 'invitation' }]);
    expect(made.value.audit.map(({ type }) => type)).toEqual(['patient.registered', 'user.invited']);
  });

  test('with the address of somebody else is refused', () => {
    expect(registering('ada@example.org', sampleUser())).toMatchObject({ ok: false, error: { code: 'email_taken' } });
  });
});

test.each(USER_STATUSES)(
  'the clinic completes the details of a patient until the invitation is accepted: %s',
  (status) => {
    const completed = completePatient(withStatus(status), { dateOfBirth: '1951-08-30' }, null, NOW);
    expect(completed.ok).toBe(status === 'no_account' || status === 'invited');
  },
);

test('details that are the same change nothing', () => {
  const patient = withStatus('no_account');
  expect(completePatient(patient, {}, null, NOW)).toEqual({
    ok: true,
    value: expect.objectContaining({ value: patient, changes: [], audit: [] }),
  });
  expect(completePatient(patient, { firstName: patient.firstName }, 99, NOW)).toMatchObject({ ok: false });
});

test.each(USER_STATUSES)('only who has not accepted an invitation is invited: %s', (status) => {
  const invited = invitePatient(withStatus(status), 'otto@example.org', undefined, token, NOW);
  expect(invited.ok).toBe(status === 'no_account' || status === 'invited');
});

test('an invitation closes an unproven account with the address before it stores the address', () => {
  const squatter = sampleUser({ id: OTHER, emailVerifiedAt: null });
  const invited = invitePatient(withStatus('no_account'), 'ada@example.org', squatter, token, NOW);
  if (!invited.ok) throw new Error(invited.error.code);
  const types = invited.value.changes.map(({ type }) => type);
  expect(types.indexOf('user.closed')).toBeLessThan(types.indexOf('patient.invited'));
  expect(types[0]).toBe('user.closed');
});

test('an invitation to the same address again keeps the account', () => {
  const user = withStatus('invited');
  const again = invitePatient(user, 'a@b.c', user, token, NOW);
  expect(again).toMatchObject({
    ok: true,
    value: { changes: [{ type: 'patient.invited' }, { type: 'one_time_token.issued' }] },
  });
});
