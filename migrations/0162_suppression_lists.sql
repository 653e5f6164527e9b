-- Outside a transaction
-- Suppressed addresses of one channel, and those of one person, the newest first.
CREATE INDEX CONCURRENTLY IF NOT EXISTS suppressions_by_channel ON suppressions (channel, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS suppressions_by_person ON suppressions (user_id, id DESC);
