-- Outside a transaction
-- A person's messages in the portal, and those that are unread.
CREATE INDEX CONCURRENTLY IF NOT EXISTS notifications_listed ON notifications (user_id, routed_at DESC, id DESC) WHERE is_listed;
CREATE INDEX CONCURRENTLY IF NOT EXISTS notifications_unread ON notifications (user_id, routed_at DESC, id DESC)
  WHERE is_listed AND read_at IS NULL;
-- The clinic's list of messages, by what became of them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS notifications_by_status ON notifications (status, id DESC);
