-- Outside a transaction
-- What a patient did in the records of others, newest first: a small part of what has an actor.
CREATE INDEX CONCURRENTLY IF NOT EXISTS audit_events_by_proxy ON audit_events (actor_id, occurred_at DESC, sequence DESC)
  WHERE stream <> actor_id::text AND (details -> 'onBehalfOf' IS NOT NULL OR details ->> 'actorRole' = 'patient');
