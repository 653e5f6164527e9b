/** Patients whom the clinic registers, completes and invites. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { InvitationAccepted } from '../../../domain/identity/administration.ts';
import type { IdentityChange } from '../../../domain/identity/changes.ts';
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
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { erasureLoads, forgetCached, withErasure } from '../privacy/erase.ts';
import { bookingViewer } from '../scheduling/actors.ts';
import { newAccount } from './new-account.ts';
import { TOKEN_BYTES } from './tokens.ts';

export function registerPatientAtDesk(
  deps: Deps,
  context: Context,
  registration: DeskRegistration,
  represent: (user: User) => Representation,
) {
  const account = newAccount(deps, context.now);
  const { identity, none } = deps.loads;
  const { email } = registration;
  return executeOnce(
    deps,
    context,
    {
      loads: [email === null ? none : identity.userByEmail(email)],
      decide: (holder): Result<Decision<IdentityChange, User>, EmailTaken> =>
        registerAtDesk(holder, registration, account, context.now),
      onConflict: onlyConflict('email_taken'),
      answerOf: (user) => user.dataKey,
    },
    represent,
  );
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

/** An unproven account that has the address is closed and erased in the same batch: it does not own the address (R63). */
export async function inviteRegisteredPatient(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  invited: { readonly patientId: UserId; readonly email: string },
  represent: (user: User) => Representation,
) {
  const { patientId, email } = invited;
  const issued = issueToken(deps.random.bytes(TOKEN_BYTES));
  const [holder] = await deps.database.load(deps.loads.identity.userByEmail(email));
  const ending = holder !== undefined && isUnproven(holder) ? holder.id : undefined;
  const { none } = deps.loads;
  let erased: ErasureFacts | undefined;
  const result = await executeOnce(
    deps,
    context,
    {
      loads: [
        ...patientLoads(deps, context, actor, patientId),
        deps.loads.identity.userByEmail(email),
        ...(ending === undefined ? ([none, none] as const) : erasureLoads(deps, ending, context.now)),
      ],
      decide: (user, may, current, facts, departure): Invited => {
        const patient = reached(user, may);
        if (patient === undefined) return refuse({ code: 'not_found' });
        // Who took the address since it was looked up keeps it: an account to be closed must be erased too.
        if (current !== undefined && current.id !== patientId && current.id !== ending) {
          return refuse({ code: 'email_taken' });
        }
        const decision = invitePatient(patient, email, current, issued, context.now);
        if (!decision.ok || current?.id !== ending || ending === undefined || departure === undefined) return decision;
        erased = facts;
        return ok(withErasure(deps, context, decision.value, ending, facts, departure));
      },
      onConflict: onlyConflict('email_taken'),
      answerOf: (user) => user.dataKey,
    },
    represent,
  );
  if (result.ok && erased !== undefined) await forgetCached(deps, erased);
  return result;
}
