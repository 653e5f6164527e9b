/** Changes of holds as SQL. */
import type { Hold, HoldChange } from '../../../domain/scheduling/hold.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, guarded, type Sql, sql } from '../driver/sql.ts';
import { liveHoldsOf } from './booking-state.ts';
import { clearExpired, range, withinDailyLimit } from './occupied-time.ts';
import { takeResources } from './resource-state.ts';

export const holdWriters: ChangeWriters<HoldChange> = {
  'hold.placed': ({ hold, atMost, dailyLimit, takings }) => [
    ...clearExpired(hold, hold.createdAt, takings),
    ...withinDailyLimit(hold, dailyLimit, hold.createdAt),
    ...(atMost === undefined
      ? [sql`${heldRow(hold)}`]
      : [
          // The batch has locked the holder's row, so the count includes holds that concurrent requests placed.
          guarded(
            sql`${heldRow(hold)} AND ${liveHoldsOf(hold.holderId, hold.createdAt)} < ${atMost}::int RETURNING 1`,
            'hold',
          ),
        ]),
    ...takeResources(hold.id, range(hold.busy), takings, sql`${hold.id}::uuid`),
  ],
  'hold.released': (change) => [
    sql`DELETE FROM appointments
        WHERE id = ${change.holdId}::uuid AND status = 'held' AND held_by = ${change.holderId}::uuid`,
  ],
  'hold.consumed': (change) => [
    guarded(
      sql`DELETE FROM appointments
          WHERE id = ${change.holdId}::uuid AND status = 'held' AND held_by = ${change.holderId}::uuid
            AND hold_expires_at > ${at(change.at)} RETURNING 1`,
      'hold',
    ),
  ],
};

function heldRow(hold: Hold): Sql {
  return sql`INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy,
      occupancy, lane, location_id, status, hold_expires_at, held_by, created_by, created_at, updated_at)
    SELECT ${hold.id}::uuid, ${hold.patientId}::uuid, ${hold.doctorId}::uuid, ${hold.appointmentTypeId}::uuid, ${at(hold.start)}::timestamptz,
      ${at(hold.end)}::timestamptz, d.timezone, ${range(hold.busy)}, ${hold.place.occupancy}::uuid, ${hold.place.lane}::smallint, ${hold.locationId}::uuid, 'held', ${at(hold.expiresAt)}::timestamptz, ${hold.holderId}::uuid, ${hold.holderId}::uuid,
      ${at(hold.createdAt)}::timestamptz, ${at(hold.createdAt)}::timestamptz
    FROM doctors d WHERE d.user_id = ${hold.doctorId}::uuid`;
}
