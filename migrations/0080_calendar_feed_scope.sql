-- Whose appointments a feed shows: those of its owner, of one doctor, or of the clinic. Feeds of before show their owner's.
ALTER TABLE calendar_feeds
  ADD COLUMN scope text NOT NULL DEFAULT 'own',
  ADD COLUMN doctor_id uuid REFERENCES users (id) ON DELETE CASCADE,
  ADD CONSTRAINT calendar_feeds_scope_check
    CHECK (scope IN ('own', 'doctor', 'clinic') AND (scope = 'doctor') = (doctor_id IS NOT NULL)) NOT VALID;
