-- Outside a transaction
-- The visits of a doctor who does not lead them, in any status.
CREATE INDEX CONCURRENTLY IF NOT EXISTS participants_additional_doctors ON appointment_participants (participant_id, appointment_id)
  WHERE additional;
