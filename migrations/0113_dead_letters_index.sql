-- Outside a transaction
-- Deliveries that were given up, and those of one channel.
CREATE INDEX CONCURRENTLY IF NOT EXISTS deliveries_dead ON deliveries (id DESC) WHERE state = 'dead';
CREATE INDEX CONCURRENTLY IF NOT EXISTS deliveries_dead_by_channel ON deliveries (channel, id DESC) WHERE state = 'dead';
