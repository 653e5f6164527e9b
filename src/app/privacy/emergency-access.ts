/** Use cases of emergency access: open a record, list, review and end accesses. */
import type { Change, Decision } from '../../../domain/changes.ts';
import {
  EMERGENCY_ACCESS_MS,
  type EmergencyAccess,
  type EmergencyNotNeeded,
  type EmergencyOver,
  endAccess,
  openRecord,
  type ReviewRefused,
  reviewAccess,
  type Verdict,
} from '../../../domain/privacy/emergency-access.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type EmergencyAccessId, viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

type NotFound = { readonly code: 'not_found' };

export function openInEmergency(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  { patientId, reason }: { readonly patientId: UserId; readonly reason: string },
  represent: (access: EmergencyAccess) => Representation,
) {
  const access = {
    id: newId<'emergency_access'>(deps, context.now),
    doctorId: actor.userId,
    patientId,
    reason,
    openedAt: context.now,
    expiresAt: context.now + EMERGENCY_ACCESS_MS,
    review: null,
    ended: null,
  };
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.privacy.emergencyState(patientId, viewerOf(actor, { now: context.now }))],
      decide: (state): Result<Decision<Change, EmergencyAccess>, NotFound | EmergencyNotNeeded> =>
        state === undefined ? refuse({ code: 'not_found' }) : openRecord(access, state),
      answerOf: 'caller',
    },
    represent,
  );
}

export function readEmergencyAccesses(
  deps: Deps,
  context: Context,
  state: 'unreviewed' | 'reviewed' | null,
  page: { readonly after: { readonly at: Instant; readonly id: EmergencyAccessId } | null; readonly limit: number },
): Promise<EmergencyAccess[]> {
  const entries = Array.from({ length: page.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'emergency_access.read', stream: 'system', outcome: 'success' }),
  );
  return deps.database.loadRecorded(deps.loads.privacy.emergencyAccessesRead(state, page), entries);
}

export function reviewEmergencyAccess(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: EmergencyAccessId,
  verdict: Verdict,
) {
  return execute(deps, context, {
    loads: [deps.loads.privacy.emergencyAccess(id)],
    decide: (access): Result<Decision<Change, EmergencyAccess>, NotFound | ReviewRefused> =>
      access === undefined ? refuse({ code: 'not_found' }) : reviewAccess(access, verdict, actor.userId, context.now),
  });
}

/** Ends an access before it expires; for administrators. */
export function endEmergencyAccess(deps: Deps, context: Context, actor: KnownActor, id: EmergencyAccessId) {
  return execute(deps, context, {
    loads: [deps.loads.privacy.emergencyAccess(id)],
    decide: (access): Result<Decision<Change, EmergencyAccess>, NotFound | EmergencyOver> =>
      access === undefined ? refuse({ code: 'not_found' }) : endAccess(access, actor.userId, context.now),
  });
}
