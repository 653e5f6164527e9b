/** Beginning an upload: for oneself, as a proxy, or as the clinic for a patient. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { ATTEMPT_BYTES, type FileAttempt, type FileId, type KeyedFile } from '../../../domain/files/file.ts';
import type { ClinicFull, FileTooLarge, QuotaExceeded } from '../../../domain/files/quota.ts';
import {
  type AppointmentUnknown,
  abandonUpload,
  beginUpload,
  type FileDraft,
  type UploadState,
} from '../../../domain/files/upload.ts';
import type { ClinicalKeyCreated } from '../../../domain/privacy/changes.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { commit } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

export type PersonNotFound = { readonly code: 'not_found' };
export type BeginRefusal = PersonNotFound | QuotaExceeded | ClinicFull | FileTooLarge | AppointmentUnknown;

export interface FileRequest {
  readonly ownerId: UserId;
  readonly draft: FileDraft;
}

export function newAttempt(deps: Pick<Deps, 'random'>, first: number, last: number): FileAttempt {
  return { attempt: toHex(deps.random.bytes(ATTEMPT_BYTES)), first, last };
}

export function beginLoad(deps: Deps, context: Context, actor: KnownActor, { ownerId, draft }: FileRequest) {
  return deps.loads.files.uploadState(ownerId, viewerOf(actor, context), draft.appointmentId);
}

/** An upload that goes on, with whether who has begun it may still act as it was begun. */
export function uploadLoad(deps: Deps, { now, claim }: Context, id: FileId) {
  return deps.loads.files.upload(id, now, claim?.ground !== undefined);
}

/** @returns what decides, once the state is loaded */
export function beginning(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  { ownerId, draft }: FileRequest,
  attempt: FileAttempt | null,
): (state: UploadState | undefined) => Result<Decision<Change, KeyedFile>, BeginRefusal> {
  const id = newId<'file'>(deps, context.now);
  const fileKey = toHex(deps.fileCipher.newKey());
  return (state) => {
    if (state === undefined) return refuse({ code: 'not_found' });
    const origin = actor.role === 'patient' ? 'own' : 'clinic';
    const { created, key } = origin === 'own' ? { created: [], key: state.key } : withClinicalKey(deps, context, state);
    const begun = beginUpload(
      draft,
      { ...state, key },
      {
        ...{ id, ownerId, origin, fileKey, attempt },
        uploadedBy: actor.userId,
        limits: deps.settings.files,
        now: context.now,
      },
    );
    return begun.ok ? ok({ ...begun.value, changes: [...created, ...begun.value.changes] }) : begun;
  };
}

/** The first document of the clinic makes the patient's clinical key, as the first note does (R76). */
function withClinicalKey(
  deps: Deps,
  context: Context,
  { key }: UploadState,
): { readonly created: readonly ClinicalKeyCreated[]; readonly key: UploadState['key'] } {
  if (key.clinical !== undefined || deps.cipher.mixesVersions()) return { created: [], key };
  const clinical = deps.cipher.newKey(newId<'clinical_key'>(deps, context.now));
  const created = {
    type: 'clinical_key.created',
    patientId: key.ownerId as UserId,
    key: clinical,
    at: context.now,
  } as const;
  return { created: [created], key: { ...key, clinical } };
}

/** The purge deletes what was stored; this deletes it at once, if the storage answers. */
export async function abandon(deps: Deps, context: Context, id: FileId): Promise<void> {
  await commit(deps, context, abandonUpload(id));
}
