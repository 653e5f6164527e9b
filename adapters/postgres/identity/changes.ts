/** The identity context's changes as SQL. */
import type { IdentityChange } from '../../../domain/identity/changes.ts';
import { UNREADABLE } from '../../../domain/shared/sealed-columns.ts';
import { endByAge } from '../access/proxy-age.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, atOrNull, guarded, sql } from '../driver/sql.ts';
import { indexPerson } from '../sealed/person-search.ts';
import { emailClaim, emailIndex, freeUnderEveryKey, sealingRow, specialtyIndex } from '../sealed/sealed-row.ts';
import { accessWriters } from './access-changes.ts';
import { avatarWriters } from './avatars.ts';
import { claimWriters } from './claims.ts';
import { emailWriters } from './email-changes.ts';

export const identityWriters: ChangeWriters<IdentityChange> = {
  ...avatarWriters,
  ...accessWriters,
  ...emailWriters,
  ...claimWriters,
  'user.created': (change, cipher, index) => {
    const sealed = sealingRow(cipher, change.user.dataKey, 'users', change.user.id);
    const { user } = change;
    const key = user.dataKey;
    return [
      sql`INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
          VALUES (${user.id}::uuid, ${key.ringKeyId}, ${key.wrapped}::bytea, ${at(user.createdAt)})`,
      sql`INSERT INTO users (id, email, email_index, email_claim, email_verified_at, password_hash, role, status, first_name, last_name,
            date_of_birth, phone_number, address, bio, timezone, language, password_changed_at, created_at, updated_at, version, registered_by)
          VALUES (${user.id}::uuid, ${sealed.optional('email', user.email)}::bytea,
            ${user.email && emailIndex(index, user.email)}::bytea, ${user.email && emailClaim(index, user.email)}::bytea, ${atOrNull(user.emailVerifiedAt)}, ${change.passwordHash},
            ${user.role}, ${user.status}, ${sealed.text('first_name', user.firstName)}::bytea,
            ${sealed.text('last_name', user.lastName)}::bytea,
            ${sealed.optional('date_of_birth', user.dateOfBirth)}::bytea,
            ${sealed.optional('phone_number', user.phoneNumber)}::bytea,
            ${sealed.optional('address', user.address && JSON.stringify(user.address))}::bytea,
            ${sealed.optional('bio', user.bio)}::bytea, ${user.timezone},
            ${sealed.text('language', user.language)}::bytea,
            ${change.passwordHash === null ? null : at(user.createdAt)}, ${at(user.createdAt)}, ${at(user.updatedAt)}, 1,
            ${change.registeredBy ?? null}::uuid)`,
      ...(user.email === null ? [] : freeUnderEveryKey(index, user.email, user.id, user.createdAt)),
      indexPerson(index, user.id, user, null),
    ];
  },
  // A former doctor's entry is kept, and gets the current name.
  'doctor.added': (change, _cipher, index) => [
    sql`INSERT INTO doctors (user_id, first_name, last_name, timezone, specialty, specialty_index, languages)
        VALUES (${change.userId}::uuid, ${change.firstName}, ${change.lastName}, ${change.timezone}, ${change.specialty},
          ${specialtyIndex(index, change.specialty)}::bytea, ${[...change.languages]}::text[])
        ON CONFLICT (user_id) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name`,
  ],
  'person.indexed': ({ userId, person, version }, _cipher, index) => [indexPerson(index, userId, person, version)],
  'user.profile_changed': (change, cipher, index) => {
    const { profile, dataKey, damaged } = change;
    const sealed = sealingRow(cipher, dataKey, 'users', change.userId);
    return [
      guarded(
        sql`UPDATE users SET first_name = ${sealed.update('first_name', profile.firstName, damaged)},
              last_name = ${sealed.update('last_name', profile.lastName, damaged)},
              date_of_birth = ${sealed.update('date_of_birth', profile.dateOfBirth, damaged)},
              phone_number = ${sealed.update('phone_number', profile.phoneNumber, damaged)},
              address = ${sealed.update('address', profile.address && JSON.stringify(profile.address), damaged)},
              bio = ${sealed.update('bio', profile.bio, damaged)}, timezone = ${profile.timezone},
              language = ${sealed.update('language', profile.language, damaged)},
              updated_at = ${at(change.at)}, version = version + 1
            WHERE id = ${change.userId}::uuid AND version = ${change.version}::int RETURNING 1`,
        'user',
      ),
      indexPerson(index, change.userId, profile, null),
      // The directory shows the same name.
      sql`UPDATE doctors SET first_name = coalesce(nullif(${profile.firstName}, ${UNREADABLE}), first_name),
            last_name = coalesce(nullif(${profile.lastName}, ${UNREADABLE}), last_name)
          WHERE user_id = ${change.userId}::uuid`,
      ...endByAge(change.userId, profile.dateOfBirth),
    ];
  },
  'session.opened': (change, cipher) => {
    const { session, dataKey } = change;
    // A damaged data key does not prevent signing in: the session is stored without the fields that it would encrypt.
    const sealed = sealingRow(cipher, dataKey, 'sessions', session.id);
    const account = sealingRow(cipher, dataKey, 'users', session.userId);
    return [
      sql`INSERT INTO sessions (id, user_id, amr, authenticated_at, device_id, transport, ip, user_agent, device_name, device_type,
            created_at, last_activity_at, expires_at, location, risk_score, is_suspicious, remembered, browser_hash)
          VALUES (${session.id}::uuid, ${session.userId}::uuid, ${[...session.amr]}::text[], ${at(session.authenticatedAt)},
            ${session.trustedDeviceId}::uuid, ${session.transport}, ${sealed.ifUsable('ip', session.ip)}::bytea,
            ${sealed.ifUsable('user_agent', session.userAgent)}::bytea,
            ${sealed.ifUsable('device_name', session.deviceName)}::bytea, ${session.deviceType}, ${at(session.createdAt)}, ${at(session.lastActivityAt)},
            ${at(session.expiresAt)},
            ${sealed.ifUsable('location', session.location && JSON.stringify(session.location))}::bytea,
            ${session.riskScore}::int, ${session.isSuspicious}::boolean, ${session.remembered}::boolean, ${change.browserHash}::bytea)`,
      sql`INSERT INTO refresh_tokens (token_hash, session_id, created_at, expires_at)
          VALUES (${change.refreshTokenHash}::bytea, ${session.id}::uuid, ${at(session.createdAt)}, ${at(change.refreshExpiresAt)})`,
      sql`UPDATE users SET last_login_at = ${at(session.createdAt)}, last_login_ip = ${account.ifUsable('last_login_ip', session.ip)}::bytea, password_hash = coalesce(${change.passwordHash}, password_hash)
          WHERE id = ${session.userId}::uuid`,
    ];
  },
  'refresh_token.rotated': (change) => [
    guarded(
      sql`UPDATE refresh_tokens SET used_at = ${at(change.at)}, successor_hash = ${change.nextHash}::bytea
          WHERE token_hash = ${change.usedHash}::bytea AND used_at IS NULL RETURNING 1`,
      'refresh_token',
    ),
    guarded(
      sql`UPDATE sessions SET last_activity_at = ${at(change.at)}
          WHERE id = ${change.sessionId}::uuid AND revoked_at IS NULL RETURNING 1`,
      'session',
    ),
    sql`INSERT INTO refresh_tokens (token_hash, session_id, created_at, expires_at)
        VALUES (${change.nextHash}::bytea, ${change.sessionId}::uuid, ${at(change.at)}, ${at(change.expiresAt)})`,
  ],
  'sessions.suspected': ({ userId, sessionIds, provenBefore, at: now }) => [
    sql`UPDATE sessions SET authenticated_at = ${at(provenBefore)}
        WHERE user_id = ${userId}::uuid AND revoked_at IS NULL AND expires_at > ${at(now)}
          AND authenticated_at > ${at(provenBefore)}${sessionIds === null ? sql`` : sql` AND id = ANY(${[...sessionIds]}::uuid[])`}`,
  ],
  'session.revoked': (change) => [
    sql`UPDATE sessions SET revoked_at = ${at(change.at)}, revocation_reason = ${change.reason}
        WHERE id = ${change.sessionId}::uuid AND revoked_at IS NULL`,
    sql`DELETE FROM push_subscriptions WHERE session_id = ${change.sessionId}::uuid`,
  ],
  'session.reauthenticated': (change) => [
    guarded(
      sql`UPDATE sessions SET amr = ${[...change.amr]}::text[], authenticated_at = ${at(change.at)}, is_suspicious = false
          WHERE id = ${change.sessionId}::uuid AND revoked_at IS NULL RETURNING 1`,
      'session',
    ),
  ],
  'session.strengthened': (change) => [
    sql`UPDATE sessions SET amr = ${[...change.amr]}::text[] WHERE id = ${change.sessionId}::uuid AND revoked_at IS NULL`,
  ],
};
