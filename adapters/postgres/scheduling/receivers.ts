/** Who is told about the appointments and wishes of a patient, as SQL. */
import type { OfferReceivers } from '../../../domain/scheduling/waitlist.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { proxiesColumn, readProxies } from '../access/proxies-of.ts';
import type { Row } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, readDataKey, row, type Sql, type SqlLoad, sql } from '../driver/sql.ts';

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
