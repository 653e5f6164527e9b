/** Reads of thumbnails. */
import type { FileId } from '../../../domain/files/file.ts';
import type { FileLoads, FoundThumbnail, Rendering } from '../../../domain/files/loads.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import { raw, rows, type SqlLoad, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import {
  FILE_COLUMNS,
  FILE_TABLES,
  partsOf,
  readKeyedFile,
  readPart,
  readThumbnail,
  readThumbnailAttempt,
} from './rows.ts';
import { isSharedWith, visibleFile } from './visible.ts';

/** Nothing but a clean file is ever opened (R53). */
const MAY_BE_OPENED = raw(`f.state = 'clean' AND f.deleted_at IS NULL AND f.thumbnails = 'ready'`);

export function createThumbnailLoads(
  cipher: FieldCipher,
): Pick<FileLoads, 'thumbnailRead' | 'rendering' | 'withoutThumbnails'> {
  return {
    thumbnailRead: (id, size, viewer, now): SqlRecordedLoad<FoundThumbnail | undefined> => {
      const visible = sql`f.id = ${id}::uuid AND (${visibleFile(viewer)} OR ${isSharedWith(viewer, now)})`;
      const shown = sql`FROM ${FILE_TABLES} JOIN file_thumbnails t ON t.file_id = f.id AND t.size = ${size}
        WHERE ${visible} AND ${MAY_BE_OPENED}`;
      return {
        load: {
          statements: [
            sql`SELECT ${FILE_COLUMNS} FROM ${FILE_TABLES} WHERE ${visible}`,
            sql`SELECT t.size, t.attempt, t.header, t.size_bytes, t.width, t.height ${shown}`,
          ],
          read: ([[found] = [undefined], [thumbnail] = [undefined]]) =>
            found === undefined
              ? undefined
              : {
                  file: readKeyedFile(found, cipher).file,
                  thumbnail: thumbnail === undefined ? null : readThumbnail(thumbnail),
                },
        },
        streams: sql`SELECT f.patient_id AS stream ${shown}`,
      };
    },
    rendering: (id): SqlLoad<Rendering | undefined> => ({
      statements: [
        sql`SELECT ${FILE_COLUMNS}, f.thumbnail_attempt, f.thumbnail_until FROM ${FILE_TABLES} WHERE f.id = ${id}::uuid`,
        partsOf(id),
      ],
      read: ([[found] = [undefined], parts = []]) =>
        found === undefined
          ? undefined
          : {
              ...readKeyedFile(found, cipher),
              parts: parts.map(readPart),
              lastAttempt: readThumbnailAttempt(found),
            },
    }),
    // In the words of the index `files_without_thumbnails`.
    withoutThumbnails: (limit) =>
      rows(
        sql`SELECT id FROM files WHERE thumbnails IS NULL AND NOT thumbnails_queued AND state = 'clean'
              AND mime_type IN ('image/png', 'image/jpeg', 'image/webp') ORDER BY id LIMIT ${limit}::int`,
        ({ id }) => id as FileId,
      ),
  };
}
