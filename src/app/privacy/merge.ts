/** Merging two records of one patient, and undoing it. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { UserNotFound } from '../../../domain/identity/user.ts';
import { avatarFolder, DELETE_FILES } from '../../../domain/privacy/erasure.ts';
import {
  type ACKNOWLEDGEABLE,
  type MergeId,
  type MergeRefused,
  type MergeState,
  mergePatients,
  type PatientMerge,
  type UndoRefused,
  unmergePatients,
} from '../../../domain/privacy/merge.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../../../domain/shared/version.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { type Contended, execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { apiKeyCacheKey } from '../identity/api-keys.ts';
import { sessionCacheKey } from '../identity/authenticate.ts';
import { bookingViewer } from '../scheduling/actors.ts';

export interface AskedMerge {
  readonly survivorId: UserId;
  readonly aliasId: UserId;
  readonly survivorVersion: ExpectedVersion;
  readonly aliasVersion: number;
  readonly endsAccount: boolean;
  readonly acknowledged: readonly (typeof ACKNOWLEDGEABLE)[number][];
}

/** The alias is not the version that the caller has seen. */
type AliasChanged = { readonly code: 'alias_changed'; readonly version: number };

/** A merge, with the key of the survivor, which seals the stored answer. */
interface Merged {
  readonly merge: PatientMerge;
  readonly survivorKey: DataKey;
}

type Refused = UserNotFound | MergeRefused | StaleVersion | AliasChanged | Contended;

export async function mergeRecords(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  { survivorId, aliasId, survivorVersion, aliasVersion, ...confirmed }: AskedMerge,
  represent: (merge: PatientMerge) => Representation,
) {
  const viewer = bookingViewer(actor, context);
  const { privacy, scheduling } = deps.loads;
  const id: MergeId = newId<'patient_merge'>(deps, context.now);
  const clinicalKey = deps.cipher.newKey(newId<'clinical_key'>(deps, context.now));
  const messageKey = deps.cipher.newKey(newId<'data_key'>(deps, context.now));
  let known: MergeState | undefined;
  const result = await executeOnce(
    deps,
    context,
    {
      loads: [
        privacy.mergeState(survivorId, aliasId),
        scheduling.mayActFor(viewer, survivorId),
        scheduling.mayActFor(viewer, aliasId),
      ],
      decide: (state, maySurvivor, mayAlias): Result<Decision<Change, Merged>, Refused> => {
        if (state === undefined || !maySurvivor || !mayAlias) return refuse({ code: 'not_found' });
        const stale = staleness(state.survivor, survivorVersion);
        if (stale !== undefined) return refuse(stale);
        const { version } = state.alias;
        if (version !== aliasVersion) return refuse({ code: 'alias_changed', version });
        known = state;
        const how = { ...confirmed, id, by: actor.userId, clinicalKey, messageKey, now: context.now };
        const merged = mergePatients(state, how);
        if (!merged.ok) return merged;
        const { value } = merged;
        return ok({ ...value, value: { merge: value.value, survivorKey: state.survivor.dataKey } });
      },
      // Something of both that was added since: decided again, it is named.
      onConflict: (): Refused => ({ code: 'version_conflict' }),
      reloadOnConflict: true,
      answerOf: ({ survivorKey }) => survivorKey,
    },
    ({ merge }) => represent(merge),
  );
  if (result.ok && known !== undefined) {
    await deps.cache.delete([...known.aliasSessions.map(sessionCacheKey), ...known.aliasApiKeys.map(apiKeyCacheKey)]);
  }
  return result;
}

export function undoMerge(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  { survivorId, mergeId }: { readonly survivorId: UserId; readonly mergeId: MergeId },
) {
  const { privacy, scheduling } = deps.loads;
  const clinicalKey = deps.cipher.newKey(newId<'clinical_key'>(deps, context.now));
  return execute(deps, context, {
    loads: [privacy.undoState(survivorId, mergeId), scheduling.mayActFor(bookingViewer(actor, context), survivorId)],
    decide: (state, may): Result<Decision<Change, PatientMerge>, UserNotFound | UndoRefused> => {
      if (state === undefined || !may) return refuse({ code: 'not_found' });
      return unmergePatients(state, { by: actor.userId, clinicalKey, now: context.now });
    },
  });
}

export async function readMerges(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  patientId: UserId,
  page: { readonly after: MergeId | null; readonly limit: number },
): Promise<Result<PatientMerge[], UserNotFound>> {
  const entry = recordEvent(deps, context, {
    type: 'patient.merges_read',
    stream: patientId,
    outcome: 'success',
    resource: { type: 'user', id: patientId },
  });
  const load = deps.loads.privacy.mergesRead(patientId, viewerOf(actor, context), page);
  const found = await deps.database.loadRecorded(load, [entry]);
  return found === undefined ? refuse({ code: 'not_found' }) : ok(found);
}

/** Runs as a job when a merge can no longer be undone. */
export async function finishMerge(
  deps: Deps,
  context: Context,
  { mergeId = '' }: { readonly mergeId?: string },
): Promise<boolean> {
  const id = mergeId as MergeId;
  const result = await execute(deps, context, {
    loads: [deps.loads.privacy.merge(id)],
    decide: (merge): Result<Decision<Change, void>, never> => {
      // Undone, or erased.
      if (merge === undefined || merge.undone !== null)
        return ok(decided({ value: undefined, changes: [], audit: [] }));
      return ok(
        decided({
          value: undefined,
          changes: [{ type: 'patient.merge_finished', id, at: context.now }],
          audit: [],
          jobs: [{ topic: DELETE_FILES, payload: { folders: JSON.stringify([avatarFolder(merge.aliasId)]) } }],
        }),
      );
    },
  });
  return result.ok;
}
