-- The wall clock of the start beside the instant: what patient and clinic agreed on, from which the instant is derived again when
-- the rules of the zone change. Written by the application, because PostgreSQL has rules of its own. `local_version` is the
-- version of the appointment that the wall clock was written for: another version of the row, as the version before of the
-- portal writes it, has none.
ALTER TABLE appointments
  ADD COLUMN local_date date,
  ADD COLUMN local_time text,
  ADD COLUMN local_version integer;
ALTER TABLE appointments ADD CONSTRAINT appointments_local_time_format
  CHECK (local_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$') NOT VALID;
ALTER TABLE appointments ADD CONSTRAINT appointments_local_complete
  CHECK (local_version IS NULL OR num_nonnulls(local_date, local_time) = 2) NOT VALID;

-- How far the appointments to come were compared with the rules of the time zones: the version that all of them were
-- compared with; and, while a newer one is compared, that one, the last doctor whose appointments were compared, and how many
-- appointments this pass has moved.
CREATE TABLE timezone_rules (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version text NOT NULL,
  comparing text,
  after_doctor uuid,
  moved integer NOT NULL DEFAULT 0 CHECK (moved >= 0),
  updated_at timestamptz NOT NULL
);
