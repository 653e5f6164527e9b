-- Outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS appointments_without_wall_clock ON appointments (id)
  WHERE local_version IS DISTINCT FROM version AND status <> 'held';
