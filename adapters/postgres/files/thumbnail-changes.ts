/** The changes of thumbnails as SQL. They change no version of the file: what is noted of it stays as it was. */
import type { ThumbnailChange } from '../../../domain/files/thumbnail.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, guarded, join, sql } from '../driver/sql.ts';

export const thumbnailWriters: ChangeWriters<ThumbnailChange> = {
  'file.thumbnails_begun': ({ id, attempt, former }) => [
    guarded(
      sql`UPDATE files SET thumbnail_attempt = ${attempt.attempt}, thumbnail_until = ${at(attempt.until)}::timestamptz
          WHERE id = ${id}::uuid AND state = 'clean' AND thumbnails IS NULL
            AND thumbnail_attempt IS NOT DISTINCT FROM ${former?.attempt ?? null} RETURNING 1`,
      'file',
    ),
  ],
  'file.thumbnails_made': ({ id, attempt, thumbnails }) => [
    guarded(
      sql`UPDATE files SET thumbnails = 'ready' WHERE id = ${id}::uuid AND thumbnails IS NULL
          AND thumbnail_attempt = ${attempt} RETURNING 1`,
      'file',
    ),
    sql`INSERT INTO file_thumbnails (file_id, size, attempt, header, size_bytes, width, height) VALUES ${join(
      thumbnails.map(
        ({ size, header, sizeBytes, width, height }) =>
          sql`(${id}::uuid, ${size}, ${attempt}, ${header}::bytea, ${sizeBytes}::int, ${width}::int, ${height}::int)`,
      ),
    )}`,
  ],
  'file.thumbnails_refused': ({ id, fault }) => [
    sql`UPDATE files SET thumbnails = ${fault} WHERE id = ${id}::uuid AND thumbnails IS NULL`,
  ],
  'file.thumbnails_queued': ({ ids }) => [
    sql`UPDATE files SET thumbnails_queued = true WHERE id = ANY(${[...ids]}::uuid[])`,
  ],
};
