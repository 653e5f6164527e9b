/** Deletes what has been kept long enough. */
import { REWRITE_KEYS } from '../../../domain/privacy/erasure.ts';
import { cutOff, RETENTION_KINDS, type RetentionKind } from '../../../domain/privacy/retention.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';

export type RetentionReport = Readonly<Record<RetentionKind, number>>;

const DAY_MS = 86_400_000;
const LAST_RUN = 'retention:last-run';
/** Of each kind, in one batch: few enough to be deleted well within the time a statement has. */
const ROWS_AT_ONCE = 5_000;
/** After so many batches the next minute goes on. */
const BATCHES_AT_ONCE = 40;

/**
 * Deletes batch by batch, each recorded in its own transaction: what was deleted before a fault stays deleted, and stays
 * recorded.
 *
 * @param options.dryRun only counts, and records nothing. Default: false
 * @returns how much is overdue, kind by kind, and whether all of it is gone now
 */
export async function applyRetention(
  deps: Deps,
  context: Context,
  options: { readonly dryRun?: boolean } = {},
): Promise<{ readonly overdue: RetentionReport; readonly isDone: boolean }> {
  const before = Object.fromEntries(
    RETENTION_KINDS.map((kind) => [kind, cutOff(deps.settings.retention, kind, context.now)]),
  ) as Record<RetentionKind, number>;
  const [overdue] = await deps.database.load(deps.loads.privacy.overdue(before));
  const batches = Math.ceil(Math.max(...Object.values(overdue)) / ROWS_AT_ONCE);
  if (options.dryRun === true) return { overdue, isDone: batches === 0 };
  for (let batch = 0; batch < Math.min(batches, BATCHES_AT_ONCE); batch++) {
    const left = RETENTION_KINDS.map((kind) => [kind, overdue[kind] - batch * ROWS_AT_ONCE] as const);
    await deleteBatch(
      deps,
      context,
      before,
      left.filter(([, count]) => count > 0).map(([kind, count]) => [kind, Math.min(count, ROWS_AT_ONCE)]),
    );
  }
  return { overdue, isDone: batches <= BATCHES_AT_ONCE };
}

async function deleteBatch(
  deps: Deps,
  context: Context,
  before: Readonly<Record<RetentionKind, Instant>>,
  counts: readonly (readonly [kind: RetentionKind, count: number])[],
): Promise<void> {
  // First the files: a row that outlives its file is found again, a file that outlives its row never.
  const [files] = await deps.database.load(deps.loads.privacy.overdueFiles(before.data_exports, ROWS_AT_ONCE));
  for (const key of files) {
    await deps.files.delete(key);
    await deps.files.deleteFolder(key);
  }
  await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: counts.map(([kind, limit]) => ({
        type: 'retention.applied' as const,
        kind,
        before: before[kind],
        limit,
      })),
      audit: [{ type: 'retention.applied', stream: 'system', outcome: 'success', details: Object.fromEntries(counts) }],
      jobs: counts.some(([kind]) => kind === 'clinical_keys') ? [{ topic: REWRITE_KEYS, payload: {} }] : [],
    }),
  );
}

/** For a timer that comes round each minute. Twice in one day, should the cache forget, does no harm. */
export async function applyRetentionDaily(deps: Deps, context: Context): Promise<void> {
  if ((await deps.cache.get(LAST_RUN)) !== undefined) return;
  const { isDone } = await applyRetention(deps, context);
  if (isDone) await deps.cache.set(LAST_RUN, new Date(context.now).toISOString(), DAY_MS);
}
