-- Outside a transaction
-- Messages that went out by no channel: their routing was given up, or their receiver could not be reached by any.
CREATE INDEX CONCURRENTLY IF NOT EXISTS notifications_unreached ON notifications (id DESC)
  WHERE (status = 'dead' AND routed_at IS NULL)
    OR (status = 'skipped' AND routed_at IS NOT NULL AND last_error IN ('no_address', 'address_unproven', 'no_consent', 'suppressed'));
