-- Outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS appointments_by_start ON appointments (starts_at, id) WHERE status <> 'held';
CREATE INDEX CONCURRENTLY IF NOT EXISTS waitlist_entries_by_rank ON waitlist_entries (rank DESC, created_at, id);
