-- Outside a transaction
-- The open job of a delivery.
CREATE INDEX CONCURRENTLY IF NOT EXISTS outbox_by_delivery ON outbox ((payload ->> 'deliveryId'))
  WHERE state IN ('pending', 'published') AND payload ->> 'deliveryId' IS NOT NULL;
