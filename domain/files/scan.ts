/** What a scan finds, and what becomes of the file (R53). */
import { decided, type JobDraft } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Decision } from './decision.ts';
import type { FileId, KeyedFile, PatientFile } from './file.ts';
import type { Verdict } from './ports.ts';
import { thumbnailJob, wantsThumbnails } from './thumbnail.ts';

export const SCAN_FILE = 'file.scan';

export function scanJob(id: FileId): JobDraft {
  return { topic: SCAN_FILE, payload: { fileId: id } };
}

export type ScanChange =
  /** Guarded: it is being scanned, in the version before. */
  | { readonly type: 'file.scanned'; readonly file: PatientFile; readonly key: DataKey }
  /** Guarded: the version before. */
  | { readonly type: 'file.rescan_begun'; readonly file: PatientFile };

/** It is being uploaded or waits for its scan already. */
export type ScanPending = { readonly code: 'file_scan_pending' };

/** Whom a finding is told. */
export interface ToldPerson {
  readonly userId: UserId;
  readonly dataKey: DataKey;
}

const STATES = { clean: 'clean', infected: 'infected', unscannable: 'unscannable' } as const;

/**
 * Notes a verdict. Nothing happens if the file is not waiting for one any more.
 *
 * @param administrators who are told of malware, beside the person whose file it is
 */
export function noteVerdict(
  { file, key }: KeyedFile,
  verdict: Verdict,
  administrators: readonly ToldPerson[],
  now: Instant,
): Decision<ScanChange, PatientFile> {
  if (file.state !== 'scanning') return decided({ value: file, changes: [], audit: [] });
  const finding = verdict.verdict === 'infected' ? verdict.finding : null;
  const scanned: PatientFile = {
    ...file,
    state: STATES[verdict.verdict],
    scannedAt: now,
    details: file.details && { ...file.details, finding },
    version: file.version + 1,
  };
  const isInfected = verdict.verdict === 'infected';
  return decided({
    value: scanned,
    changes: [{ type: 'file.scanned', file: scanned, key }],
    audit: [
      {
        type: isInfected ? 'file.infected' : 'file.scanned',
        stream: file.ownerId,
        outcome: 'success',
        resource: { type: 'file', id: file.id },
        details: { state: scanned.state },
      },
    ],
    messages: isInfected ? told(scanned, key, administrators) : [],
    jobs: wantsThumbnails(scanned) ? [thumbnailJob(file.id)] : [],
  });
}

function told({ id, ownerId, origin }: PatientFile, key: DataKey, administrators: readonly ToldPerson[]) {
  const { clinical: _, ...dataKey } = key;
  const toAdministrators = administrators.map((administrator) => ({
    template: 'file-infected' as const,
    variables: { receiver: 'administrator' as const, fileId: id },
    ...administrator,
  }));
  // A document of the clinic was not on a device of the person's.
  if (origin === 'clinic') return toAdministrators;
  const toOwner = {
    template: 'file-infected' as const,
    variables: { receiver: 'owner' as const },
    userId: ownerId,
    dataKey,
  };
  return [toOwner, ...toAdministrators];
}

/** Until the new verdict the file is in quarantine, whatever the former one was. */
export function scanAgain(file: PatientFile): Result<Decision<ScanChange, PatientFile>, ScanPending> {
  if (file.state === 'uploading' || file.state === 'scanning') return refuse({ code: 'file_scan_pending' });
  const again: PatientFile = { ...file, state: 'scanning', scannedAt: null, version: file.version + 1 };
  return ok(
    decided({
      value: again,
      changes: [{ type: 'file.rescan_begun', file: again }],
      audit: [
        {
          type: 'file.rescan_requested',
          stream: file.ownerId,
          outcome: 'success',
          resource: { type: 'file', id: file.id },
          details: { was: file.state },
        },
      ],
      jobs: [scanJob(file.id)],
    }),
  );
}
