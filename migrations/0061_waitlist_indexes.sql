-- Outside a transaction
-- In the order in which entries are served.
CREATE INDEX CONCURRENTLY IF NOT EXISTS waitlist_entries_in_turn ON waitlist_entries (missed, rank DESC, created_at, id) WHERE state = 'waiting';
-- By what they wait for.
CREATE INDEX CONCURRENTLY IF NOT EXISTS waitlist_entries_wanted ON waitlist_entries (appointment_type_id, doctor_id, last_date, first_date) WHERE state = 'waiting';
-- Whether a patient was offered a time before.
CREATE INDEX CONCURRENTLY IF NOT EXISTS waitlist_offers_of_time ON waitlist_offers (patient_id, doctor_id, starts_at);
