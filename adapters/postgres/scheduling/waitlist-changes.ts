/** Changes of the waitlist, and of holds and entries that have expired, as SQL. */
import type { StoredSchedulingChange } from '../../../domain/changes.ts';
import type { DeferredTimeChange } from '../../../domain/scheduling/deferred-time.ts';
import type { HorizonRolled } from '../../../domain/scheduling/horizon.ts';
import type { TidyingChange } from '../../../domain/scheduling/tidying.ts';
import type {
  WaitlistChange,
  WaitlistEntry,
  WaitlistEntryAdded,
  WaitlistOffer,
} from '../../../domain/scheduling/waitlist.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { fewerThan } from '../commit/per-owner-limit.ts';
import { at, guarded, raw, type Sql, sql } from '../driver/sql.ts';
import { hasSpecialty, sealingRow, specialtyIndex } from '../sealed/sealed-row.ts';

type StoredEntryAdded = Extract<StoredSchedulingChange, WaitlistEntryAdded>;

/** Counts an offer without an answer, and drops what it deferred; an answer ends the count. */
function missedOf({ id, patientId, state }: WaitlistOffer): Sql[] {
  if (state === 'withdrawn') return [];
  return [
    ...(state === 'expired' ? [sql`DELETE FROM waitlist_deferred_times WHERE offer_id = ${id}::uuid`] : []),
    sql`UPDATE waitlist_entries SET missed = ${state === 'expired' ? sql`missed + 1` : sql`0`}
        WHERE patient_id = ${patientId}::uuid AND ${OPEN_ENTRY}`,
  ];
}

const OPEN_ENTRY = raw(`state IN ('waiting', 'offered')`);

/** What the open entries of the patient count; without one, what the offers count. The batch has locked the patient's row. */
function missedSoFar(patientId: UserId): Sql {
  return sql`coalesce((SELECT max(missed) FROM waitlist_entries WHERE patient_id = ${patientId}::uuid AND ${OPEN_ENTRY}), ${missedOffers(patientId)})`;
}

/** Two patients became one: of their counts the larger is that of all open entries. The batch has locked both rows. */
export function joinMissed(patientId: UserId): Sql {
  const its = sql`patient_id = ${patientId}::uuid AND ${OPEN_ENTRY}`;
  return sql`UPDATE waitlist_entries SET missed = (SELECT max(missed) FROM waitlist_entries WHERE ${its}) WHERE ${its}`;
}

/** One patient became two again: each has the count of the own offers. The batch has locked both rows. */
export function countMissed(patientId: UserId): Sql {
  return sql`UPDATE waitlist_entries SET missed = ${missedOffers(patientId)} WHERE patient_id = ${patientId}::uuid AND ${OPEN_ENTRY}`;
}

/** How many offers in a row the patient has left unanswered: those that expired since the last answer. */
function missedOffers(patientId: UserId): Sql {
  const its = sql`FROM waitlist_offers WHERE patient_id = ${patientId}::uuid`;
  return sql`(SELECT count(*) ${its} AND state = 'expired' AND created_at > coalesce(
    (SELECT max(created_at) ${its} AND state IN ('accepted', 'declined')), '-infinity'::timestamptz))`;
}

/** The patient has few open entries, and none with the same criteria. */
function wishGuards(e: WaitlistEntry, atMost: number, index: Parameters<typeof hasSpecialty>[1]): Sql[] {
  return [
    ...fewerThan(
      atMost,
      e.patientId,
      sql`SELECT count(*) FROM waitlist_entries
          WHERE patient_id = ${e.patientId}::uuid AND state IN ('waiting', 'offered')`,
      'waitlist_entries',
    ),
    // The batch has locked the patient's row, so it sees entries with the same criteria from concurrent requests.
    guarded(
      sql`SELECT 1 WHERE NOT EXISTS (
            SELECT 1 FROM waitlist_entries
            WHERE patient_id = ${e.patientId}::uuid AND state IN ('waiting', 'offered')
              AND appointment_type_id = ${e.appointmentTypeId}::uuid AND doctor_id IS NOT DISTINCT FROM ${e.doctorId}::uuid
              AND ${hasSpecialty(raw('specialty_index'), index, e.specialty)}
              AND first_date = ${e.from}::date AND last_date = ${e.to}::date
              AND window_start IS NOT DISTINCT FROM ${e.dailyWindow?.start ?? null}
              AND window_end IS NOT DISTINCT FROM ${e.dailyWindow?.end ?? null})`,
      'waitlist_entries',
    ),
  ];
}

export const waitlistWriters: ChangeWriters<
  StoredEntryAdded | WaitlistChange | DeferredTimeChange | HorizonRolled | TidyingChange
> = {
  'waitlist.entry_added': ({ entry: e, dataKey, atMost }, cipher, index) => [
    ...(atMost === null ? [] : wishGuards(e, atMost, index)),
    // Waits for a batch that changes the type, whose job then finds the entry; or fails when that one came first.
    guarded(
      sql`SELECT 1 FROM appointment_types
          WHERE id = ${e.appointmentTypeId}::uuid AND active
            AND coalesce(${e.doctorId}::uuid = ANY(doctor_ids), true) FOR SHARE`,
      'appointment_type',
    ),
    sql`INSERT INTO waitlist_entries (id, patient_id, appointment_type_id, doctor_id, specialty, specialty_index, first_date, last_date,
          window_start, window_end, rank, missed, state, created_at, updated_at, version)
        VALUES (${e.id}::uuid, ${e.patientId}::uuid, ${e.appointmentTypeId}::uuid, ${e.doctorId}::uuid,
          ${sealingRow(cipher, dataKey, 'waitlist_entries', e.id).optional('specialty', e.specialty)}::bytea, ${specialtyIndex(index, e.specialty)}::bytea,
          ${e.from}::date, ${e.to}::date, ${e.dailyWindow?.start ?? null}, ${e.dailyWindow?.end ?? null},
          ${e.rank}::int, ${missedSoFar(e.patientId)}, ${e.state}, ${at(e.createdAt)}, ${at(e.updatedAt)}, ${e.version}::int)`,
  ],
  'waitlist.entry_changed': ({ entry: e, expectedVersion }) => [
    guarded(
      sql`UPDATE waitlist_entries SET state = ${e.state}, rank = ${e.rank}::int, updated_at = ${at(e.updatedAt)},
            version = ${e.version}::int
          WHERE id = ${e.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'waitlist_entry',
    ),
  ],
  'waitlist.offer_made': ({ offer: o, of }) => [
    // The `hold.placed` of this batch has locked the patient's row, so jobs of several doctors see each other's offers.
    guarded(
      sql`SELECT 1 WHERE NOT EXISTS (
            SELECT 1 FROM waitlist_offers WHERE patient_id = ${o.patientId}::uuid
              AND ((state = 'open' AND ${of === 'wish'}::boolean) OR (doctor_id = ${o.doctorId}::uuid AND starts_at = ${at(o.start)}::timestamptz)))`,
      'waitlist_offer',
    ),
    sql`INSERT INTO waitlist_offers (id, entry_id, patient_id, hold_id, doctor_id, starts_at, ends_at, state, created_at,
          expires_at, version)
        VALUES (${o.id}::uuid, ${o.entryId}::uuid, ${o.patientId}::uuid, ${o.holdId}::uuid, ${o.doctorId}::uuid,
          ${at(o.start)}, ${at(o.end)}, ${o.state}, ${at(o.createdAt)}, ${at(o.expiresAt)}, ${o.version}::int)`,
  ],
  'waitlist.offer_closed': ({ offer: o, expectedVersion }) => [
    guarded(
      sql`UPDATE waitlist_offers SET state = ${o.state}, version = ${o.version}::int
          WHERE id = ${o.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'waitlist_offer',
    ),
    ...missedOf(o),
  ],
  'waitlist.time_deferred': ({ time: t, behind }) => [
    // Locks the offers: one that is answered at once either sees this time, or makes the batch stale.
    guarded(
      sql`SELECT 1 WHERE ${behind.length}::int = (SELECT count(*) FROM (SELECT 1 FROM waitlist_offers
            WHERE id = ANY(${behind.map(({ offerId }) => offerId)}::uuid[]) AND state = 'open' ORDER BY id FOR SHARE) o)`,
      'waitlist_offer',
    ),
    sql`INSERT INTO waitlist_deferred_times (patient_id, offer_id, doctor_id, starts_at, ends_at, opened_at)
        SELECT o.patient_id, o.id, ${t.doctorId}::uuid, ${at(t.start)}::timestamptz, ${at(t.end)}::timestamptz, ${at(t.openedAt)}::timestamptz
        FROM waitlist_offers o WHERE o.id = ANY(${behind.map(({ offerId }) => offerId)}::uuid[])
        ON CONFLICT DO NOTHING`,
  ],
  'waitlist.deferred_matched': ({ offerId, upTo: t }) => [
    sql`DELETE FROM waitlist_deferred_times WHERE offer_id = ${offerId}::uuid
        AND (doctor_id, starts_at, ends_at) <= (${t.doctorId}::uuid, ${at(t.start)}::timestamptz, ${at(t.end)}::timestamptz)`,
  ],
  'waitlist.horizon_rolled': ({ doctorId, before, day, nextAt }) => [
    guarded(
      sql`UPDATE doctors SET horizon_day = ${day}::date, horizon_next_at = ${at(nextAt)}::timestamptz
          WHERE user_id = ${doctorId}::uuid AND horizon_day IS NOT DISTINCT FROM ${before}::date RETURNING 1`,
      'doctor',
    ),
  ],
  'scheduling.tidied': (change) => [
    sql`DELETE FROM appointments WHERE status = 'held' AND hold_expires_at <= ${at(change.holdsBefore)}`,
    sql`UPDATE waitlist_entries SET state = 'expired', updated_at = ${at(change.at)}, version = version + 1
        WHERE state = 'waiting' AND last_date < ${change.entriesBefore}::date`,
  ],
};
