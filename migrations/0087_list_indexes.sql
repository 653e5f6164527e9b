-- Outside a transaction
-- Lists of one status: appointments that wait for approval lie at the end of all others.
CREATE INDEX CONCURRENTLY IF NOT EXISTS appointments_by_status ON appointments (status, starts_at, id) WHERE status <> 'held';
-- Whether a doctor has registered a patient.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_by_registrar ON users (registered_by) WHERE registered_by IS NOT NULL;
-- The open entries of the waitlist among those of the past, in the order of its list.
CREATE INDEX CONCURRENTLY IF NOT EXISTS waitlist_entries_open ON waitlist_entries (rank DESC, created_at, id)
  WHERE state IN ('waiting', 'offered');
