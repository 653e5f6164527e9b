/** Who is told about the appointments and wishes of a patient, as SQL. */
import type { Receiver } from '../../../domain/scheduling/receivers.ts';
import type { OfferReceivers } from '../../../domain/scheduling/waitlist.ts';
import { fromHex } from '../../../domain/shared/bytes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { isRestricted } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, readDataKey, row, type Sql, type SqlLoad, sql } from '../driver/sql.ts';

/** The column `proxies`: who acts for the patient now, with their keys; as `isProxyOf` decides it for one of them. */
export function proxiesColumn(patient: Sql, now: Instant): Sql {
  return sql`(SELECT json_agg(json_build_array(y.person_id, z.ring_key_id, encode(z.wrapped, 'hex')) ORDER BY y.id)::text
    FROM proxies y JOIN data_keys z ON z.owner_id = y.person_id
    WHERE y.patient_id = ${patient} AND y.accepted_at IS NOT NULL AND y.revoked_at IS NULL
      AND (y.ends_at IS NULL OR y.ends_at > ${at(now)}::timestamptz) AND NOT ${isRestricted(patient)}) AS proxies`;
}

export function readProxies(found: Row): readonly Receiver[] {
  const proxies = JSON.parse((found.proxies as string | null) ?? '[]') as [UserId, string, string][];
  return proxies.map(([id, ringKeyId, wrapped]) => ({
    id,
    dataKey: { ownerId: id, ringKeyId, wrapped: fromHex(wrapped) },
  }));
}

/** Whom an offer to the patient is told, beside the patient's key. */
export function receiverColumns(patient: Sql, now: Instant): Sql {
  return sql`${proxiesColumn(patient, now)}, EXISTS (SELECT FROM users i WHERE i.id = ${patient}
    AND i.status = 'invited' AND i.email IS NOT NULL) AS is_invited`;
}

export function offerReceiversLoad(patientId: UserId, now: Instant): SqlLoad<OfferReceivers | undefined> {
  return row(
    sql`SELECT ${receiverColumns(sql`k.owner_id`, now)}, ${DATA_KEY_COLUMNS} FROM data_keys k WHERE k.owner_id = ${patientId}::uuid`,
    readReceivers,
  );
}

export function readReceivers(found: Row): OfferReceivers {
  return {
    patientKey: readDataKey(found),
    isInvited: found.is_invited as boolean,
    proxies: readProxies(found),
  };
}
