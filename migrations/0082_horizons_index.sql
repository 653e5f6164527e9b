-- Outside a transaction
-- Whose day has begun.
CREATE INDEX CONCURRENTLY IF NOT EXISTS doctors_by_next_horizon ON doctors (horizon_next_at);
