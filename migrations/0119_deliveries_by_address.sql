-- Outside a transaction
-- Whom a text message from a number comes from.
CREATE INDEX CONCURRENTLY IF NOT EXISTS deliveries_by_address ON deliveries (address_index, id DESC) WHERE address_index IS NOT NULL;
