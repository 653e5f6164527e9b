/** Merging two records of one patient, and undoing it. */
import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { Change, Decision } from '../../../domain/changes.ts';
import type { UserNotFound } from '../../../domain/identity/user.ts';
import { avatarFolder, DELETE_FILES } from '../../../domain/privacy/erasure.ts';
import {
  type ACKNOWLEDGEABLE,
  type Merged,
  type MergeId,
  type MergePreview,
  type MergeRefused,
  type MergeState,
  mergePatients,
  type PatientMerge,
  previewMerge,
  type UndoRefused,
  unmergePatients,
} from '../../../domain/privacy/merge.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided, type Loaded } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../../../domain/shared/version.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { type Contended, execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { apiKeyCacheKey } from '../identity/api-keys.ts';
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
interface MergedRecords extends Merged {
  readonly survivorKey: DataKey;
}

type Refused = UserNotFound | MergeRefused | StaleVersion | AliasChanged | Contended;

function mergeLoads({ loads: { privacy, scheduling } }: Deps, context: Context, actor: KnownActor, asked: AskedMerge) {
  const viewer = bookingViewer(actor, context);
  return [
    privacy.mergeState(asked.survivorId, asked.aliasId),
    scheduling.mayActFor(viewer, asked.survivorId),
    scheduling.mayActFor(viewer, asked.aliasId),
  ] as const;
}

/** The state of both records, if the actor reaches both and has seen these versions. */
function seenState(
  [state, maySurvivor, mayAlias]: Loaded<ReturnType<typeof mergeLoads>>,
  { survivorVersion, aliasVersion }: AskedMerge,
): Result<MergeState, UserNotFound | StaleVersion | AliasChanged> {
  if (state === undefined || !maySurvivor || !mayAlias) return refuse({ code: 'not_found' });
  const stale = staleness(state.survivor, survivorVersion);
  if (stale !== undefined) return refuse(stale);
  const { version } = state.alias;
  return version === aliasVersion ? ok(state) : refuse({ code: 'alias_changed', version });
}

/** Seeing what a merge would do is a reading of both records. */
function previewed({ survivorId, aliasId }: AskedMerge): AuditDraft[] {
  return [...new Set([survivorId, aliasId])].map((stream) => ({
    type: 'patient.merge_previewed',
    stream,
    outcome: 'success',
    details: { survivor: survivorId, alias: aliasId },
  }));
}

/** What a merge would do. Changes nothing but the histories of both, which say who has seen it. */
export function previewRecords(deps: Deps, context: Context, actor: KnownActor, asked: AskedMerge) {
  return execute(deps, context, {
    loads: mergeLoads(deps, context, actor, asked),
    decide: (...loaded): Result<Decision<Change, MergePreview>, Exclude<Refused, MergeRefused | Contended>> => {
      const state = seenState(loaded, asked);
      if (!state.ok) return state;
      const value = previewMerge(state.value, { ...asked, now: context.now });
      return ok(decided({ value, changes: [], audit: previewed(asked) }));
    },
  });
}

export async function mergeRecords(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  asked: AskedMerge,
  represent: (merged: Merged) => Representation,
) {
  const id: MergeId = newId<'patient_merge'>(deps, context.now);
  const clinicalKey = deps.cipher.newKey(newId<'clinical_key'>(deps, context.now));
  const messageKey = deps.cipher.newKey(newId<'data_key'>(deps, context.now));
  let known: MergeState | undefined;
  const result = await executeOnce(
    deps,
    context,
    {
      loads: mergeLoads(deps, context, actor, asked),
      decide: (...loaded): Result<Decision<Change, MergedRecords>, Refused> => {
        const seen = seenState(loaded, asked);
        if (!seen.ok) return seen;
        const state = seen.value;
        known = state;
        const how = { ...asked, id, by: actor.userId, clinicalKey, messageKey, now: context.now };
        const merged = mergePatients(state, how);
        if (!merged.ok) return merged;
        const { value } = merged;
        return ok({ ...value, value: { ...value.value, survivorKey: state.survivor.dataKey } });
      },
      // Something of both that was added since: decided again, it is named.
      onConflict: (): Refused => ({ code: 'version_conflict' }),
      reloadOnConflict: true,
      answerOf: ({ survivorKey }) => survivorKey,
    },
    represent,
  );
  if (result.ok && known !== undefined) {
    await deps.cache.delete(known.aliasApiKeys.map(apiKeyCacheKey));
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
