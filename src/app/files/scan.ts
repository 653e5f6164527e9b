/** Scans files, and keeps in quarantine what is not scanned (R53). */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { FileId, KeyedFile, PatientFile } from '../../../domain/files/file.ts';
import type { StoredParts } from '../../../domain/files/loads.ts';
import type { Verdict } from '../../../domain/files/ports.ts';
import { noteVerdict, type ScanPending, scanAgain } from '../../../domain/files/scan.ts';
import type { FileNotFound } from '../../../domain/files/upload.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { isId } from '../../../domain/shared/ids.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import type { JobOutcome } from '../notifications/outcome.ts';
import { readBytes } from './bytes.ts';

const DONE: JobOutcome = { kind: 'done' };
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * While the scanner is away the file stays in quarantine, and the job is tried again: after half a minute, and at last every ten
 * minutes, for as long as it takes.
 *
 * @param begin extends the lease of the job, because a scan may take long
 */
export async function scanFile(
  deps: Deps,
  context: Context,
  id: string,
  { attempts, begin }: { readonly attempts: number; begin(): Promise<boolean> },
): Promise<JobOutcome> {
  if (!isId<'file'>(id)) return DONE;
  const [stored] = await deps.database.load(deps.loads.files.stored(id));
  if (stored?.file.state !== 'scanning') return DONE;
  const { scanner, clock } = deps;
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, attempts - 1));
  if (scanner === null) return { kind: 'retry', at: context.now + pause, error: 'no scanner is set' };
  if (!(await begin())) return DONE;
  try {
    const verdict = await verdictOn(deps, stored);
    deps.scannerHealth.awaySince = null;
    return await record(deps, { ...context, now: clock.now() }, stored.file, verdict);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    deps.scannerHealth.awaySince ??= clock.now();
    deps.log.failure('scan_failed', error, { fileId: id });
    return { kind: 'retry', at: clock.now() + pause, error: error.reason };
  }
}

/** Bytes that cannot be read are judged as a scanner judges what it cannot scan: nobody could open them either. */
async function verdictOn(deps: Deps, stored: StoredParts): Promise<Verdict> {
  const { scanner } = deps;
  const { file } = stored;
  if (scanner === null || file.fileKey === null) return { verdict: 'unscannable', reason: 'unreadable' };
  return scanner.scan(readBytes(deps, stored, { offset: 0, length: file.sizeBytes }), file.sizeBytes);
}

/**
 * A verdict on a version that is not the last one does not count: an administrator may have begun another scan since, of which
 * this one knows nothing. If the file waits still, it is scanned once more.
 *
 * @param scanned the file with its version when the scan began; `null`: the verdict holds for any version
 */
async function record(
  deps: Deps,
  context: Context,
  { id, version }: { readonly id: FileId; readonly version: number | null },
  verdict: Verdict,
): Promise<JobOutcome> {
  const told = verdict.verdict === 'infected' ? deps.loads.audit.administrators() : deps.loads.none;
  const recorded = await execute(deps, context, {
    loads: [deps.loads.files.stored(id), told],
    decide: (stored: KeyedFile | undefined, administrators): Result<Decision<Change, boolean>, never> => {
      const isWaiting = stored?.file.state === 'scanning';
      const isOther = version !== null && stored?.file.version !== version;
      if (!isWaiting || isOther) return ok(decided({ value: isWaiting, changes: [], audit: [] }));
      return ok({ ...noteVerdict(stored, verdict, administrators ?? [], context.now), value: false });
    },
  });
  const isDue = !recorded.ok || recorded.value;
  return isDue ? { kind: 'retry', at: context.now, error: 'changed while it was scanned' } : DONE;
}

/** After too many failures that are not the scanner's: the file stays in quarantine, where administrators see it. */
export async function abandonScan(deps: Deps, context: Context, id: string): Promise<void> {
  if (!isId<'file'>(id)) return;
  await record(deps, context, { id, version: null }, { verdict: 'unscannable', reason: 'internal_error' });
}

/** A page of what nobody can open; each person's stream gets an event. */
export function listQuarantine(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  page: { readonly after: FileId | null; readonly limit: number },
): Promise<PatientFile[]> {
  // One prepared event for each person that the page can show.
  const entries = Array.from({ length: page.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'file.listed', stream: actor.userId, outcome: 'success' }),
  );
  return deps.database.loadRecorded(deps.loads.files.quarantineRead(page), entries);
}

export function rescan(deps: Deps, context: Context, id: FileId, represent: (file: PatientFile) => Representation) {
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.files.stored(id)],
      decide: (stored): Result<Decision<Change, PatientFile>, FileNotFound | ScanPending> =>
        stored === undefined || stored.file.deletedAt !== null
          ? refuse({ code: 'file_not_found' })
          : scanAgain(stored.file),
      answerOf: 'caller',
    },
    represent,
  );
}
