/** Records refusals of a route (R46), with the ids in the request and for the persons those belong to (R75). */
import type { Context as HonoContext } from 'hono';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { isUuid } from '../../../domain/shared/ids.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import type { Context, Deps } from '../../app/context.ts';
import { recordDenial } from '../../app/identity/denials.ts';
import { permissionsIn } from '../access.ts';
import { DENIALS } from '../denials.ts';
import type { AppEnv } from '../env.ts';
import type { Operation } from '../operation.ts';
import type { ErrorCode, ProblemDetails } from '../problems.ts';
import { declaredTargets, targetsOf } from '../targets.ts';

/** @returns the problem to answer instead of `not_found`, if the record is restricted or was merged into another one */
export type RecordRefused = (
  c: HonoContext<AppEnv>,
  context: Context,
  code: ErrorCode,
) => Promise<ProblemDetails | undefined>;

export function refusalRecorder(operation: Operation): RecordRefused {
  const { path, access } = operation;
  const method = operation.method.toUpperCase();
  const declared = declaredTargets(operation);
  const leadsToDoctor = declared.path.some(({ kind }) => kind === 'doctor');
  const manages = permissionsIn(access).includes('manage:availability') && leadsToDoctor;
  return async (c, context, code) => {
    const denial = DENIALS[code] ?? 'absent';
    if (denial === 'absent' || denial === 'elsewhere' || (denial === 'managed' && !manages)) return undefined;
    const { actor } = context;
    const isKnown = actor.kind === 'user' || actor.kind === 'api_key';
    if (!isKnown && denial !== 'anonymous') return undefined;
    const targets = await targetsOf(c, declared);
    // A missing resource in the caller's own account is not a refusal.
    if (isKnown && code === 'not_found' && targets[0]?.id === actor.userId) return undefined;
    // The doctor of an attempted booking is not the person concerned.
    const concerned = targets.filter(({ type }) => type !== 'doctor' || manages);
    const told = isKnown && denial === 'hidden' ? await explained(c.get('deps'), context, actor, concerned) : undefined;
    // A merged record was found, so nothing was refused.
    if (told?.code === 'patient_merged') return told;
    await recordDenial(c.get('deps'), context, { method, route: path, code: told?.code ?? code, targets, concerned });
    return told;
  };
}

/**
 * Why a record is not shown: `record_restricted` for callers who could read it without the restriction, `patient_merged` for
 * those who may read the record that it was merged into.
 */
async function explained(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  concerned: readonly { readonly id: string }[],
): Promise<ProblemDetails | undefined> {
  const viewer = viewerOf(actor, context);
  if (actor.role === 'patient' || !viewer.ofPatients || concerned.length === 0) return undefined;
  const ids = concerned.map(({ id }) => id).filter(isUuid);
  const { restrictedAmong, mergedInto } = deps.loads.privacy;
  const [isRestricted, survivor] = await deps.database.load(restrictedAmong(ids, viewer), mergedInto(ids, viewer));
  if (isRestricted && !viewer.ofRestricted) return { code: 'record_restricted' };
  return survivor === undefined ? undefined : { code: 'patient_merged', members: { mergedInto: survivor } };
}
