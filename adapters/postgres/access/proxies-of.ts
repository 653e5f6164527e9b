/** Who acts for a patient, as a column beside the patient's own. */
import { fromHex } from '../../../domain/shared/bytes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Row } from '../driver/driver.ts';
import { at, type Sql, sql } from '../driver/sql.ts';
import { isRestricted } from './record-access.ts';

/** A person with the key that seals what the person is told. */
interface ActingPerson {
  readonly id: UserId;
  readonly dataKey: DataKey;
}

/** The column `proxies`: who acts for the patient now, with their keys; as `isProxyOf` decides it for one of them. */
export function proxiesColumn(patient: Sql, now: Instant): Sql {
  return sql`(SELECT json_agg(json_build_array(y.person_id, z.ring_key_id, encode(z.wrapped, 'hex')) ORDER BY y.id)::text
    FROM proxies y JOIN data_keys z ON z.owner_id = y.person_id
    WHERE y.patient_id = ${patient} AND y.accepted_at IS NOT NULL AND y.revoked_at IS NULL
      AND (y.ends_at IS NULL OR y.ends_at > ${at(now)}::timestamptz) AND NOT ${isRestricted(patient)}) AS proxies`;
}

export function readProxies(found: Row): readonly ActingPerson[] {
  const proxies = JSON.parse((found.proxies as string | null) ?? '[]') as [UserId, string, string][];
  return proxies.map(([id, ringKeyId, wrapped]) => ({
    id,
    dataKey: { ownerId: id, ringKeyId, wrapped: fromHex(wrapped) },
  }));
}
