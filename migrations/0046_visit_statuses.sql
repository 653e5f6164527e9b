-- A patient who has arrived, who waits in the room, and who left without being seen. The version before shows these statuses as
-- they are, counts them as taken time, and refuses to change such appointments (`invalid_transition`).
ALTER TABLE appointments ADD CONSTRAINT appointments_status CHECK (status IN ('held', 'scheduled', 'confirmed', 'arrived',
  'roomed', 'in_progress', 'completed', 'left_without_being_seen', 'cancelled', 'no_show')) NOT VALID;
ALTER TABLE appointments DROP CONSTRAINT appointments_status_check;
