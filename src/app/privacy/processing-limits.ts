/** Use cases of processing limits: restriction and objection. */
import type { Change, Decision } from '../../../domain/changes.ts';
import {
  type LimitGround,
  type LimitInForce,
  type LimitKind,
  liftLimit,
  type ProcessingLimit,
  type ProcessingLimitId,
  setLimit,
} from '../../../domain/privacy/processing-limit.ts';
import { isAllowed, type KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { recordEvent } from '../audit.ts';
import { execute, onlyConflict } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

type NotFound = { readonly code: 'not_found' };

/** People may object for themselves. Restrictions, and limits for other people, are set by administrators. */
export function mayLimit(actor: KnownActor, userId: UserId, kind: LimitKind): boolean {
  return isAllowed(actor, 'manage:privacy') || (userId === actor.userId && kind === 'objection');
}

export function limitProcessing(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  wanted: { readonly userId: UserId; readonly kind: LimitKind; readonly ground: LimitGround },
) {
  const limit: ProcessingLimit = {
    id: newId<'processing_limit'>(deps, context.now),
    ...wanted,
    setAt: context.now,
    setBy: actor.userId,
    lifted: null,
  };
  return execute(deps, context, {
    loads: [deps.loads.privacy.receiver(wanted.userId)],
    decide: (receiver): Result<Decision<Change, ProcessingLimit>, NotFound | LimitInForce> =>
      receiver === undefined || !mayLimit(actor, wanted.userId, wanted.kind)
        ? refuse({ code: 'not_found' })
        : ok(setLimit(limit, receiver)),
    onConflict: onlyConflict('limit_in_force'),
  });
}

export function liftProcessingLimit(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  userId: UserId,
  id: ProcessingLimitId,
) {
  return execute(deps, context, {
    loads: [deps.loads.privacy.processingLimit(id), deps.loads.privacy.receiver(userId)],
    decide: (limit, receiver): Result<Decision<Change, void>, NotFound> =>
      limit?.userId !== userId || receiver === undefined || !mayLimit(actor, userId, limit.kind)
        ? refuse({ code: 'not_found' })
        : liftLimit(limit, receiver, actor.userId, context.now),
  });
}

/** One's own, or anybody's for administrators. */
export async function readProcessingLimits(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  userId: UserId,
): Promise<ProcessingLimit[] | undefined> {
  if (userId !== actor.userId && !isAllowed(actor, 'manage:privacy')) return undefined;
  const entry = recordEvent(deps, context, { type: 'processing_limit.read', stream: userId, outcome: 'success' });
  return deps.database.loadRecorded(deps.loads.privacy.processingLimitsRead(userId), [entry]);
}
