/** The mfa context's changes as SQL. Counting an attempt and using a code are guarded, so that one of several parallel ones wins. */
import type { MfaChange } from '../../../domain/mfa/changes.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, atOrNull, guarded, sql } from '../driver/sql.ts';
import { sealingRow } from '../sealed/sealed-row.ts';

export const mfaWriters: ChangeWriters<MfaChange> = {
  'totp.setup_started': (change, cipher) => {
    const sealed = sealingRow(cipher, change.dataKey, 'mfa_enrolments', change.userId).text(
      'pending_secret',
      change.secret,
    );
    return [
      sql`INSERT INTO mfa_enrolments (user_id, pending_secret, pending_expires_at)
          VALUES (${change.userId}::uuid, ${sealed}::bytea, ${at(change.expiresAt)})
          ON CONFLICT (user_id) DO UPDATE
          SET pending_secret = excluded.pending_secret, pending_expires_at = excluded.pending_expires_at`,
    ];
  },
  'totp.enrolled': (change, cipher) => [
    guarded(
      sql`UPDATE mfa_enrolments SET secret = ${sealingRow(cipher, change.dataKey, 'mfa_enrolments', change.userId).text('secret', change.secret)}::bytea, enabled_at = ${at(change.at)},
            last_used_step = ${change.usedStep}::bigint, pending_secret = NULL, pending_expires_at = NULL
          WHERE user_id = ${change.userId}::uuid AND pending_expires_at = ${at(change.setupExpiresAt)} RETURNING 1`,
      'mfa_enrolment',
    ),
  ],
  'totp.step_consumed': (change) => [
    guarded(
      sql`UPDATE mfa_enrolments SET last_used_step = ${change.step}::bigint
          WHERE user_id = ${change.userId}::uuid AND secret IS NOT NULL
            AND last_used_step IS NOT DISTINCT FROM ${change.previousStep}::bigint RETURNING 1`,
      'totp_step',
    ),
  ],
  'backup_codes.replaced': (change) => [
    sql`DELETE FROM mfa_backup_codes WHERE user_id = ${change.userId}::uuid`,
    ...change.hashes.map(
      (hash) => sql`INSERT INTO mfa_backup_codes (user_id, code_hash, created_at)
        VALUES (${change.userId}::uuid, ${hash}::bytea, ${at(change.at)})`,
    ),
  ],
  'backup_code.used': (change) => [
    guarded(
      sql`UPDATE mfa_backup_codes SET used_at = ${at(change.at)}
          WHERE user_id = ${change.userId}::uuid AND code_hash = ${change.hash}::bytea AND used_at IS NULL RETURNING 1`,
      'backup_code',
    ),
  ],
  'mfa.disabled': (change) => [
    guarded(
      sql`DELETE FROM mfa_enrolments WHERE user_id = ${change.userId}::uuid AND secret IS NOT NULL RETURNING 1`,
      'mfa_enrolment',
    ),
    sql`DELETE FROM mfa_backup_codes WHERE user_id = ${change.userId}::uuid`,
    sql`DELETE FROM mfa_challenges WHERE user_id = ${change.userId}::uuid`,
  ],
  'mfa_challenge.issued': ({ challenge }) => [
    sql`DELETE FROM mfa_challenges
        WHERE user_id = ${challenge.userId}::uuid AND expires_at <= ${at(challenge.createdAt)}`,
    sql`INSERT INTO mfa_challenges (token_hash, user_id, methods, amr, transport, remembered, created_at, expires_at)
        VALUES (${challenge.tokenHash}::bytea, ${challenge.userId}::uuid, ${[...challenge.methods]}::text[],
          ${[...challenge.amr]}::text[], ${challenge.transport ?? 'bearer'}, ${challenge.remembered ?? true}::boolean, ${at(challenge.createdAt)},
          ${at(challenge.expiresAt)})`,
  ],
  'mfa_challenge.failed': (change) => [
    guarded(
      sql`UPDATE mfa_challenges SET attempts = attempts + 1
          WHERE token_hash = ${change.tokenHash}::bytea AND attempts = ${change.previousAttempts}::int RETURNING 1`,
      'mfa_challenge',
    ),
  ],
  'mfa_challenge.passed': (change) => [
    guarded(
      sql`UPDATE mfa_challenges SET passed_at = ${at(change.at)}
          WHERE token_hash = ${change.tokenHash}::bytea AND passed_at IS NULL
            AND attempts = ${change.previousAttempts}::int RETURNING 1`,
      'mfa_challenge',
    ),
  ],
  'sms_code.issued': ({ tokenHash, code, previousSends }) => [
    guarded(
      sql`UPDATE mfa_challenges SET sms_hash = ${code.hash}::bytea, sms_salt = ${code.salt}::bytea,
            sms_sent_at = ${at(code.sentAt)}, sms_expires_at = ${at(code.expiresAt)}, sms_sends = ${code.sends}::int
          WHERE token_hash = ${tokenHash}::bytea AND coalesce(sms_sends, 0) = ${previousSends}::int RETURNING 1`,
      'sms_code',
    ),
  ],
  // Version 0 means that the row does not exist yet: the first insert wins, and the others are stale.
  'mfa_attempts.recorded': ({ userId, attempts, previousVersion }) => [
    guarded(
      sql`INSERT INTO mfa_attempts AS a (user_id, failures, paused_until, version)
          VALUES (${userId}::uuid, ${JSON.stringify(attempts.failures)}::jsonb, ${atOrNull(attempts.pausedUntil)},
            ${attempts.version}::int)
          ON CONFLICT (user_id) DO UPDATE
          SET failures = excluded.failures, paused_until = excluded.paused_until, version = excluded.version
          WHERE a.version = ${previousVersion}::int RETURNING 1`,
      'mfa_attempts',
    ),
  ],
  'mfa_phone.code_issued': ({ userId, dataKey, phone, code, previousSends }, cipher) => [
    guarded(
      sql`UPDATE mfa_enrolments SET pending_phone = ${sealingRow(cipher, dataKey, 'mfa_enrolments', userId).text('pending_phone', phone)}::bytea,
            phone_code_hash = ${code.hash}::bytea, phone_code_salt = ${code.salt}::bytea,
            phone_code_sent_at = ${at(code.sentAt)}, phone_code_expires_at = ${at(code.expiresAt)},
            phone_code_sends = ${code.sends}::int
          WHERE user_id = ${userId}::uuid AND secret IS NOT NULL
            AND coalesce(phone_code_sends, 0) = ${previousSends}::int RETURNING 1`,
      'mfa_phone',
    ),
  ],
  'mfa_phone.enrolled': (change, cipher) => [
    guarded(
      sql`UPDATE mfa_enrolments SET phone = ${sealingRow(cipher, change.dataKey, 'mfa_enrolments', change.userId).text('phone', change.phone)}::bytea, phone_verified_at = ${at(change.at)}, pending_phone = NULL,
            phone_code_hash = NULL, phone_code_salt = NULL, phone_code_sent_at = NULL, phone_code_expires_at = NULL,
            phone_code_sends = NULL
          WHERE user_id = ${change.userId}::uuid AND pending_phone IS NOT NULL RETURNING 1`,
      'mfa_phone',
    ),
  ],
  'mfa_phone.removed': (change) => [
    sql`UPDATE mfa_enrolments SET phone = NULL, phone_verified_at = NULL WHERE user_id = ${change.userId}::uuid`,
  ],
  'trusted_device.added': ({ device, dataKey }, cipher) => [
    sql`INSERT INTO trusted_devices (id, user_id, token_hash, name, created_at, last_used_at, expires_at)
        VALUES (${device.id}::uuid, ${device.userId}::uuid, ${device.tokenHash}::bytea,
          ${sealingRow(cipher, dataKey, 'trusted_devices', device.id).text('name', device.name)}::bytea, ${at(device.createdAt)}, ${at(device.lastUsedAt)}, ${at(device.expiresAt)})`,
  ],
  'trusted_device.used': (change) => [
    sql`UPDATE trusted_devices SET last_used_at = ${at(change.at)} WHERE id = ${change.deviceId}::uuid`,
  ],
  'trusted_device.revoked': (change) => [
    sql`UPDATE trusted_devices SET revoked_at = ${at(change.at)}
        WHERE id = ${change.deviceId}::uuid AND user_id = ${change.userId}::uuid AND revoked_at IS NULL`,
  ],
};
