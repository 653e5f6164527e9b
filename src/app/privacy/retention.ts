/** Deletes data whose retention period is over. */
import { REWRITE_KEYS } from '../../../domain/privacy/erasure.ts';
import { cutOff, RETENTION_KINDS, type RetentionKind } from '../../../domain/privacy/retention.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';

export type RetentionReport = Readonly<Record<RetentionKind, number>>;

const DAY_MS = 86_400_000;
const LAST_RUN = 'retention:last-run';
/** Batches of one run; the run of the next minute continues. */
const BATCHES_AT_ONCE = 40;

/**
 * Deletes in batches. Each batch is committed together with its audit event, so a fault undoes no earlier batch.
 *
 * @param options.dryRun only counts, and records nothing. Default: false
 * @returns the number of overdue rows of each kind, and whether all of them are deleted now
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
  const { sweep } = deps.settings.batches;
  const batches = Math.ceil(Math.max(...Object.values(overdue)) / sweep);
  if (options.dryRun === true) return { overdue, isDone: batches === 0 };
  for (let batch = 0; batch < Math.min(batches, BATCHES_AT_ONCE); batch++) {
    const left = RETENTION_KINDS.map((kind) => [kind, overdue[kind] - batch * sweep] as const);
    await deleteBatch(
      deps,
      context,
      before,
      left.filter(([, count]) => count > 0).map(([kind, count]) => [kind, Math.min(count, sweep)]),
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
  // Files are deleted before their rows: a row without a file is found by the next run, a file without a row is not.
  const [files] = await deps.database.load(
    deps.loads.privacy.overdueFiles(before.data_exports, deps.settings.batches.sweep),
  );
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

/** Called each minute; runs once a day. A second run on one day, after the cache lost its entry, does no harm. */
export async function applyRetentionDaily(deps: Deps, context: Context): Promise<void> {
  if ((await deps.cache.get(LAST_RUN)) !== undefined) return;
  const { isDone } = await applyRetention(deps, context);
  if (isDone) await deps.cache.set(LAST_RUN, new Date(context.now).toISOString(), DAY_MS);
}
