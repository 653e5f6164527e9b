/** What counts as overdue, kind by kind. */
import type { RetentionKind } from '../../domain/privacy/retention.ts';
import type { Instant } from '../../domain/shared/time.ts';
import { at, raw, type Sql, sql } from './sql.ts';

export function overdueRows(kind: RetentionKind, before: Instant): { readonly table: Sql; readonly condition: Sql } {
  return { table: raw(kind), condition: conditionOf(kind, sql`${at(before)}::timestamptz`) };
}

function conditionOf(kind: RetentionKind, before: Sql): Sql {
  switch (kind) {
    case 'sessions':
      return sql`coalesce(revoked_at, expires_at) < ${before}`;
    case 'one_time_tokens':
    case 'mfa_challenges':
    case 'idempotency_keys':
      return sql`expires_at < ${before}`;
    case 'sign_in_failures':
      return sql`last_at < ${before}`;
    case 'notifications':
      return sql`created_at < ${before} AND status NOT IN ('pending', 'scheduled')`;
    case 'outbox':
      return sql`finished_at < ${before}`;
    case 'data_exports':
      return sql`requested_at < ${before}`;
    case 'dev_mailbox':
      return sql`at < ${before}`;
  }
}
