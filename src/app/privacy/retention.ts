/** Deletes what has been kept long enough. */
import { cutOff, RETENTION_KINDS, type RetentionKind } from '../../../domain/privacy/retention.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';

export type RetentionReport = Readonly<Record<RetentionKind, number>>;

const DAY_MS = 86_400_000;
const LAST_RUN = 'retention:last-run';

/** @param options.dryRun only counts, and records nothing. Default: false */
export async function applyRetention(
  deps: Deps,
  context: Context,
  options: { readonly dryRun?: boolean } = {},
): Promise<RetentionReport> {
  const before = Object.fromEntries(
    RETENTION_KINDS.map((kind) => [kind, cutOff(deps.settings.retention, kind, context.now)]),
  ) as Record<RetentionKind, number>;
  const [overdue, files] = await deps.database.load(
    deps.loads.privacy.overdue(before),
    deps.loads.privacy.overdueFiles(before.data_exports),
  );
  const kinds = RETENTION_KINDS.filter((kind) => overdue[kind] > 0);
  if (options.dryRun === true || kinds.length === 0) return overdue;
  // First the files: a row that outlives its file is found again, a file that outlives its row never.
  for (const key of files) await deps.files.delete(key);
  await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: kinds.map((kind) => ({ type: 'retention.applied' as const, kind, before: before[kind] })),
      audit: [
        {
          type: 'retention.applied',
          stream: 'system',
          outcome: 'success',
          details: Object.fromEntries(kinds.map((kind) => [kind, overdue[kind]])),
        },
      ],
    }),
  );
  return overdue;
}

/** For a timer that comes round each minute. Twice in one day, should the cache forget, does no harm. */
export async function applyRetentionDaily(deps: Deps, context: Context): Promise<void> {
  if ((await deps.cache.get(LAST_RUN)) !== undefined) return;
  await applyRetention(deps, context);
  await deps.cache.set(LAST_RUN, new Date(context.now).toISOString(), DAY_MS);
}
