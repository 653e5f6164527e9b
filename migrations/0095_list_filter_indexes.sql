-- Outside a transaction
-- Lists of one location or one type; which appointments to come use a location.
CREATE INDEX CONCURRENTLY IF NOT EXISTS appointments_by_location ON appointments (location_id, starts_at, id) INCLUDE (status)
  WHERE location_id IS NOT NULL AND status <> 'held';
CREATE INDEX CONCURRENTLY IF NOT EXISTS appointments_by_type ON appointments (appointment_type_id, starts_at, id) WHERE status <> 'held';
-- The waitlist by doctor, by type and by state.
CREATE INDEX CONCURRENTLY IF NOT EXISTS waitlist_entries_by_doctor ON waitlist_entries (doctor_id, rank DESC, created_at, id)
  WHERE state IN ('waiting', 'offered');
CREATE INDEX CONCURRENTLY IF NOT EXISTS waitlist_entries_by_type ON waitlist_entries (appointment_type_id, rank DESC, created_at, id)
  WHERE state IN ('waiting', 'offered');
CREATE INDEX CONCURRENTLY IF NOT EXISTS waitlist_entries_by_state ON waitlist_entries (state, rank DESC, created_at, id);
