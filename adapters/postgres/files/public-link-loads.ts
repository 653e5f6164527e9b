/** Loads of links that open a file without a sign-in. */
import type { FileLoads } from '../../../domain/files/loads.ts';
import type { PublicLink, PublicLinkState } from '../../../domain/files/public-link.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import { row, type SqlLoad, sql } from '../driver/sql.ts';
import { FILE_COLUMNS, FILE_TABLES, readKeyedFile } from './rows.ts';
import { countLive, readShare, SHARE } from './shares.ts';
import { isPublic, visibleFile } from './visible.ts';

export type PublicLinkLoads = Pick<FileLoads, 'publicLinkState' | 'publicLink'>;

export function createPublicLinkLoads(cipher: FieldCipher): PublicLinkLoads {
  return {
    publicLinkState: (id, viewer, now): SqlLoad<PublicLinkState | undefined> => ({
      statements: [
        sql`SELECT ${FILE_COLUMNS}, (SELECT c.public_file_links FROM clinic_settings c) AS switched_on
            FROM ${FILE_TABLES} WHERE f.id = ${id}::uuid AND ${visibleFile(viewer)}`,
        countLive(id, now),
      ],
      read: ([[file] = [undefined], [counted] = [undefined]]) =>
        file === undefined
          ? undefined
          : {
              ...readKeyedFile(file, cipher),
              live: counted?.live as number,
              isSwitchedOn: file.switched_on as boolean,
            },
    }),
    publicLink: (by, now) =>
      row(
        sql`SELECT ${FILE_COLUMNS}, ${SHARE}, s.passcode_hash, s.failures, s.locked_until
            FROM file_shares s, ${FILE_TABLES}
            WHERE f.id = s.file_id AND ${
              'secretHash' in by
                ? sql`s.secret_hash = ${by.secretHash}::bytea`
                : sql`s.id = ${by.id}::uuid AND s.file_id = ${by.fileId}::uuid`
            } AND ${isPublic(now)}`,
        (found): PublicLink => ({
          share: readShare(found),
          file: readKeyedFile(found, cipher).file,
          passcodeHash: found.passcode_hash as string | null,
          failures: found.failures as number,
          lockedUntil: found.locked_until as number | null,
        }),
      ),
  };
}
