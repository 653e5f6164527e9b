/** The picture of a person as it is stored. */
import type { Avatar } from '../../../domain/identity/avatar.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { raw } from '../driver/sql.ts';
import { sealedRow } from './sealed-row.ts';

/** Under the alias `v`, of which there may be none. */
export const AVATAR_COLUMNS = raw('v.object, v.file_key, v.header, v.size_bytes');

/** @returns `null` if there is none, or its key cannot be opened */
export function readAvatar(found: Row, userId: UserId, dataKey: DataKey, cipher: FieldCipher): Avatar | null {
  if (found.object === null) return null;
  const fileKey = sealedRow(cipher, dataKey, 'avatars', userId).optional('file_key', found.file_key);
  if (fileKey === null) return null;
  const { object, header, size_bytes: sizeBytes } = found;
  return { object: object as string, fileKey, header: header as Uint8Array, sizeBytes: sizeBytes as number };
}
