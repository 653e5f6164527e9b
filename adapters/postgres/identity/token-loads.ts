/** Loads of mailed tokens and of the last mails. */

import type { OneTimeToken, TokenPurpose } from '../../../domain/identity/one-time-token.ts';
import type { IdentityLoads } from '../../../domain/identity/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { at, DATA_KEY_COLUMNS, row, type SqlLoad, sql } from '../driver/sql.ts';
import { emailIndexes } from '../sealed/sealed-row.ts';
import { readHolder, USER_COLUMNS } from './user-rows.ts';

type TokenLoads = Pick<IdentityLoads, 'oneTimeToken' | 'lastToken' | 'lastMail'>;

export function createTokenLoads(cipher: FieldCipher, index: BlindIndex): TokenLoads {
  return {
    oneTimeToken: (hash, purpose) =>
      row(
        sql`SELECT ${USER_COLUMNS}, ${DATA_KEY_COLUMNS}, t.token_hash, t.purpose, t.expires_at, t.used_at,
              u.password_hash IS NOT NULL AS has_password
            FROM one_time_tokens t JOIN users u ON u.id = t.user_id JOIN data_keys k ON k.owner_id = u.id
            WHERE t.token_hash = ${hash}::bytea AND t.purpose = ${purpose} AND u.deleted_at IS NULL
              AND u.status <> 'no_account'`,
        (found) => ({
          user: readHolder(found, cipher),
          hasPassword: found.has_password as boolean,
          token: {
            hash: found.token_hash as Uint8Array,
            userId: found.id as UserId,
            purpose: found.purpose as TokenPurpose,
            expiresAt: found.expires_at as number,
            usedAt: found.used_at as number | null,
          } satisfies OneTimeToken,
        }),
      ),
    lastToken: (email, purpose, now): SqlLoad<Instant | null> => ({
      statements: [
        sql`SELECT max(t.created_at) AS issued_at FROM one_time_tokens t JOIN users u ON u.id = t.user_id
            WHERE u.email_index ${emailIndexes(index, email)} AND u.deleted_at IS NULL AND t.purpose = ${purpose}
              AND t.used_at IS NULL AND t.expires_at > ${at(now)}`,
      ],
      read: ([found]) => (found?.[0]?.issued_at as number | null | undefined) ?? null,
    }),
    lastMail: (email, template): SqlLoad<Instant | null> => ({
      statements: [
        sql`SELECT max(n.created_at) AS queued_at FROM notifications n JOIN users u ON u.id = n.user_id
            WHERE u.email_index ${emailIndexes(index, email)} AND u.deleted_at IS NULL AND n.template = ${template}`,
      ],
      read: ([found]) => (found?.[0]?.queued_at as number | null | undefined) ?? null,
    }),
  };
}
