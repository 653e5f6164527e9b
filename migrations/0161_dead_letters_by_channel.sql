-- Outside a transaction
-- Deliveries that were given up are listed channel by channel (deliveries_dead_by_channel).
DROP INDEX CONCURRENTLY IF EXISTS deliveries_dead;
