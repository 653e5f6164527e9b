-- Outside a transaction
-- Who waits whom a doctor could serve, and until when.
CREATE INDEX CONCURRENTLY IF NOT EXISTS waitlist_entries_last_wanted ON waitlist_entries (appointment_type_id, coalesce(doctor_id, '00000000-0000-0000-0000-000000000000'::uuid), coalesce(specialty_index, ''::bytea), last_date, first_date) WHERE state IN ('waiting', 'offered');
