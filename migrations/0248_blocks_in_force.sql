-- Outside a transaction
-- The list of blocks in force reads those alone, among all that have ended.
CREATE INDEX CONCURRENTLY IF NOT EXISTS ip_blocks_in_force ON ip_blocks (ends_at) WHERE lifted_at IS NULL;
