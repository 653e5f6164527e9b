/**
 * Proxies: people who act for a patient. A proxy books, moves, cancels and reads the patient's appointments and joins the
 * waitlist, and sees nothing else of the record. The clinic makes a proxy with proof; or the patient asks and the other person
 * accepts.
 */
import { decided } from '../shared/changes.ts';
import type { Id, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { addMonths, type Instant, type LocalDate } from '../shared/time.ts';
import type { BirthDateRequired } from './booking.ts';
import type { Decision } from './decision.ts';
import type { MessageDraft } from './messages.ts';

export type ProxyId = Id<'proxy'>;

export const PROXY_GROUNDS = ['parent', 'guardian', 'carer', 'authorised'] as const;
export type ProxyGround = (typeof PROXY_GROUNDS)[number];

/** What a patient may give by consent: parents and guardians have their authority from the law, which the clinic verifies. */
export const CONSENT_GROUNDS = ['carer', 'authorised'] as const;

/** How many live proxies and requests one patient has at most. */
export const MAXIMUM_PROXIES = 10;
/** How long a request can be accepted: 7 days. */
export const REQUEST_MS = 7 * 86_400_000;

export interface PatientProxy {
  readonly id: ProxyId;
  readonly patientId: UserId;
  /** Who acts; null if the address that the patient named has no account. */
  readonly personId: UserId | null;
  /** The address that the patient named. */
  readonly personEmail: string | null;
  readonly ground: ProxyGround;
  readonly origin: 'clinic' | 'consent';
  /** What the clinic has seen, in its words. */
  readonly proof: string | null;
  readonly madeBy: UserId;
  readonly createdAt: Instant;
  readonly acceptedAt: Instant | null;
  readonly askedUntil: Instant | null;
  /** The age in years at which it ends; null if age does not end it. */
  readonly ageLimit: number | null;
  /** The earlier of `askedUntil` and the birthday of `ageLimit`. */
  readonly endsAt: Instant | null;
  readonly revokedAt: Instant | null;
}

export type ProxyChange =
  /** Requests of the same patient to the same address that wait are revoked. */
  | { readonly type: 'proxy.created'; readonly proxy: PatientProxy; readonly dataKey: DataKey }
  /** Guarded: it waits for its acceptance. */
  | { readonly type: 'proxy.accepted'; readonly id: ProxyId; readonly at: Instant }
  /** Guarded: it is not revoked yet. */
  | { readonly type: 'proxy.revoked'; readonly id: ProxyId; readonly by: UserId; readonly at: Instant };

export type ProxyNotPossible = { readonly code: 'proxy_not_possible' };
export type ProxyExists = { readonly code: 'proxy_exists' };
export type ProxyClosed = { readonly code: 'proxy_closed' };
export type TooManyProxies = { readonly code: 'too_many_proxies'; readonly limit: number };
export type ProxyRefusal = ProxyNotPossible | ProxyExists | ProxyClosed | TooManyProxies | BirthDateRequired;

/** A person as far as proxies are concerned. */
export interface ProxyParty {
  readonly id: UserId;
  readonly role: string;
  readonly status: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly dateOfBirth: string | null;
  readonly dataKey: DataKey;
}

export interface ProxyTerms {
  readonly id: ProxyId;
  readonly until: Instant | null;
  /** Who makes it. */
  readonly by: UserId;
}

type Made = Result<Decision<ProxyChange, PatientProxy>, ProxyRefusal>;

export function isWaiting({ acceptedAt, revokedAt, createdAt }: PatientProxy, now: Instant): boolean {
  return acceptedAt === null && revokedAt === null && now < createdAt + REQUEST_MS;
}

/** Whether the person may act now. */
export function isInForce({ acceptedAt, revokedAt, endsAt }: PatientProxy, now: Instant): boolean {
  return acceptedAt !== null && revokedAt === null && (endsAt === null || now < endsAt);
}

/** The day on which somebody reaches an age, in UTC. */
export function birthdayOf(dateOfBirth: LocalDate, years: number): Instant {
  return Date.parse(`${addMonths(dateOfBirth, 12 * years)}T00:00:00Z`);
}

function earlier(one: Instant | null, other: Instant | null): Instant | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

/** The clinic has seen proof: the person may act at once. */
export function makeProxy(
  patient: ProxyParty,
  person: ProxyParty | undefined,
  asked: ProxyTerms & { readonly ground: ProxyGround; readonly proof: string },
  /** Of the patient: how many are in force or wait. */
  open: number,
  now: Instant,
  policy: { readonly parentalAgeLimit: number },
): Made {
  if (person === undefined || !canAct(person, patient)) return refuse({ code: 'proxy_not_possible' });
  if (open >= MAXIMUM_PROXIES) return refuse({ code: 'too_many_proxies', limit: MAXIMUM_PROXIES });
  const { ground, proof, until } = asked;
  const ageLimit = ground === 'parent' ? policy.parentalAgeLimit : null;
  if (ageLimit !== null && patient.dateOfBirth === null) return refuse({ code: 'birth_date_required' });
  const ofAge = ageLimit === null ? null : birthdayOf(patient.dateOfBirth as LocalDate, ageLimit);
  const endsAt = earlier(until, ofAge);
  if (endsAt !== null && endsAt <= now) return refuse({ code: 'proxy_not_possible' });
  const proxy: PatientProxy = {
    ...newProxy(patient, asked, now),
    personId: person.id,
    ground,
    origin: 'clinic',
    proof,
    acceptedAt: now,
    ageLimit,
    endsAt,
  };
  return ok(
    decided({
      value: proxy,
      changes: [{ type: 'proxy.created', proxy, dataKey: patient.dataKey }],
      audit: recorded('proxy.created', proxy),
      messages: [told(patient, 'began', person, false), told(person, 'began', patient, true)],
    }),
  );
}

/**
 * The patient asks somebody by e-mail address. The answer is the same whether or not the address has an account (R5).
 * @param holder the account that has the address
 */
export function requestProxy(
  patient: ProxyParty,
  holder: ProxyParty | undefined,
  asked: ProxyTerms & { readonly ground: (typeof CONSENT_GROUNDS)[number]; readonly email: string },
  open: number,
  now: Instant,
): Made {
  if (open >= MAXIMUM_PROXIES) return refuse({ code: 'too_many_proxies', limit: MAXIMUM_PROXIES });
  if (asked.until !== null && asked.until <= now) return refuse({ code: 'proxy_not_possible' });
  const person = holder !== undefined && canAct(holder, patient) ? holder : undefined;
  const proxy: PatientProxy = {
    ...newProxy(patient, asked, now),
    personId: person?.id ?? null,
    personEmail: asked.email,
    ground: asked.ground,
    origin: 'consent',
  };
  return ok(
    decided({
      value: proxy,
      changes: [{ type: 'proxy.created', proxy, dataKey: patient.dataKey }],
      audit: [event('proxy.requested', patient.id, proxy)],
      messages: person === undefined ? [] : [told(person, 'requested', patient, true)],
    }),
  );
}

function newProxy(patient: ProxyParty, { id, until, by }: ProxyTerms, now: Instant) {
  return {
    id,
    patientId: patient.id,
    personEmail: null,
    proof: null,
    madeBy: by,
    createdAt: now,
    acceptedAt: null,
    askedUntil: until,
    ageLimit: null,
    endsAt: until,
    revokedAt: null,
  };
}

function canAct(person: ProxyParty, patient: ProxyParty): boolean {
  return person.role === 'patient' && person.status === 'active' && person.id !== patient.id;
}

/** The person who was asked accepts. */
export function acceptProxy(
  proxy: PatientProxy,
  patient: ProxyParty,
  person: ProxyParty,
  now: Instant,
): Result<Decision<ProxyChange, PatientProxy>, ProxyClosed | ProxyNotPossible> {
  if (!isWaiting(proxy, now)) return refuse({ code: 'proxy_closed' });
  if (!canAct(person, patient) || (proxy.endsAt !== null && proxy.endsAt <= now)) {
    return refuse({ code: 'proxy_not_possible' });
  }
  const accepted = { ...proxy, acceptedAt: now };
  return ok(
    decided({
      value: accepted,
      changes: [{ type: 'proxy.accepted', id: proxy.id, at: now }],
      audit: recorded('proxy.created', accepted),
      messages: [told(patient, 'began', person, false), told(person, 'began', patient, true)],
    }),
  );
}

/** Ended by the patient, by the person who acts, or by the clinic; a request is withdrawn or declined. */
export function endProxy(
  proxy: PatientProxy,
  parties: { readonly patient: ProxyParty | undefined; readonly person: ProxyParty | undefined },
  by: UserId,
  now: Instant,
): Result<Decision<ProxyChange, void>, ProxyClosed> {
  if (!isWaiting(proxy, now) && !isInForce(proxy, now)) return refuse({ code: 'proxy_closed' });
  const { patient, person } = parties;
  const wasInForce = proxy.acceptedAt !== null;
  const messages =
    wasInForce && patient !== undefined && person !== undefined
      ? [told(patient, 'ended', person, false), told(person, 'ended', patient, true)]
      : [];
  return ok(
    decided({
      value: undefined,
      changes: [{ type: 'proxy.revoked', id: proxy.id, by, at: now }],
      audit: wasInForce ? recorded('proxy.revoked', proxy) : [event('proxy.revoked', proxy.patientId, proxy)],
      messages,
    }),
  );
}

/** Recorded for both. */
function recorded(type: 'proxy.created' | 'proxy.revoked', proxy: PatientProxy) {
  const { patientId, personId } = proxy;
  return [event(type, patientId, proxy), ...(personId === null ? [] : [event(type, personId, proxy)])];
}

function event(type: 'proxy.requested' | 'proxy.created' | 'proxy.revoked', stream: UserId, proxy: PatientProxy) {
  const { id, ground, patientId } = proxy;
  return { type, stream, outcome: 'success', resource: { type: 'proxy', id }, details: { ground, patientId } } as const;
}

function told(
  receiver: ProxyParty,
  what: 'requested' | 'began' | 'ended',
  other: ProxyParty,
  isProxy: boolean,
): MessageDraft {
  return {
    template: 'proxy',
    variables: { what, isProxy, name: `${other.firstName} ${other.lastName}` },
    userId: receiver.id,
    dataKey: receiver.dataKey,
  };
}
