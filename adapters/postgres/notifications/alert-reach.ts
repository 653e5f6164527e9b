/** What decides how an alert reaches those whom it is for, as SQL. */
import type { AlikeReceivers, ReachPortion } from '../../../domain/notifications/alert.ts';
import { COMPARED_AT_ONCE } from '../../../domain/notifications/alert-reach.ts';
import type { Choices } from '../../../domain/notifications/preferences.ts';
import type { Reachable } from '../../../domain/notifications/receiver.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, readDataKey, rows, type Sql, type SqlLoad, sql, together } from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';
import { readPhone } from './preferences.ts';
import { readSuppressed, SUPPRESSED_COLUMN } from './suppressed-addresses.ts';

/**
 * Of `users u`: all that the routing of an alert asks of a receiver, but for suppressions. There are few combinations, so that persons are
 * counted by them, however many there are.
 */
const FACTS = sql`t.is_reachable, u.email IS NOT NULL AS has_email, u.email_verified_at IS NOT NULL AS is_proven,
  m.phone IS NOT NULL AS has_phone, u.phone_number IS NOT NULL AS has_number,
  EXISTS (SELECT FROM push_subscriptions p WHERE p.user_id = u.id) AS has_device, (f.choices->'alert')::text AS choices,
  EXISTS (SELECT FROM processing_limits l WHERE l.user_id = u.id AND l.kind = 'objection' AND l.lifted_at IS NULL) AS objects`;
const JOINS = sql`LEFT JOIN mfa_enrolments m ON m.user_id = u.id LEFT JOIN notification_preferences f ON f.user_id = u.id`;
const HAS_SUPPRESSION = sql`EXISTS (SELECT FROM suppressions s WHERE s.user_id = u.id)`;

/** @param told the persons, as `id` and `is_reachable` */
export function reachLoad(
  told: Sql,
  after: UserId | undefined,
  cipher: FieldCipher,
  index: BlindIndex,
): SqlLoad<ReachPortion> {
  const isNext = after === undefined ? sql`true` : sql`u.id > ${after}::uuid`;
  const compared = rows(
    sql`SELECT ${FACTS}, u.id AS user_id, u.email, m.phone, m.phone_verified_at, ${SUPPRESSED_COLUMN}, ${DATA_KEY_COLUMNS}
        FROM (${told}) t JOIN users u ON u.id = t.id JOIN data_keys k ON k.owner_id = u.id ${JOINS}
        WHERE ${HAS_SUPPRESSION} AND ${isNext} ORDER BY u.id LIMIT ${COMPARED_AT_ONCE}::int`,
    (found) => ({
      id: found.user_id as UserId,
      count: 1,
      reachable: readReachable(found, suppressedOf(found, cipher, index)),
    }),
  );
  const alike = rows(
    sql`SELECT x.*, count(*)::int AS count FROM (SELECT ${FACTS} FROM (${told}) t JOIN users u ON u.id = t.id ${JOINS}
        WHERE ${after === undefined}::boolean AND NOT ${HAS_SUPPRESSION}) x GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`,
    (found): AlikeReceivers => ({ count: found.count as number, reachable: readReachable(found, []) }),
  );
  const { statements, read } = together({ compared, alike });
  return {
    statements,
    read: (results) => {
      const found = read(results);
      const isFull = found.compared.length === COMPARED_AT_ONCE;
      return {
        receivers: [...found.alike, ...found.compared],
        next: isFull ? (found.compared.at(-1)?.id ?? null) : null,
      };
    },
  };
}

function suppressedOf(found: Row, cipher: FieldCipher, index: BlindIndex): Reachable['suppressed'] {
  const key = readDataKey(found);
  const email = sealedRow(cipher, key, 'users', found.user_id as string).optional('email', found.email);
  return readSuppressed(found, { email, sms: readPhone(found, key, cipher)?.number ?? null }, index);
}

function readReachable(found: Row, suppressed: Reachable['suppressed']): Reachable | null {
  if (found.is_reachable !== true) return null;
  const choices = found.choices === null ? {} : { alert: JSON.parse(found.choices as string) as Choices['alert'] };
  return {
    reach: {
      hasEmail: found.has_email as boolean,
      isProven: found.is_proven as boolean,
      // The second factor has a number that a code came back from; any moment tells that it is proven.
      phone: found.has_phone === true ? { provenAt: 0 } : found.has_number === true ? { provenAt: null } : null,
      hasDevice: found.has_device as boolean,
    },
    objects: found.objects as boolean,
    preferences: { choices: choices as Choices, smsConsentedAt: null },
    suppressed,
  };
}
