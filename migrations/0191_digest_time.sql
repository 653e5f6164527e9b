-- When the clinic's doctors and staff are told what the next day holds: a wall time in the clinic's zone. NULL: they are not told.
ALTER TABLE clinic_settings ADD COLUMN digest_time text
  CONSTRAINT clinic_settings_digest_time CHECK (digest_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$');
