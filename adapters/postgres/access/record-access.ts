/** Conditions under which a viewer may read a patient's record or act for the patient (R28). */
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { at, guarded, join, type Sql, sql } from '../driver/sql.ts';

/** @param patient an expression for the id of the person whose record it is */
export function isRestricted(patient: Sql): Sql {
  return sql`EXISTS (SELECT 1 FROM processing_limits l
    WHERE l.user_id = ${patient} AND l.kind = 'restriction' AND l.lifted_at IS NULL)`;
}

/**
 * Whether patient and doctor have had an appointment together, whatever its outcome, or the doctor registered the patient. The patients
 * of visits that the doctor attended are read once for a statement, and only for patients whom the doctor has not met otherwise.
 */
export function isOwnPatient(patient: Sql, doctorId: string | Sql): Sql {
  return sql`(EXISTS (SELECT 1 FROM appointments r
      WHERE r.patient_id = ${patient} AND r.doctor_id = ${doctorId}::uuid AND r.status <> 'held')
    OR EXISTS (SELECT 1 FROM users g WHERE g.id = ${patient} AND g.registered_by = ${doctorId}::uuid)
    OR ${patient} = ANY(ARRAY(SELECT r.patient_id FROM appointment_participants attended
      JOIN appointments r ON r.id = attended.appointment_id
      WHERE attended.participant_id = ${doctorId}::uuid AND attended.additional)))`;
}

function isEmergency(patient: Sql, { userId, emergency }: Viewer): Sql {
  if (emergency === null) return sql`false`;
  return sql`EXISTS (SELECT 1 FROM emergency_accesses g WHERE g.id = ${emergency.id}::uuid
    AND g.doctor_id = ${userId}::uuid AND g.patient_id = ${patient} AND g.ended_at IS NULL
    AND g.expires_at > ${at(emergency.at)}::timestamptz)`;
}

/** A doctor's own patient, or one whose record the doctor has opened in an emergency. */
export function isPatientOf(patient: Sql, viewer: Viewer): Sql {
  return sql`(${isOwnPatient(patient, viewer.userId)} OR ${isEmergency(patient, viewer)})`;
}

/**
 * The ids of all patients of a doctor after `after`, in any order, as {@link isPatientOf} decides it for one of them. Patients come
 * often, so the index of appointments is searched from each patient to the next.
 * @param atMost how many of each kind of relation; null for all
 */
export function patientsOf({ userId, emergency }: Viewer, after: Sql, atMost: number | null): Sql {
  const doctor = sql`${userId}::uuid`;
  const next = (before: Sql) => sql`(SELECT r.patient_id FROM appointments r
    WHERE r.doctor_id = ${doctor} AND r.status <> 'held' AND r.patient_id > ${before} ORDER BY r.patient_id LIMIT 1)`;
  return join(
    [
      sql`(WITH RECURSIVE met (id) AS (SELECT ${next(after)} UNION ALL SELECT ${next(sql`m.id`)} FROM met m WHERE m.id IS NOT NULL)
        SELECT m.id FROM met m WHERE m.id IS NOT NULL LIMIT ${atMost}::int)`,
      sql`(SELECT g.id FROM users g WHERE g.registered_by = ${doctor} AND g.id > ${after} ORDER BY g.id LIMIT ${atMost}::int)`,
      sql`(SELECT r.patient_id FROM appointment_participants x JOIN appointments r ON r.id = x.appointment_id
        WHERE x.participant_id = ${doctor} AND x.additional AND r.patient_id > ${after})`,
      ...(emergency === null
        ? []
        : [
            sql`(SELECT g.patient_id FROM emergency_accesses g WHERE g.id = ${emergency.id}::uuid AND g.doctor_id = ${doctor}
              AND g.patient_id > ${after} AND g.ended_at IS NULL AND g.expires_at > ${at(emergency.at)}::timestamptz)`,
          ]),
    ],
    ' UNION ',
  );
}

/**
 * The ids of a doctor's patients, as {@link isPatientOf} decides it, whose last appointment meets the condition: as `doctor_patients`
 * lists them, in any order (ADR 0249).
 * @param wanted a condition on `k.last_starts_at`
 */
export function patientsByLast(viewer: Viewer, wanted: Sql): Sql {
  return sql`SELECT k.patient_id AS id FROM doctor_patients k WHERE k.doctor_id = ${viewer.userId}::uuid AND ${wanted}
    UNION SELECT u.id FROM users u WHERE ${isEmergency(sql`u.id`, viewer)}`;
}

/** An id before all others. */
export const NIL = sql`'00000000-0000-0000-0000-000000000000'::uuid`;

/** Whether the viewer may read the record despite a restriction, or no restriction is in force. */
export function isReachable(patient: Sql, viewer: Viewer): Sql {
  if (viewer.ofRestricted) return sql`true`;
  return sql`(NOT ${isRestricted(patient)} OR ${isEmergency(patient, viewer)})`;
}

/** Whether the viewer acts for the patient, whose processing is not restricted. */
export function isProxyOf(patient: Sql, viewer: Viewer): Sql {
  return viewer.proxyAt === null ? sql`false` : actsFor(viewer.userId, patient, viewer.proxyAt);
}

export function actsFor(personId: string | Sql, patient: Sql, now: Instant): Sql {
  return sql`(EXISTS (SELECT 1 FROM proxies y WHERE y.patient_id = ${patient} AND y.person_id = ${personId}::uuid
      AND y.accepted_at IS NOT NULL AND y.revoked_at IS NULL
      AND (y.ends_at IS NULL OR y.ends_at > ${at(now)}::timestamptz)) AND NOT ${isRestricted(patient)})`;
}

/** Whether the viewer may know that the patient in `users u` exists. */
export function knownPatient(patientId: UserId, viewer: Viewer): Sql {
  return sql`${knownRecord(patientId, viewer)} AND u.merged_into IS NULL`;
}

/** The same for a record that may have been merged into another one. */
export function knownRecord(patientId: UserId, viewer: Viewer): Sql {
  const { userId, role, ofPatients } = viewer;
  const person = sql`u.id`;
  const others = role === 'doctor' ? isPatientOf(person, viewer) : sql`true`;
  return sql`SELECT u.id AS stream FROM users u WHERE u.id = ${patientId}::uuid AND u.role = 'patient'
    AND (u.id = ${userId}::uuid OR ${isProxyOf(person, viewer)}
      OR (${ofPatients}::boolean AND ${others} AND ${isReachable(person, viewer)}))`;
}

/** Whether the viewer may book for the patient: for oneself, as a proxy, or for patients whose record the viewer may read. */
export function mayActFor(patient: Sql, viewer: Viewer): Sql {
  const isTheirs = viewer.role === 'doctor' ? isPatientOf(patient, viewer) : sql`${viewer.role !== 'patient'}::boolean`;
  return sql`(${patient} = ${viewer.userId}::uuid OR ${isProxyOf(patient, viewer)}
    OR (${isTheirs} AND ${isReachable(patient, viewer)}))`;
}

/**
 * As {@link mayActFor}, for the person in `users w` instead of a caller. A doctor's emergency access counts while it goes on.
 * @param hasGround whether an administrator states a ground for reaching a restricted record
 */
export function personMayActFor(patient: Sql, now: Instant, hasGround: boolean): Sql {
  const emergency = sql`EXISTS (SELECT 1 FROM emergency_accesses g WHERE g.doctor_id = w.id AND g.patient_id = ${patient}
    AND g.ended_at IS NULL AND g.expires_at > ${at(now)}::timestamptz)`;
  return sql`CASE w.role WHEN 'patient' THEN ${patient} = w.id OR ${actsFor(sql`w.id`, patient, now)}
    WHEN 'doctor' THEN ${emergency} OR (${isOwnPatient(patient, sql`w.id`)} AND NOT ${isRestricted(patient)})
    ELSE (w.role = 'admin' AND ${hasGround}::boolean) OR NOT ${isRestricted(patient)} END`;
}

/**
 * Fails as stale if the record was merged into another one since it was loaded. Waits for a merge that is being committed, so that
 * it comes before a row that is added to the record, or finds it.
 */
export function notMerged(patientId: UserId): Sql {
  return guarded(
    sql`SELECT 1 FROM users WHERE id = ${patientId}::uuid AND merged_into IS NULL FOR SHARE`,
    'merged record',
  );
}
