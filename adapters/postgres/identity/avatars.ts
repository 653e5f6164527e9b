/** Pictures of persons. */
import type { AvatarChange, AvatarOwner } from '../../../domain/identity/avatar.ts';
import type { IdentityLoads } from '../../../domain/identity/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, DATA_KEY_COLUMNS, guarded, readDataKey, row, rows, sql } from '../driver/sql.ts';
import { AVATAR_COLUMNS, readAvatar } from '../sealed/avatar-row.ts';
import { sealingRow } from '../sealed/sealed-row.ts';

export function createAvatarLoads(cipher: FieldCipher): Pick<IdentityLoads, 'avatarOwner' | 'formerAvatars'> {
  return {
    avatarOwner: (id) =>
      row(
        sql`SELECT u.id, u.avatar_key, ${AVATAR_COLUMNS}, ${DATA_KEY_COLUMNS}
            FROM users u JOIN data_keys k ON k.owner_id = u.id LEFT JOIN avatars v ON v.user_id = u.id
            WHERE u.id = ${id}::uuid AND u.deleted_at IS NULL`,
        (found): AvatarOwner => {
          const dataKey = readDataKey(found);
          const objects = [found.object, found.avatar_key].filter((each) => each !== null);
          return { userId: id, dataKey, avatar: readAvatar(found, id, dataKey, cipher), objects: objects as string[] };
        },
      ),
    formerAvatars: (limit, order) =>
      rows(
        sql`SELECT id, avatar_key FROM users WHERE avatar_key IS NOT NULL AND deleted_at IS NULL
            ORDER BY md5(id::text || ${order}) LIMIT ${limit}::int`,
        (found) => ({ userId: found.id as UserId, object: found.avatar_key as string }),
      ),
  };
}

export const avatarWriters: ChangeWriters<AvatarChange> = {
  'user.avatar_changed': ({ userId, dataKey, avatar, former, at: now }, cipher) => [
    // A statement that waits for a lock sees other tables as they were before: so the guard is another one, which has the lock.
    sql`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR NO KEY UPDATE`,
    guarded(
      sql`UPDATE users u SET avatar_key = NULL, updated_at = ${at(now)}::timestamptz, version = version + 1
          WHERE id = ${userId}::uuid AND deleted_at IS NULL
            AND ${[...former]}::text[] = array_remove(ARRAY[(SELECT object FROM avatars WHERE user_id = u.id), avatar_key], NULL)
          RETURNING 1`,
      'avatar',
    ),
    avatar === null
      ? sql`DELETE FROM avatars WHERE user_id = ${userId}::uuid`
      : sql`INSERT INTO avatars (user_id, object, file_key, header, size_bytes, updated_at)
            VALUES (${userId}::uuid, ${avatar.object},
              ${sealingRow(cipher, dataKey, 'avatars', userId).text('file_key', avatar.fileKey)}::bytea,
              ${avatar.header}::bytea, ${avatar.sizeBytes}::int, ${at(now)}::timestamptz)
            ON CONFLICT (user_id) DO UPDATE SET object = excluded.object, file_key = excluded.file_key,
              header = excluded.header, size_bytes = excluded.size_bytes, updated_at = excluded.updated_at`,
  ],
};
