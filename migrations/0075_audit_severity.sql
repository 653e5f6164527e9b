-- Outside a transaction
-- Each severity, not only the grave ones: events of severity `medium` are few as well, and were found by reading the whole log.
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_events_by_severity ON audit_events (severity, occurred_at DESC, id DESC);
DROP INDEX CONCURRENTLY IF EXISTS audit_events_grave;
