-- Outside a transaction
ALTER TABLE webhook_deliveries VALIDATE CONSTRAINT webhook_deliveries_given_up_because_check;
-- Open jobs, topic by topic and the most urgent first: what is claimed, and what administrators see of each queue.
CREATE INDEX CONCURRENTLY IF NOT EXISTS outbox_open_by_topic ON outbox (topic, priority, not_before, id)
  WHERE state IN ('pending', 'published');
-- Open jobs whose last attempt failed.
CREATE INDEX CONCURRENTLY IF NOT EXISTS outbox_failing ON outbox (topic) WHERE state IN ('pending', 'published') AND last_error IS NOT NULL;
