/** What `doctor_patients` should hold (ADR 0249), from its sources. */
import { raw } from '../../adapters/postgres/driver/sql.ts';

const SOURCE = `
  SELECT met.doctor_id, met.patient_id, (SELECT max(l.starts_at) FROM appointments l WHERE l.patient_id = met.patient_id AND l.status <> 'held') AS last_starts_at
  FROM (SELECT a.doctor_id, a.patient_id FROM appointments a WHERE a.status <> 'held'
    UNION SELECT x.user_id, a.patient_id FROM appointment_participants x JOIN appointments a ON a.id = x.appointment_id WHERE x.additional
    UNION SELECT u.registered_by, u.id FROM users u WHERE u.registered_by IS NOT NULL) met
  WHERE EXISTS (SELECT FROM appointments a WHERE a.patient_id = met.patient_id AND a.status <> 'held')`;

/** For a database that was filled without triggers. */
export const FILL_DOCTOR_PATIENTS = `INSERT INTO doctor_patients (doctor_id, patient_id, last_starts_at) ${SOURCE};`;

/** The rows that are missing, wrong or too many. */
export const WRONG_DOCTOR_PATIENTS = raw(`
  SELECT 'missing' AS what, m.* FROM (${SOURCE} EXCEPT SELECT doctor_id, patient_id, last_starts_at FROM doctor_patients) m
  UNION ALL
  SELECT 'too many', t.* FROM (SELECT doctor_id, patient_id, last_starts_at FROM doctor_patients EXCEPT ${SOURCE}) t`);
