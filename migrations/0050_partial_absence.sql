-- Time off may begin and end within a day: wall-clock times in the doctor's zone. NULL: the whole first, or last, date. The version
-- before reads such time off as whole dates, and offers less time.
ALTER TABLE time_off
  ADD COLUMN start_time text CHECK (start_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  ADD COLUMN end_time text CHECK (end_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$');

-- Whether the other hours of a date also end the hours of the evening before at midnight. Until now they always did, so what is stored
-- and what the version before writes stays so.
ALTER TABLE availability_overrides ADD COLUMN ends_night_before boolean NOT NULL DEFAULT true;
