/** Patients whom the clinic registers, completes and invites. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { InvitationAccepted } from '../../../domain/identity/administration.ts';
import type { IdentityChange } from '../../../domain/identity/changes.ts';
import {
  duplicateReasons,
  duplicateTerms,
  type PossibleDuplicates,
  type Registrant,
} from '../../../domain/identity/duplicates.ts';
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import {
  completePatient,
  type DeskRegistration,
  type HasAccount,
  invitePatient,
  type PatientDetails,
  registerAtDesk,
} from '../../../domain/identity/patient.ts';
import type { EmailTaken } from '../../../domain/identity/registration.ts';
import { isUnproven, type User, type UserNotFound } from '../../../domain/identity/user.ts';
import type { ErasureFacts } from '../../../domain/privacy/ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { ExpectedVersion, StaleVersion } from '../../../domain/shared/version.ts';
import { type Viewer, viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { erasureLoads, forgetCached, withErasure } from '../privacy/erase.ts';
import { bookingViewer } from '../scheduling/actors.ts';
import { newAccount } from './new-account.ts';
import { TOKEN_BYTES } from './tokens.ts';

/** How many records a refusal shows. */
const SHOWN_DUPLICATES = 10;

type DuplicatesFound = { readonly code: 'duplicates_found'; readonly ids: readonly UserId[] };

/**
 * Registers a patient, unless records that the caller may see may be of the same person. Those are read again to be shown, which is
 * recorded with each of them.
 */
export async function registerPatientAtDesk(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  registration: DeskRegistration & { readonly acknowledgesDuplicates: boolean },
  represent: (user: User) => Representation,
) {
  const account = newAccount(deps, context.now);
  const { identity, patientSearch, none } = deps.loads;
  const { email, details, acknowledgesDuplicates } = registration;
  const person = { ...details, email };
  const viewer = viewerOf(actor, context);
  const sought = { terms: duplicateTerms(details), email };
  const result = await executeOnce(
    deps,
    context,
    {
      loads: [
        email === null ? none : identity.userByEmail(email),
        acknowledgesDuplicates ? none : patientSearch.duplicateCandidates(sought, viewer),
      ],
      decide: (holder, candidates): Result<Decision<IdentityChange, User>, EmailTaken | DuplicatesFound> => {
        const ids = (candidates ?? []).filter((each) => duplicateReasons(person, each).length > 0).map(({ id }) => id);
        if (ids.length > 0) return refuse({ code: 'duplicates_found', ids: ids.slice(0, SHOWN_DUPLICATES) });
        return registerAtDesk(holder, registration, account, context.now);
      },
      onConflict: onlyConflict('email_taken'),
      answerOf: (user) => user.dataKey,
    },
    represent,
  );
  if (result.ok) return result;
  const { error } = result;
  return refuse(error.code === 'duplicates_found' ? await duplicates(deps, context, viewer, person, error.ids) : error);
}

async function duplicates(
  deps: Deps,
  context: Context,
  viewer: Viewer,
  person: Registrant,
  ids: readonly UserId[],
): Promise<PossibleDuplicates> {
  const entries = ids.map((id) =>
    recordEvent(deps, context, { type: 'patient.found', stream: id, outcome: 'success' }),
  );
  const load = deps.loads.patientSearch.patientsRead(ids, viewer, context.now);
  const found = await deps.database.loadRecorded(load, entries);
  const candidates = found.map((each) => ({ ...each, reasons: duplicateReasons(person, each.user) }));
  return { code: 'possible_duplicates', candidates };
}

/** Records that may be of the same person as this one, of those whom the caller may see. Recorded with each of them, and with it. */
export async function readDuplicates(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  patientId: UserId,
): Promise<Result<PossibleDuplicates['candidates'], UserNotFound>> {
  const [user, may] = await deps.database.load(...patientLoads(deps, context, actor, patientId));
  const patient = reached(user, may);
  if (patient === undefined) return refuse({ code: 'not_found' });
  const viewer = viewerOf(actor, context);
  const sought = { terms: duplicateTerms(patient), email: null };
  const [candidates] = await deps.database.load(deps.loads.patientSearch.duplicateCandidates(sought, viewer));
  const ids = candidates
    .filter((each) => each.id !== patientId && duplicateReasons(patient, each).length > 0)
    .map(({ id }) => id)
    .slice(0, SHOWN_DUPLICATES);
  // The answer tells of the patient too, whose phone or birth date they share.
  const { candidates: read } = await duplicates(deps, context, viewer, patient, [patientId, ...ids]);
  return ok(read.filter(({ user: { id } }) => id !== patientId));
}

/** The patient, if there is one whom the caller may act for: doctors for own patients, nobody for restricted ones (R28). */
function patientLoads(deps: Deps, context: Context, actor: KnownActor, patientId: UserId) {
  return [
    deps.loads.identity.user(patientId),
    deps.loads.scheduling.mayActFor(bookingViewer(actor, context), patientId),
  ] as const;
}

function reached(user: User | undefined, mayActFor: boolean): User | undefined {
  return mayActFor && user?.role === 'patient' ? user : undefined;
}

export function completePatientDetails(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  patientId: UserId,
  details: Partial<PatientDetails>,
  expected: ExpectedVersion,
) {
  return execute(deps, context, {
    loads: patientLoads(deps, context, actor, patientId),
    decide: (user, may): Result<Decision<IdentityChange, User>, UserNotFound | HasAccount | StaleVersion> => {
      const patient = reached(user, may);
      if (patient === undefined) return refuse({ code: 'not_found' });
      return completePatient(patient, details, expected, context.now);
    },
  });
}

type Invited = Result<Decision<Change, User>, UserNotFound | EmailTaken | InvitationAccepted>;

interface InvitedPatient {
  readonly patientId: UserId;
  readonly email: string;
}

/** An unproven account that has the address is closed and erased in the same batch: it does not own the address (R63). */
export async function inviteRegisteredPatient(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  invited: InvitedPatient,
  represent: (user: User) => Representation,
) {
  let unproven: UserId | undefined;
  const note = (holder: UserId) => {
    unproven = holder;
  };
  const first = await inviteEnding(deps, context, actor, invited, { ending: undefined, note }, represent);
  if (first.ok || unproven === undefined) return first;
  return inviteEnding(deps, context, actor, invited, { ending: unproven, note }, represent);
}

/**
 * @param unproven.ending an account that is closed if it still has the address unproven
 * @param unproven.note gets another unproven account that has the address: what it holds must be loaded before it is closed
 */
async function inviteEnding(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  { patientId, email }: InvitedPatient,
  unproven: { readonly ending: UserId | undefined; readonly note: (holder: UserId) => void },
  represent: (user: User) => Representation,
) {
  const issued = issueToken(deps.random.bytes(TOKEN_BYTES));
  const { identity, none } = deps.loads;
  const { ending } = unproven;
  let erased: ErasureFacts | undefined;
  const result = await executeOnce(
    deps,
    context,
    {
      loads: [
        ...patientLoads(deps, context, actor, patientId),
        identity.userByEmail(email),
        ...(ending === undefined ? ([none, none] as const) : erasureLoads(deps, ending, context.now)),
      ],
      decide: (user, may, holder, facts, departure): Invited => {
        const patient = reached(user, may);
        if (patient === undefined) return refuse({ code: 'not_found' });
        if (holder !== undefined && isUnproven(holder) && holder.id !== ending) {
          unproven.note(holder.id);
          return refuse({ code: 'email_taken' });
        }
        const decision = invitePatient(patient, email, holder, issued, context.now);
        if (!decision.ok || ending === undefined || holder?.id !== ending || departure === undefined) return decision;
        erased = facts;
        return ok(withErasure(deps, context, decision.value, ending, facts, departure));
      },
      onConflict: onlyConflict('email_taken'),
      answerOf: (user) => user.dataKey,
    },
    represent,
  );
  if (result.ok && erased !== undefined && ending !== undefined) await forgetCached(deps, ending, erased);
  return result;
}
