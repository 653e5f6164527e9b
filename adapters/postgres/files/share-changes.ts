/** Changes of shares as SQL. */
import type { LifeChange } from '../../../domain/files/life.ts';
import type { PublicLinkChange } from '../../../domain/files/public-link.ts';
import { type FileShare, MAXIMUM_SHARES, type ShareChange } from '../../../domain/files/share.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { fewerThan } from '../commit/per-owner-limit.ts';
import { at, atOrNull, guarded, type Sql, sql } from '../driver/sql.ts';
import { isOpenable } from './openable.ts';

export const shareWriters: ChangeWriters<
  ShareChange | PublicLinkChange | Extract<LifeChange, { readonly type: 'file_share.opened' }>
> = {
  'file_share.made': ({ share: s, secret, parties }) => [
    ...granted(s, parties.owner, s.createdAt),
    // The owner is locked: one that was made meanwhile is found, and the command renews it. A link has no receiver.
    guarded(
      sql`SELECT 1 WHERE NOT EXISTS (SELECT FROM file_shares WHERE file_id = ${s.fileId}::uuid
            AND receiver_id = ${s.receiverId}::uuid AND revoked_at IS NULL)`,
      'file_share',
    ),
    sql`INSERT INTO file_shares (id, file_id, origin, shared_by, receiver_id, secret_hash, passcode_hash, created_at, expires_at, version)
        VALUES (${s.id}::uuid, ${s.fileId}::uuid, ${s.origin}, ${s.sharedBy}::uuid, ${s.receiverId}::uuid,
          ${secret?.hash ?? null}::bytea, ${secret?.passcodeHash ?? null}::text, ${at(s.createdAt)}, ${at(s.expiresAt)}, ${s.version}::int)`,
  ],
  'file_share.renewed': ({ share: s, parties, at: now }) => [
    ...granted(s, parties.owner, now),
    changed(s, sql`expires_at = ${at(s.expiresAt)}, origin = ${s.origin}, shared_by = ${s.sharedBy}::uuid`),
  ],
  'file_share.guessed': ({ id, before, failures, lockedUntil, at: now }) => [
    guarded(
      sql`UPDATE file_shares SET failures = ${failures}::int, locked_until = ${atOrNull(lockedUntil)}::timestamptz
          WHERE id = ${id}::uuid AND failures = ${before}::int AND (locked_until IS NULL OR locked_until <= ${at(now)}::timestamptz)
            AND revoked_at IS NULL AND expires_at > ${at(now)}::timestamptz RETURNING 1`,
      'file_share',
    ),
  ],
  'file_share.revoked': ({ share }) => [changed(share, sql`revoked_at = ${atOrNull(share.revokedAt)}::timestamptz`)],
  'file_share.opened': ({ id, at: now }) => [
    guarded(
      sql`UPDATE file_shares SET opened_at = ${at(now)}, openings = openings + 1
          WHERE id = ${id}::uuid AND revoked_at IS NULL AND expires_at > ${at(now)}::timestamptz RETURNING 1`,
      'file_share',
    ),
  ],
};

/** Both persons are locked before. Waits for a deletion of the file, so that it comes before it, or is refused. */
function granted({ id, fileId }: FileShare, ownerId: string, now: Instant): Sql[] {
  return [
    ...fewerThan(
      MAXIMUM_SHARES,
      ownerId,
      sql`SELECT count(*) FROM file_shares WHERE file_id = ${fileId}::uuid AND id <> ${id}::uuid AND revoked_at IS NULL
            AND expires_at > ${at(now)}::timestamptz`,
      'file_shares',
    ),
    isOpenable(fileId),
  ];
}

function changed({ id, version }: FileShare, set: Sql): Sql {
  return guarded(
    sql`UPDATE file_shares SET ${set}, version = ${version}::int
        WHERE id = ${id}::uuid AND version = ${version - 1}::int AND revoked_at IS NULL RETURNING 1`,
    'file_share',
  );
}
