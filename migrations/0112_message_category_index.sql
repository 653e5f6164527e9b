-- Outside a transaction
-- A person's messages of one category.
CREATE INDEX CONCURRENTLY IF NOT EXISTS notifications_listed_by_category
  ON notifications (user_id, category, routed_at DESC, id DESC) WHERE is_listed;
