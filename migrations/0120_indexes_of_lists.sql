-- Outside a transaction
-- Who accepted a text, newest first; one person's decisions on one.
CREATE INDEX CONCURRENTLY IF NOT EXISTS consents_by_kind ON consents (kind, at DESC, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS consents_by_user_and_kind ON consents (user_id, kind, at DESC, id DESC);
-- All emergency accesses, and those that were reviewed; the unreviewed ones have an index.
CREATE INDEX CONCURRENTLY IF NOT EXISTS emergency_accesses_by_time ON emergency_accesses (opened_at DESC, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS emergency_accesses_reviewed ON emergency_accesses (opened_at DESC, id DESC) WHERE reviewed_at IS NOT NULL;
-- The clinical records that outlive an account or are under a legal hold, among those of all patients.
CREATE INDEX CONCURRENTLY IF NOT EXISTS clinical_keys_kept ON clinical_keys (patient_id) WHERE erased_at IS NOT NULL OR held_at IS NOT NULL;
-- One patient's appointments of one status.
CREATE INDEX CONCURRENTLY IF NOT EXISTS appointments_by_patient_and_status ON appointments (patient_id, status, starts_at, id) WHERE status <> 'held';
-- The same as before, in the order of the lists.
CREATE INDEX CONCURRENTLY IF NOT EXISTS proxies_of_person ON proxies (person_id, id) WHERE revoked_at IS NULL;
DROP INDEX CONCURRENTLY IF EXISTS proxies_by_person;
CREATE INDEX CONCURRENTLY IF NOT EXISTS rebookings_of_doctor ON rebookings (doctor_id, id);
DROP INDEX CONCURRENTLY IF EXISTS rebookings_by_doctor;
