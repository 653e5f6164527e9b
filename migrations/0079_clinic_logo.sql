-- The name of the clinic's logo in the file storage.
ALTER TABLE clinic_settings ADD COLUMN logo_key text;
