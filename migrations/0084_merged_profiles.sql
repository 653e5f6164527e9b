-- The fields of the survivor's profile that a merge has filled from the alias's: its undoing empties those that nobody has changed since.
ALTER TABLE patient_merges ADD COLUMN filled text[] NOT NULL DEFAULT '{}';
