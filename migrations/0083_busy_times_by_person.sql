-- Outside a transaction
-- When somebody or something is busy, in the index alone: the search for the earliest times reads the day of each doctor.
CREATE INDEX CONCURRENTLY IF NOT EXISTS participants_by_time ON appointment_participants (participant_id, lower(busy))
  INCLUDE (busy, appointment_id) WHERE active AND role <> 'patient';
