-- An emergency access that was judged unjustified, or that an administrator ended, is over before it expires.
ALTER TABLE emergency_accesses
  ADD COLUMN ended_at timestamptz,
  ADD COLUMN ended_by uuid,
  ADD CONSTRAINT emergency_accesses_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL));
