/** Signed addresses of files as SQL. */
import type { DownloadLink, DownloadLinkChange } from '../../../domain/files/download-link.ts';
import type { FileLoads } from '../../../domain/files/loads.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, guarded, row, sql } from '../driver/sql.ts';

export const downloadLink: FileLoads['downloadLink'] = (id, now) =>
  row(
    sql`SELECT id, file_id, user_id, session_id, expires_at FROM download_links
        WHERE id = ${id}::uuid AND expires_at > ${at(now)}::timestamptz`,
    (found): DownloadLink => ({
      id,
      fileId: found.file_id as DownloadLink['fileId'],
      userId: found.user_id as DownloadLink['userId'],
      sessionId: found.session_id as DownloadLink['sessionId'],
      expiresAt: found.expires_at as number,
    }),
  );

export const downloadLinkWriters: ChangeWriters<DownloadLinkChange> = {
  'download_link.made': ({ link }) => [
    sql`INSERT INTO download_links (id, file_id, user_id, session_id, expires_at)
        VALUES (${link.id}::uuid, ${link.fileId}::uuid, ${link.userId}::uuid, ${link.sessionId}::uuid, ${at(link.expiresAt)})`,
  ],
  // The session first, as when credentials are revoked.
  'download_link.relied_on': ({ link, at: now }) => [
    guarded(sql`SELECT 1 FROM sessions WHERE id = ${link.sessionId}::uuid AND revoked_at IS NULL FOR SHARE`, 'session'),
    guarded(
      sql`SELECT 1 FROM download_links WHERE id = ${link.id}::uuid AND expires_at > ${at(now)}::timestamptz FOR SHARE`,
      'download_link',
    ),
  ],
};
