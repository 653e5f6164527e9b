/** Describing, deleting and restoring a file, and opening it. */

import type { KnownActor } from '../shared/actor.ts';
import { isAllowed } from '../shared/actor.ts';
import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import type { AuditDraft, FileEvent } from './audit-events.ts';
import type { Decision } from './decision.ts';
import type { FileId, FileKind, FileShareId, KeyedFile, PatientFile } from './file.ts';
import type { FileNotFound } from './upload.ts';

export type LifeChange =
  /** Guarded: the version before. */
  | { readonly type: 'file.edited'; readonly file: PatientFile; readonly key: DataKey }
  /** Guarded: the version before; a document of the clinic is not under a legal hold. */
  | { readonly type: 'file.deleted'; readonly file: PatientFile }
  /** Guarded: the version before. */
  | { readonly type: 'file.restored'; readonly file: PatientFile }
  /** Changes nothing. Guarded: it is clean and not deleted. */
  | { readonly type: 'file.opened'; readonly id: FileId }
  /** Counts an opening. Guarded: the share goes on at that moment. */
  | { readonly type: 'file_share.opened'; readonly id: FileShareId; readonly at: Instant };

/** The other side has added it: a person's own files are the person's to change, documents of the clinic are the clinic's. */
export type NotYourFile = { readonly code: 'file_not_yours' };
export type UnderHold = { readonly code: 'file_under_hold' };
export type NotClean = { readonly code: 'file_not_available'; readonly state: PatientFile['state'] };
export type DetailsDamaged = { readonly code: 'file_damaged' };

export interface FileEdits {
  readonly kind?: FileKind;
  readonly description?: string | null;
  readonly tags?: readonly string[];
}

/** Whether the actor, who may see the file, may also change it. */
export function mayChange(actor: KnownActor, { origin }: Pick<PatientFile, 'origin'>): boolean {
  return origin === 'own'
    ? actor.role === 'patient' && isAllowed(actor, 'manage:own_files')
    : isAllowed(actor, 'manage:patient_files');
}

export function recorded(
  type: FileEvent,
  { id, ownerId }: PatientFile,
  details: AuditDraft['details'] = {},
): AuditDraft {
  return { type, stream: ownerId, outcome: 'success', resource: { type: 'file', id }, details };
}

export function editFile(
  actor: KnownActor,
  { file, key }: KeyedFile,
  edits: FileEdits,
  expected: ExpectedVersion,
): Result<Decision<LifeChange, PatientFile>, NotYourFile | FileNotFound | DetailsDamaged | StaleVersion> {
  if (file.deletedAt !== null || file.completedAt === null) return refuse({ code: 'file_not_found' });
  if (!mayChange(actor, file)) return refuse({ code: 'file_not_yours' });
  const stale = staleness(file, expected);
  if (stale !== undefined) return refuse(stale);
  const { details } = file;
  if (details === null) return refuse({ code: 'file_damaged' });
  const { kind = file.kind, description = details.description, tags = details.tags } = edits;
  const edited = { ...file, kind, details: { ...details, description, tags }, version: file.version + 1 };
  return ok(
    decided({
      value: edited,
      changes: [{ type: 'file.edited', file: edited, key }],
      audit: [recorded('file.updated', file, { fields: Object.keys(edits).sort().join(' ') })],
    }),
  );
}

/** For how long a deleted file can be restored is the retention of the kind `files`. */
export function deleteFile(
  actor: KnownActor,
  { file, isHeld }: { readonly file: PatientFile; readonly isHeld: boolean },
  expected: ExpectedVersion,
  now: Instant,
): Result<Decision<LifeChange, PatientFile>, NotYourFile | UnderHold | FileNotFound | StaleVersion> {
  if (file.deletedAt !== null || file.completedAt === null) return refuse({ code: 'file_not_found' });
  if (!mayChange(actor, file)) return refuse({ code: 'file_not_yours' });
  const stale = staleness(file, expected);
  if (stale !== undefined) return refuse(stale);
  if (file.origin === 'clinic' && isHeld) return refuse({ code: 'file_under_hold' });
  const deleted = { ...file, deletedAt: now, version: file.version + 1 };
  return ok(
    decided({
      value: deleted,
      changes: [{ type: 'file.deleted', file: deleted }],
      audit: [recorded('file.deleted', file)],
    }),
  );
}

/** Restoring a file that is not deleted changes nothing. */
export function restoreFile(
  actor: KnownActor,
  { file }: Pick<KeyedFile, 'file'>,
): Result<Decision<LifeChange, PatientFile>, NotYourFile | FileNotFound> {
  if (file.completedAt === null) return refuse({ code: 'file_not_found' });
  if (!mayChange(actor, file)) return refuse({ code: 'file_not_yours' });
  if (file.deletedAt === null) return ok(decided({ value: file, changes: [], audit: [] }));
  const restored = { ...file, deletedAt: null, version: file.version + 1 };
  return ok(
    decided({
      value: restored,
      changes: [{ type: 'file.restored', file: restored }],
      audit: [recorded('file.restored', file)],
    }),
  );
}

/** Why somebody opens a file. */
export type Purpose = 'own' | 'proxy' | 'clinic' | 'share';

/** What lets somebody open a file, at one moment. */
export interface FileAccess {
  readonly purpose: Purpose;
  /** The share by which the reader has it, whatever else lets them read it. */
  readonly shareId: FileShareId | null;
  readonly at: Instant;
}

export function accessOf(
  reader: { readonly userId: UserId; readonly role: Role },
  { ownerId }: PatientFile,
  shareId: FileShareId | null,
  at: Instant,
): FileAccess {
  const other = reader.role === 'patient' ? 'proxy' : 'clinic';
  const purpose = reader.userId === ownerId ? 'own' : shareId === null ? other : 'share';
  return { purpose, shareId, at };
}

export type OpenRefusal = NotClean | FileNotFound | DetailsDamaged;

/** Nothing but a clean file is ever opened (R53). */
export function openable(file: PatientFile): Result<PatientFile, OpenRefusal> {
  if (file.deletedAt !== null) return refuse({ code: 'file_not_found' });
  if (file.state !== 'clean') return refuse({ code: 'file_not_available', state: file.state });
  return file.details === null ? refuse({ code: 'file_damaged' }) : ok(file);
}

export function openFile(
  file: PatientFile,
  { purpose, shareId, at }: FileAccess,
  detailsOf: (file: PatientFile) => Readonly<Record<string, number>> = () => ({}),
): Result<Decision<LifeChange, PatientFile>, OpenRefusal> {
  const open = openable(file);
  if (!open.ok) return open;
  return ok(
    decided({
      value: file,
      changes: [
        { type: 'file.opened', id: file.id },
        ...(shareId === null ? [] : [{ type: 'file_share.opened' as const, id: shareId, at }]),
      ],
      audit: [
        recorded('file.downloaded', file, { purpose, ...(shareId === null ? {} : { shareId }), ...detailsOf(file) }),
      ],
    }),
  );
}

/** What opening it would send, which is recorded as a reading of what is noted of it. */
export function lookAtFile(file: PatientFile): Result<Decision<LifeChange, PatientFile>, OpenRefusal> {
  const open = openable(file);
  if (!open.ok) return open;
  return ok(decided({ value: file, changes: [], audit: [recorded('file.read', file)] }));
}
