-- Outside a transaction
-- A doctor's patients in the order of ids, and whether a doctor has met a patient: one entry, however long their history is.
CREATE INDEX CONCURRENTLY IF NOT EXISTS appointments_of_doctor_with ON appointments (doctor_id, patient_id) WHERE status <> 'held';
-- The patients whom a doctor registered, in the order of ids.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_registered ON users (registered_by, id) WHERE registered_by IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS users_by_registrar;
