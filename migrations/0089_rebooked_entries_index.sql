-- Outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS rebooked_appointments_by_entry ON rebooked_appointments (entry_id) WHERE entry_id IS NOT NULL;
