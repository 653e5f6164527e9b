import { describe, expect, test } from 'vitest';
import {
  acceptProxy,
  birthdayOf,
  endProxy,
  isInForce,
  isWaiting,
  MAXIMUM_PROXIES,
  makeProxy,
  type PatientProxy,
  type ProxyId,
  type ProxyParty,
  REQUEST_MS,
  requestProxy,
} from '../../../domain/scheduling/proxy.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { at, date, id, NOW, refusal, value } from './builders.ts';

function party(name: string, fields: Partial<ProxyParty> = {}): ProxyParty {
  return {
    id: id<'user'>(name) as UserId,
    role: 'patient',
    status: 'active',
    firstName: name,
    lastName: 'Weber',
    dateOfBirth: '2015-06-01',
    dataKey: { ownerId: name, ringKeyId: 'ring', wrapped: new Uint8Array(32) },
    ...fields,
  };
}

const CHILD = party('Child');
const PARENT = party('Parent');
const STAFF_ID = id<'user'>('staff') as UserId;
const TERMS = { id: id<'proxy'>('proxy') as ProxyId, until: null, by: STAFF_ID };
const POLICY = { parentalAgeLimit: 16 };

const REQUESTED: PatientProxy = {
  id: TERMS.id,
  patientId: CHILD.id,
  personId: PARENT.id,
  personEmail: 'parent@example.org',
  ground: 'carer',
  origin: 'consent',
  proof: null,
  madeBy: CHILD.id,
  createdAt: NOW,
  acceptedAt: null,
  askedUntil: null,
  ageLimit: null,
  endsAt: null,
  revokedAt: null,
};

/** Who is told what, and with whose name. */
const told = (messages: readonly { userId?: UserId | undefined; variables: object }[] | undefined) =>
  messages?.map(({ userId, variables }) => ({ userId, ...variables }));
const BOTH = (what: string) => [
  { userId: CHILD.id, what, isProxy: false, name: 'Parent Weber' },
  { userId: PARENT.id, what, isProxy: true, name: 'Child Weber' },
];

describe('whether a proxy waits, or is in force', () => {
  test('a request waits for seven days', () => {
    expect(isWaiting(REQUESTED, NOW + REQUEST_MS - 1)).toBe(true);
    expect(isWaiting(REQUESTED, NOW + 7 * 86_400_000)).toBe(false);
    expect(isWaiting({ ...REQUESTED, acceptedAt: NOW }, NOW)).toBe(false);
    expect(isWaiting({ ...REQUESTED, revokedAt: NOW }, NOW)).toBe(false);
  });

  test('an accepted one is in force until it ends', () => {
    const accepted = { ...REQUESTED, acceptedAt: NOW };
    expect(isInForce(REQUESTED, NOW)).toBe(false);
    expect(isInForce(accepted, NOW + 10 * REQUEST_MS)).toBe(true);
    expect(isInForce({ ...accepted, revokedAt: NOW }, NOW)).toBe(false);
    expect(isInForce({ ...accepted, endsAt: NOW + 1 }, NOW)).toBe(true);
    expect(isInForce({ ...accepted, endsAt: NOW }, NOW)).toBe(false);
  });
});

test('somebody born on 29 February reaches an age on the last day of February', () => {
  expect(birthdayOf(date('2012-02-29'), 16)).toBe(at('2028-02-29T00:00:00Z'));
  expect(birthdayOf(date('2012-02-29'), 17)).toBe(at('2029-02-28T00:00:00Z'));
});

describe('a proxy that the clinic makes', () => {
  const asked = { ...TERMS, ground: 'guardian', proof: 'court order seen' } as const;
  const make = (
    fields: Partial<Parameters<typeof makeProxy>[2]> = {},
    { patient = CHILD, person = PARENT as ProxyParty | undefined, open = 0, now = NOW } = {},
  ) => makeProxy(patient, person, { ...asked, ...fields }, open, now, POLICY);

  test('is in force at once, is recorded for both, and both are told', () => {
    const made = value(make());
    expect(made.value).toEqual({
      ...REQUESTED,
      personEmail: null,
      ground: 'guardian',
      origin: 'clinic',
      proof: 'court order seen',
      madeBy: STAFF_ID,
      acceptedAt: NOW,
    });
    expect(made.changes).toEqual([{ type: 'proxy.created', proxy: made.value, dataKey: CHILD.dataKey }]);
    expect(made.audit.map(({ type, stream }) => [type, stream])).toEqual([
      ['proxy.created', CHILD.id],
      ['proxy.created', PARENT.id],
    ]);
    expect(told(made.messages)).toEqual(BOTH('began'));
  });

  test.each([
    ['has no account', undefined],
    ['is no patient', party('Parent', { role: 'staff' })],
    ['has a closed account', party('Parent', { status: 'closed' })],
    ['is the patient', CHILD],
  ])('is not possible when the person %s', (_, person) => {
    expect(refusal(makeProxy(CHILD, person, asked, 0, NOW, POLICY))).toEqual({ code: 'proxy_not_possible' });
  });

  test('is one of ten at most', () => {
    expect(make({}, { open: MAXIMUM_PROXIES - 1 }).ok).toBe(true);
    expect(refusal(make({}, { open: 10 }))).toEqual({ code: 'too_many_proxies', limit: 10 });
  });

  test('of a parent ends at the birthday of the clinic’s age limit, or earlier if asked', () => {
    const birthday = at('2031-06-01T00:00:00Z');
    expect(value(make({ ground: 'parent' })).value).toMatchObject({ ageLimit: 16, askedUntil: null, endsAt: birthday });
    expect(value(make({ ground: 'parent', until: birthday - 1 })).value.endsAt).toBe(birthday - 1);
    expect(value(make({ ground: 'parent', until: birthday + 1 })).value.endsAt).toBe(birthday);
    expect(value(make({ until: birthday + 1 })).value).toMatchObject({ ageLimit: null, endsAt: birthday + 1 });
  });

  test('of a parent needs the date of birth', () => {
    const patient = { ...CHILD, dateOfBirth: null };
    expect(refusal(make({ ground: 'parent' }, { patient }))).toEqual({ code: 'birth_date_required' });
    expect(make({}, { patient }).ok).toBe(true);
  });

  test('that would have ended is not possible', () => {
    expect(refusal(make({ until: NOW }))).toEqual({ code: 'proxy_not_possible' });
    expect(make({ until: NOW + 1 }).ok).toBe(true);
    const now = at('2031-06-01T00:00:00Z');
    expect(refusal(make({ ground: 'parent' }, { now }))).toEqual({ code: 'proxy_not_possible' });
  });
});

describe('a request of the patient', () => {
  const asked = { ...TERMS, by: CHILD.id, ground: 'carer', email: 'parent@example.org' } as const;

  test('waits, and the person is told', () => {
    const made = value(requestProxy(CHILD, PARENT, asked, MAXIMUM_PROXIES - 1, NOW));
    expect(made.value).toEqual(REQUESTED);
    expect(made.audit.map(({ type, stream }) => [type, stream])).toEqual([['proxy.requested', CHILD.id]]);
    expect(told(made.messages)).toEqual([{ userId: PARENT.id, what: 'requested', isProxy: true, name: 'Child Weber' }]);
  });

  test.each([
    ['nobody', undefined],
    ['a doctor', party('Doctor', { role: 'doctor' })],
    ['the patient', CHILD],
  ])('to an address of %s is stored all the same, and nobody is told', (_, holder) => {
    const made = value(requestProxy(CHILD, holder, asked, 0, NOW));
    expect(made.value).toEqual({ ...REQUESTED, personId: null });
    expect(made.messages ?? []).toEqual([]);
  });

  test('is one of ten at most, and ends in the future', () => {
    expect(refusal(requestProxy(CHILD, PARENT, asked, 10, NOW))).toEqual({ code: 'too_many_proxies', limit: 10 });
    const until = (instant: number) => requestProxy(CHILD, PARENT, { ...asked, until: instant }, 0, NOW);
    expect(refusal(until(NOW))).toEqual({ code: 'proxy_not_possible' });
    expect(value(until(NOW + 1)).value).toMatchObject({ askedUntil: NOW + 1, endsAt: NOW + 1 });
  });
});

describe('accepting a request', () => {
  test('puts it in force, for both', () => {
    const accepted = value(acceptProxy({ ...REQUESTED, endsAt: NOW + 2 }, CHILD, PARENT, NOW + 1));
    expect(accepted.value.acceptedAt).toBe(NOW + 1);
    expect(accepted.changes).toEqual([{ type: 'proxy.accepted', id: REQUESTED.id, at: NOW + 1 }]);
    expect(accepted.audit.map(({ stream }) => stream)).toEqual([CHILD.id, PARENT.id]);
    expect(told(accepted.messages)).toEqual(BOTH('began'));
  });

  test('is refused when it does not wait any more, has ended, or the person cannot act', () => {
    const late = acceptProxy(REQUESTED, CHILD, PARENT, NOW + REQUEST_MS);
    expect(refusal(late)).toEqual({ code: 'proxy_closed' });
    const ended = acceptProxy({ ...REQUESTED, endsAt: NOW + 1 }, CHILD, PARENT, NOW + 1);
    expect(refusal(ended)).toEqual({ code: 'proxy_not_possible' });
    const locked = acceptProxy(REQUESTED, CHILD, { ...PARENT, status: 'locked' }, NOW);
    expect(refusal(locked)).toEqual({ code: 'proxy_not_possible' });
  });
});

describe('ending a proxy', () => {
  const parties = { patient: CHILD, person: PARENT };
  const accepted = { ...REQUESTED, acceptedAt: NOW };

  test('in force is recorded for both, and both are told', () => {
    const ended = value(endProxy(accepted, parties, PARENT.id, NOW + 1));
    expect(ended.changes).toEqual([{ type: 'proxy.revoked', id: REQUESTED.id, by: PARENT.id, at: NOW + 1 }]);
    expect(ended.audit.map(({ stream }) => stream)).toEqual([CHILD.id, PARENT.id]);
    expect(told(ended.messages)).toEqual(BOTH('ended'));
  });

  test('tells nobody when one of the accounts is closed', () => {
    for (const missing of [{ patient: undefined }, { person: undefined }]) {
      expect(value(endProxy(accepted, { ...parties, ...missing }, STAFF_ID, NOW)).messages ?? []).toEqual([]);
    }
  });

  test('that waits is recorded for the patient alone, and nobody is told', () => {
    const ended = value(endProxy(REQUESTED, parties, CHILD.id, NOW));
    expect(ended.audit.map(({ type, stream }) => [type, stream])).toEqual([['proxy.revoked', CHILD.id]]);
    expect(ended.messages ?? []).toEqual([]);
  });

  test('without a known person is recorded for the patient alone', () => {
    const ended = value(endProxy({ ...accepted, personId: null }, parties, STAFF_ID, NOW));
    expect(ended.audit.map(({ stream }) => stream)).toEqual([CHILD.id]);
  });

  test('is refused when it has ended', () => {
    const refused = endProxy({ ...accepted, revokedAt: NOW }, parties, CHILD.id, NOW);
    expect(refusal(refused)).toEqual({ code: 'proxy_closed' });
    expect(refusal(endProxy(REQUESTED, parties, CHILD.id, NOW + REQUEST_MS))).toEqual({ code: 'proxy_closed' });
  });
});
