/** Changes of the ownership of an address as SQL: proven, contested, claimed, taken over (R63). */
import type { IdentityChange } from '../../../domain/identity/changes.ts';
import type { TokenPurpose } from '../../../domain/identity/one-time-token.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, atOrNull, guarded, sql } from '../driver/sql.ts';
import { indexPerson } from '../sealed/person-search.ts';
import { emailClaim, emailIndex, freeUnderEveryKey, sealingRow } from '../sealed/sealed-row.ts';

type ClaimChange = Extract<
  IdentityChange,
  {
    readonly type:
      | 'one_time_token.issued'
      | 'one_time_token.none_since'
      | 'mail.none_since'
      | 'one_time_token.used'
      | 'user.email_verified'
      | 'user.contested'
      | 'user.claimed'
      | 'user.taken_over'
      | 'user.activated'
      | 'patient.invited';
  }
>;

function voidTokens(userId: string, purposes: readonly TokenPurpose[], now: number) {
  return sql`UPDATE one_time_tokens SET used_at = ${at(now)}
    WHERE user_id = ${userId}::uuid AND purpose = ANY (${[...purposes]}::text[]) AND used_at IS NULL`;
}

const UNPROVEN = sql`status = 'active' AND email_verified_at IS NULL AND deleted_at IS NULL`;

/** What a contested account holds of its person. */
const NOBODY_YET = { firstName: '', lastName: '', dateOfBirth: null, phoneNumber: null };

export const claimWriters: ChangeWriters<ClaimChange> = {
  'patient.invited': ({ userId, dataKey, email, version, at: now }, cipher, index) => [
    guarded(
      sql`UPDATE users SET status = 'invited',
            email = ${sealingRow(cipher, dataKey, 'users', userId).text('email', email)}::bytea,
            email_index = ${emailIndex(index, email)}::bytea, email_claim = ${emailClaim(index, email)}::bytea,
            email_verified_at = NULL, updated_at = ${at(now)}, version = version + 1
          WHERE id = ${userId}::uuid AND version = ${version}::int AND status IN ('no_account', 'invited') RETURNING 1`,
      'user',
    ),
    ...freeUnderEveryKey(index, email, userId, now),
  ],
  'one_time_token.issued': (change) => [
    ...(change.beside ? [] : [voidTokens(change.userId, [change.purpose], change.createdAt)]),
    sql`INSERT INTO one_time_tokens (token_hash, user_id, purpose, created_at, expires_at)
        VALUES (${change.hash}::bytea, ${change.userId}::uuid, ${change.purpose}, ${at(change.createdAt)}, ${at(change.expiresAt)})`,
  ],
  'one_time_token.none_since': ({ userId, purpose, since }) => [
    sql`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR NO KEY UPDATE`,
    guarded(
      sql`SELECT 1 WHERE NOT EXISTS (SELECT FROM one_time_tokens WHERE user_id = ${userId}::uuid AND purpose = ${purpose}
            AND used_at IS NULL AND created_at > ${at(since)})`,
      'one_time_token',
    ),
  ],
  'mail.none_since': ({ userId, template, since }) => [
    sql`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR NO KEY UPDATE`,
    guarded(
      sql`SELECT 1 WHERE NOT EXISTS (SELECT FROM notifications WHERE user_id = ${userId}::uuid AND template = ${template}
            AND created_at > ${at(since)})`,
      'mail',
    ),
  ],
  'one_time_token.used': (change) => [
    guarded(
      sql`UPDATE one_time_tokens SET used_at = ${at(change.usedAt)}
          WHERE token_hash = ${change.hash}::bytea AND used_at IS NULL RETURNING 1`,
      'one_time_token',
    ),
  ],
  'user.email_verified': (change) => [
    sql`UPDATE users SET email_verified_at = ${at(change.at)}, updated_at = ${at(change.at)}, version = version + 1
        WHERE id = ${change.userId}::uuid AND email_verified_at IS NULL`,
    voidTokens(change.userId, ['verify_email'], change.at),
  ],
  'user.contested': ({ userId, dataKey, version, at: now }, cipher, index) => {
    const sealed = sealingRow(cipher, dataKey, 'users', userId);
    return [
      guarded(
        sql`UPDATE users SET password_hash = NULL, password_changed_at = NULL,
            first_name = ${sealed.text('first_name', '')}::bytea,
            last_name = ${sealed.text('last_name', '')}::bytea, date_of_birth = NULL, phone_number = NULL,
            updated_at = ${at(now)}, version = version + 1
          WHERE id = ${userId}::uuid AND version = ${version}::int AND ${UNPROVEN} RETURNING 1`,
        'user',
      ),
      indexPerson(index, userId, NOBODY_YET, null),
      voidTokens(userId, ['reset_password'], now),
    ];
  },
  'user.claimed': ({ userId, dataKey, passwordHash, person, known, version, at: now }, cipher, index) => {
    const sealed = sealingRow(cipher, dataKey, 'users', userId);
    return [
      guarded(
        sql`UPDATE users SET password_hash = coalesce(${passwordHash}, password_hash),
              password_changed_at = CASE WHEN ${passwordHash}::text IS NULL THEN password_changed_at ELSE ${at(now)} END,
              first_name = coalesce(${sealed.optional('first_name', person.firstName ?? null)}::bytea, first_name),
              last_name = coalesce(${sealed.optional('last_name', person.lastName ?? null)}::bytea, last_name),
              date_of_birth = coalesce(${sealed.optional('date_of_birth', person.dateOfBirth ?? null)}::bytea, date_of_birth),
              phone_number = coalesce(${sealed.optional('phone_number', person.phoneNumber ?? null)}::bytea, phone_number),
              updated_at = ${at(now)}, version = version + 1
            WHERE id = ${userId}::uuid AND version = ${version}::int AND ${UNPROVEN} RETURNING 1`,
        'user',
      ),
      indexPerson(index, userId, known, null),
    ];
  },
  'user.taken_over': ({ user, passwordHash, version, registeredBy }, cipher, index) => {
    const sealed = sealingRow(cipher, user.dataKey, 'users', user.id);
    return [
      guarded(
        sql`UPDATE users SET role = ${user.role}, status = ${user.status},
              email_verified_at = ${atOrNull(user.emailVerifiedAt)}, password_hash = ${passwordHash},
              password_changed_at = ${passwordHash === null ? null : at(user.updatedAt)},
              first_name = ${sealed.text('first_name', user.firstName)}::bytea,
              last_name = ${sealed.text('last_name', user.lastName)}::bytea,
              date_of_birth = ${sealed.optional('date_of_birth', user.dateOfBirth)}::bytea,
              phone_number = ${sealed.optional('phone_number', user.phoneNumber)}::bytea,
              address = ${sealed.optional('address', user.address && JSON.stringify(user.address))}::bytea,
              registered_by = ${registeredBy ?? null}::uuid,
              timezone = ${user.timezone}, language = ${sealed.text('language', user.language)}::bytea,
              updated_at = ${at(user.updatedAt)}, version = version + 1
            WHERE id = ${user.id}::uuid AND version = ${version}::int AND ${UNPROVEN} RETURNING 1`,
        'user',
      ),
      indexPerson(index, user.id, user, null),
      voidTokens(user.id, ['verify_email', 'reset_password'], user.updatedAt),
    ];
  },
  'user.activated': (change) => [
    guarded(
      sql`UPDATE users SET status = 'active', email_verified_at = coalesce(email_verified_at, ${at(change.at)}),
            password_hash = ${change.passwordHash}, password_changed_at = ${at(change.at)},
            updated_at = ${at(change.at)}, version = version + 1
          WHERE id = ${change.userId}::uuid AND status = 'invited' RETURNING 1`,
      'user',
    ),
  ],
};
