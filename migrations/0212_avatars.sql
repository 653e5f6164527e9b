-- Pictures of persons, as they are sent: made anew from what was uploaded, and sealed (ADR 0255). The version before knows none of
-- them; what it stores, in users.avatar_key, is made anew by the sweep of this one.
CREATE TABLE avatars (
  user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  -- Its object in file storage.
  object text NOT NULL CHECK (char_length(object) <= 200),
  -- The key of its bytes.
  file_key bytea NOT NULL CONSTRAINT avatars_sealed CHECK (is_sealed(file_key)),
  header bytea NOT NULL CHECK (octet_length(header) = 40),
  -- Before sealing.
  size_bytes integer NOT NULL CHECK (size_bytes BETWEEN 1 AND 8388608),
  updated_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON avatars TO patient_portal_app;
