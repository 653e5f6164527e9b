-- Outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS rebooked_appointments_open ON rebooked_appointments (rebooking_id) WHERE open;
