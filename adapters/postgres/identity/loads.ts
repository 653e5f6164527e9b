/** Loads of accounts and profiles. */

import type { Profile } from '../../../domain/identity/email-change.ts';
import type { IdentityLoads } from '../../../domain/identity/ports.ts';
import type { User } from '../../../domain/identity/user.ts';
import type { Role } from '../../../domain/shared/permissions.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { isPatientOf, isReachable } from '../access/record-access.ts';
import { DATA_KEY_COLUMNS, readDataKey, row, rows, type Sql, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { personId } from '../mfa/loads.ts';
import { emailIndexes } from '../sealed/sealed-row.ts';
import { createAccessLoads } from './access-loads.ts';
import { createAvatarLoads } from './avatars.ts';
import { CHANGE_COLUMNS, createEmailLoads, readChange } from './email-changes.ts';
import { createSessionLoads } from './session-loads.ts';
import { createTokenLoads } from './token-loads.ts';
import { readHolder, readUser, USER_COLUMNS } from './user-rows.ts';

/** A doctor's own patients are those with an appointment in any state; a hold is not an appointment (R28). */
export function visibleTo(viewer: Viewer): Sql {
  const person = sql`u.id`;
  const own = sql`${person} = ${viewer.userId}::uuid`;
  if (!viewer.ofPatients) return own;
  switch (viewer.role) {
    case 'patient':
      return own;
    case 'doctor':
      return sql`(${own} OR (${isPatientOf(person, viewer)} AND ${isReachable(person, viewer)}))`;
    case 'staff':
      return sql`(${own} OR (u.role = 'patient' AND ${isReachable(person, viewer)}))`;
    case 'admin':
      return sql`(${own} OR ${isReachable(person, viewer)})`;
  }
}

function openAccounts(condition: Sql): Sql {
  return sql`SELECT ${USER_COLUMNS}, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
    WHERE u.deleted_at IS NULL AND ${condition}`;
}

export function createIdentityLoads(cipher: FieldCipher, index: BlindIndex): IdentityLoads {
  const userWhere = (condition: Sql) => row(openAccounts(condition), (found) => readUser(found, cipher));

  return {
    user: (id) => userWhere(sql`u.id = ${id}::uuid`),
    userByEmail: (email) =>
      row(openAccounts(sql`u.email_index ${emailIndexes(index, email)}`), (found) => readHolder(found, cipher)),
    dataKey: (id) => row(sql`SELECT ${DATA_KEY_COLUMNS} FROM data_keys k WHERE k.owner_id = ${id}::uuid`, readDataKey),
    ...createAccessLoads(cipher, index),
    ...createAvatarLoads(cipher),
    ...createEmailLoads(cipher),
    ...createSessionLoads(cipher),
    ...createTokenLoads(cipher, index),
    profileRead: (id, viewer): SqlRecordedLoad<Profile | undefined> => {
      const visible = sql`u.id = ${id}::uuid AND ${visibleTo(viewer)}`;
      return {
        load: row(
          sql`SELECT ${USER_COLUMNS}, ${CHANGE_COLUMNS}, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
                LEFT JOIN email_changes c ON c.user_id = u.id AND c.confirmed_at IS NULL AND c.ended_at IS NULL
              WHERE u.deleted_at IS NULL AND ${visible} ORDER BY c.requested_at DESC NULLS LAST LIMIT 1`,
          (found): Profile => ({
            ...readUser(found, cipher),
            pendingEmail: found.change_id === null ? null : (readChange(found, cipher) ?? null),
          }),
        ),
        streams: sql`SELECT u.id AS stream FROM users u WHERE u.deleted_at IS NULL AND ${visible}`,
      };
    },
    credentials: (person) =>
      row(
        sql`SELECT ${USER_COLUMNS}, ${DATA_KEY_COLUMNS}, u.password_hash, u.password_changed_at
            FROM users u JOIN data_keys k ON k.owner_id = u.id
            WHERE u.deleted_at IS NULL AND u.status <> 'no_account' AND u.id = ${personId(person, index)}`,
        (found) => ({
          user: readHolder(found, cipher),
          passwordHash: found.password_hash as string | null,
          passwordChangedAt: (found.password_changed_at as number | null) ?? 0,
        }),
      ),
    anyUser: () => row(sql`SELECT 1 AS found FROM users LIMIT 1`, () => true),
    anyAdministrator: () =>
      row(
        sql`SELECT 1 AS found FROM users WHERE role = 'admin' AND status = 'active' AND deleted_at IS NULL LIMIT 1`,
        () => true,
      ),
    userRead: (id): SqlRecordedLoad<User | undefined> => ({
      load: userWhere(sql`u.id = ${id}::uuid`),
      streams: sql`SELECT u.id AS stream FROM users u WHERE u.deleted_at IS NULL AND u.id = ${id}::uuid`,
    }),
    usersRead: ({ after, limit, role }): SqlRecordedLoad<User[]> => ({
      load: rows(
        sql`SELECT ${USER_COLUMNS}, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
            WHERE u.deleted_at IS NULL AND ${after === null ? sql`true` : sql`u.id > ${after}::uuid`}
              AND ${role === null ? sql`true` : ofRole(role)}
            ORDER BY ${role === null ? sql`` : sql`u.role, `}u.id LIMIT ${limit + 1}::int`,
        (found) => readUser(found, cipher),
      ),
      streams: sql`SELECT 'system' AS stream`,
    }),
  };
}

/**
 * A range, so that the order by role and id is not that of the ids alone: PostgreSQL would read all users in it, because most of them
 * are patients, and the clinic's own people come first.
 */
function ofRole(role: Role): Sql {
  return sql`u.role >= ${role} AND u.role <= ${role}`;
}
