/** Proxies: making, accepting, listing and ending them. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { User, UserNotFound } from '../../../domain/identity/user.ts';
import type { Page } from '../../../domain/scheduling/ports.ts';
import {
  acceptProxy,
  type CONSENT_GROUNDS,
  endProxy,
  makeProxy,
  type PatientProxy,
  type ProxyGround,
  type ProxyId,
  type ProxyRefusal,
  requestProxy,
} from '../../../domain/scheduling/proxy.ts';
import type { ProxyParties, ProxyRecord } from '../../../domain/scheduling/proxy-ports.ts';
import { isAllowed, type KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { bookingViewer, policyOf } from './actors.ts';

/** A new proxy, with the key of the patient, which seals the stored answer. */
interface Made {
  readonly proxy: PatientProxy;
  readonly patientKey: DataKey;
}

type Making = Result<Decision<Change, Made>, ProxyRefusal | UserNotFound>;

function made(decision: Result<Decision<Change, PatientProxy>, ProxyRefusal>, { dataKey }: User): Making {
  if (!decision.ok) return decision;
  const { value } = decision;
  return ok({ ...value, value: { proxy: value.value, patientKey: dataKey } });
}

/** The clinic has seen proof. Doctors make them for own patients. */
export function makeProxyByClinic(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  asked: {
    readonly patientId: UserId;
    readonly personId: UserId;
    readonly ground: ProxyGround;
    readonly proof: string;
    readonly until: Instant | null;
  },
  represent: (proxy: PatientProxy) => Representation,
) {
  const { identity, scheduling, proxies } = deps.loads;
  const { patientId, personId, ...terms } = asked;
  const id: ProxyId = newId<'proxy'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [
        identity.user(patientId),
        scheduling.mayActFor(bookingViewer(actor, context), patientId),
        identity.user(personId),
        proxies.openProxies(patientId, context.now),
        scheduling.limits(),
      ],
      decide: (patient, may, person, open, limits): Making => {
        if (patient?.role !== 'patient' || !may) return refuse({ code: 'not_found' });
        const policy = policyOf(deps, limits);
        const complete = { ...terms, id, by: actor.userId };
        return made(makeProxy(patient, person, complete, open, context.now, policy), patient);
      },
      onConflict: onlyConflict('proxy_exists'),
      answerOf: ({ patientKey }) => patientKey,
    },
    ({ proxy }) => represent(proxy),
  );
}

/** A patient asks somebody by e-mail address. */
export function askForProxy(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  asked: {
    readonly email: string;
    readonly ground: (typeof CONSENT_GROUNDS)[number];
    readonly until: Instant | null;
  },
  represent: (proxy: PatientProxy) => Representation,
) {
  const { identity, proxies } = deps.loads;
  const id: ProxyId = newId<'proxy'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [
        identity.user(actor.userId),
        identity.userByEmail(asked.email),
        proxies.openProxies(actor.userId, context.now),
      ],
      decide: (patient, holder, open): Making => {
        if (patient === undefined) return refuse({ code: 'not_found' });
        return made(requestProxy(patient, holder, { ...asked, id, by: actor.userId }, open, context.now), patient);
      },
      answerOf: 'caller',
    },
    ({ proxy }) => represent(proxy),
  );
}

/** The person who was asked accepts. Somebody else's request and an absent one are answered alike (R26). */
export function acceptAskedProxy(deps: Deps, context: Context, actor: KnownActor, id: ProxyId) {
  const { proxies } = deps.loads;
  return execute(deps, context, {
    loads: [proxies.proxy(id), proxies.partiesOf(id, bookingViewer(actor, context))],
    decide: (proxy, parties): Result<Decision<Change, PatientProxy>, ProxyRefusal | UserNotFound> => {
      const { patient, person } = sidesOf(proxy, parties);
      const isAsked = proxy !== undefined && proxy.personId === actor.userId;
      if (!isAsked || patient === undefined || person === undefined) return refuse({ code: 'not_found' });
      return acceptProxy(proxy, patient, person, context.now);
    },
    onConflict: onlyConflict('proxy_exists'),
  });
}

/** Ended by either of the two, or by the clinic. */
export function endProxyOf(deps: Deps, context: Context, actor: KnownActor, id: ProxyId) {
  const { proxies } = deps.loads;
  return execute(deps, context, {
    loads: [proxies.proxy(id), proxies.partiesOf(id, bookingViewer(actor, context))],
    decide: (proxy, parties): Result<Decision<Change, void>, ProxyRefusal | UserNotFound> => {
      if (proxy === undefined) return refuse({ code: 'not_found' });
      const isParty = proxy.patientId === actor.userId || proxy.personId === actor.userId;
      const byClinic = parties.mayActFor && isAllowed(actor, 'register:patients');
      if (!isParty && !byClinic) return refuse({ code: 'not_found' });
      return endProxy(proxy, sidesOf(proxy, parties), actor.userId, context.now);
    },
  });
}

function sidesOf(proxy: PatientProxy | undefined, { people }: ProxyParties) {
  return {
    patient: people.find(({ id }) => id === proxy?.patientId),
    person: people.find(({ id }) => id === proxy?.personId),
  };
}

/** Who acts for a patient: for the patient, and for the clinic. The reading is recorded. */
export async function readProxies(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  patientId: UserId,
): Promise<Result<ProxyRecord[], UserNotFound>> {
  const entry = recordEvent(deps, context, { type: 'proxy.listed', stream: patientId, outcome: 'success' });
  const load = deps.loads.proxies.proxiesRead(patientId, viewerOf(actor, context), context.now);
  const found = await deps.database.loadRecorded(load, [entry]);
  return found === undefined ? refuse({ code: 'not_found' }) : ok(found);
}

/** A page of those for whom the caller acts or is asked to act. Recorded with each patient. */
export function readDependants(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  page: Page<ProxyId>,
): Promise<ProxyRecord[]> {
  // One prepared event for each person that the page can show.
  const entries = Array.from({ length: page.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'proxy.listed', stream: actor.userId, outcome: 'success' }),
  );
  return deps.database.loadRecorded(deps.loads.proxies.dependantsRead(actor.userId, context.now, page), entries);
}
