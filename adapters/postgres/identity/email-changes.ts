/** Changes of e-mail addresses: their SQL, and what is read of them. */
import type { IdentityChange } from '../../../domain/identity/changes.ts';
import type { ChangeWithOwner, EmailChange, EmailChangeId } from '../../../domain/identity/email-change.ts';
import type { IdentityLoads } from '../../../domain/identity/ports.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, guarded, raw, readDataKey, row, type Sql, sql } from '../driver/sql.ts';
import { emailClaim, emailIndex, freeUnderEveryKey, sealedRow, sealingRow } from '../sealed/sealed-row.ts';
import { readHolder, USER_COLUMNS } from './user-rows.ts';

type EmailWrite = Extract<
  IdentityChange,
  { readonly type: 'email_change.requested' | 'email_changes.ended' | 'email_change.confirmed' | 'email.restored' }
>;

/** The profile shows the pending change, so its version grows with it. */
function touched(userId: UserId, version: number, when: string): Sql {
  return guarded(
    sql`UPDATE users SET updated_at = ${when}, version = version + 1
        WHERE id = ${userId}::uuid AND version = ${version}::int AND status = 'active' RETURNING 1`,
    'user',
  );
}

function ended(userId: UserId, when: string, which: Sql): Sql {
  return sql`UPDATE email_changes SET ended_at = ${when} WHERE user_id = ${userId}::uuid AND ended_at IS NULL AND ${which}`;
}

export const emailWriters: ChangeWriters<EmailWrite> = {
  'email_change.requested': ({ change, dataKey, confirmHash, restoreHash, version }, cipher) => [
    touched(change.userId, version, at(change.requestedAt)),
    ended(change.userId, at(change.requestedAt), sql`confirmed_at IS NULL`),
    sql`INSERT INTO email_changes (id, user_id, new_email, confirm_hash, restore_hash, session_id, requested_at,
          confirm_until, restore_until)
        VALUES (${change.id}::uuid, ${change.userId}::uuid, ${sealingRow(cipher, dataKey, 'email_changes', change.id).text('new_email', change.newEmail)}::bytea,
          ${confirmHash}::bytea, ${restoreHash}::bytea, ${change.sessionId}::uuid, ${at(change.requestedAt)},
          ${at(change.confirmUntil)}, ${at(change.restoreUntil)})`,
  ],
  'email_changes.ended': (change) => [
    touched(change.userId, change.version, at(change.at)),
    ended(change.userId, at(change.at), sql`confirmed_at IS NULL`),
  ],
  'email_change.confirmed': (change, cipher, index) => [
    ...setEmail(change, cipher, index),
    guarded(
      sql`UPDATE email_changes SET confirmed_at = ${at(change.at)}, restore_until = ${at(change.restoreUntil)},
            previous_email = ${sealingRow(cipher, change.dataKey, 'email_changes', change.changeId).text('previous_email', change.previousEmail)}::bytea,
            previous_email_index = ${emailIndex(index, change.previousEmail)}::bytea
          WHERE id = ${change.changeId}::uuid AND confirmed_at IS NULL AND ended_at IS NULL RETURNING 1`,
      'email_change',
    ),
    // Links that were mailed to the former address stop working.
    sql`UPDATE one_time_tokens SET used_at = ${at(change.at)} WHERE user_id = ${change.userId}::uuid AND used_at IS NULL`,
  ],
  'email.restored': (change, cipher, index) => [
    guarded(
      sql`UPDATE email_changes SET ended_at = ${at(change.at)} WHERE id = ${change.changeId}::uuid AND ended_at IS NULL RETURNING 1`,
      'email_change',
    ),
    ...setEmail(change, cipher, index),
    ended(change.userId, at(change.at), sql`true`),
    sql`UPDATE users SET password_hash = NULL WHERE id = ${change.userId}::uuid`,
    sql`UPDATE one_time_tokens SET used_at = ${at(change.at)} WHERE user_id = ${change.userId}::uuid AND used_at IS NULL`,
    sql`DELETE FROM mfa_challenges WHERE user_id = ${change.userId}::uuid`,
  ],
};

function setEmail(
  change: {
    readonly userId: UserId;
    readonly dataKey: DataKey;
    readonly email: string;
    readonly version: number;
    readonly at: number;
  },
  cipher: FieldCipher,
  index: BlindIndex,
): Sql[] {
  const stored = guarded(
    sql`UPDATE users SET email = ${sealingRow(cipher, change.dataKey, 'users', change.userId).text('email', change.email)}::bytea,
          email_index = ${emailIndex(index, change.email)}::bytea, email_claim = ${emailClaim(index, change.email)}::bytea, email_verified_at = ${at(change.at)}, updated_at = ${at(change.at)},
          version = version + 1
        WHERE id = ${change.userId}::uuid AND version = ${change.version}::int AND status = 'active' RETURNING 1`,
    'user',
  );
  return [stored, ...freeUnderEveryKey(index, change.email, change.userId, change.at)];
}

export const CHANGE_COLUMNS =
  raw(`c.id AS change_id, c.user_id AS changing_user_id, c.new_email, c.previous_email, c.session_id, c.requested_at,
  c.confirm_until, c.restore_until, c.confirmed_at, c.ended_at`);

export function createEmailLoads(cipher: FieldCipher): Pick<IdentityLoads, 'openEmailChange' | 'emailChange'> {
  return {
    openEmailChange: (userId) =>
      row(
        sql`SELECT ${CHANGE_COLUMNS}, ${DATA_KEY_COLUMNS} FROM email_changes c JOIN data_keys k ON k.owner_id = c.user_id
            WHERE c.user_id = ${userId}::uuid AND c.confirmed_at IS NULL AND c.ended_at IS NULL
            ORDER BY c.requested_at DESC LIMIT 1`,
        (found) => readChange(found, cipher),
      ),
    emailChange: (by, hash) =>
      row(
        sql`SELECT ${CHANGE_COLUMNS}, ${USER_COLUMNS}, ${DATA_KEY_COLUMNS}
            FROM email_changes c JOIN users u ON u.id = c.user_id JOIN data_keys k ON k.owner_id = u.id
            WHERE u.deleted_at IS NULL AND ${raw(by === 'confirm' ? 'c.confirm_hash' : 'c.restore_hash')} = ${hash}::bytea`,
        (found): ChangeWithOwner | undefined => {
          const change = readChange(found, cipher);
          return change === undefined ? undefined : { user: readHolder(found, cipher), change };
        },
      ),
  };
}

/** @returns `undefined` if the addresses of the change cannot be decrypted */
export function readChange(found: Row, cipher: FieldCipher): EmailChange | undefined {
  const sealed = sealedRow(cipher, readDataKey(found), 'email_changes', found.change_id as string);
  const change: EmailChange = {
    id: found.change_id as EmailChangeId,
    userId: found.changing_user_id as UserId,
    newEmail: sealed.text('new_email', found.new_email),
    previousEmail: sealed.optional('previous_email', found.previous_email),
    sessionId: found.session_id as SessionId | null,
    requestedAt: found.requested_at as number,
    confirmUntil: found.confirm_until as number,
    restoreUntil: found.restore_until as number,
    confirmedAt: found.confirmed_at as number | null,
    endedAt: found.ended_at as number | null,
  };
  return sealed.damaged.length === 0 ? change : undefined;
}
