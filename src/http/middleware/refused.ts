/** Records refusals of a route (R46), with the ids in the request and for the persons those belong to (R75). */
import type { Context as HonoContext } from 'hono';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { isUuid } from '../../../domain/shared/ids.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import type { Context, Deps } from '../../app/context.ts';
import { recordDenial } from '../../app/identity/denials.ts';
import { DENIALS } from '../denials.ts';
import type { AppEnv } from '../env.ts';
import { type Operation, permissionsIn } from '../operation.ts';
import type { ErrorCode } from '../problems.ts';
import { declaredNames, targetsOf, targetTypesIn } from '../targets.ts';

/** @returns whether the record exists but its use is restricted; the answer must then say so instead of "not found" */
export type RecordRefused = (c: HonoContext<AppEnv>, context: Context, code: ErrorCode) => Promise<boolean>;

export function refusalsOf(operation: Operation): RecordRefused {
  const { path, access } = operation;
  const method = operation.method.toUpperCase();
  const declared = declaredNames(operation);
  const manages = permissionsIn(access).includes('manage:availability') && targetTypesIn(path).includes('doctor');
  return async (c, context, code) => {
    const denial = DENIALS[code] ?? 'absent';
    if (denial === 'absent' || denial === 'elsewhere' || (denial === 'managed' && !manages)) return false;
    const { actor } = context;
    const isKnown = actor.kind === 'user' || actor.kind === 'api_key';
    if (!isKnown && denial !== 'anonymous') return false;
    const targets = await targetsOf(c, path, declared);
    // Something missing in one's own account is not a refusal.
    if (isKnown && code === 'not_found' && targets[0]?.id === actor.userId) return false;
    // A doctor whom somebody tried to book is not the person concerned.
    const concerned = targets.filter(({ type }) => type !== 'doctor' || manages);
    const isRestricted =
      isKnown && denial === 'hidden' && (await isRestrictedFor(c.get('deps'), context, actor, concerned));
    const told = isRestricted ? 'record_restricted' : code;
    await recordDenial(c.get('deps'), context, { method, route: path, code: told, targets, concerned });
    return isRestricted;
  };
}

/** Whether staff may see the record apart from the restriction: they are told why it is not shown. */
async function isRestrictedFor(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  concerned: readonly { readonly id: string }[],
): Promise<boolean> {
  const viewer = viewerOf(actor, context);
  if (actor.role === 'patient' || !viewer.ofPatients || viewer.ofRestricted || concerned.length === 0) return false;
  const ids = concerned.map(({ id }) => id).filter(isUuid);
  const [isRestricted] = await deps.database.load(deps.loads.privacy.restrictedAmong(ids, viewer));
  return isRestricted;
}
