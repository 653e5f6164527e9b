-- How far the digests of one day have been sent: one row, that of the last day for which they were begun. The version before knows
-- nothing of it: its jobs `digest.send` wait until this version takes them up.
CREATE TABLE daily_digest (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- The day that they are about.
  date date NOT NULL,
  begun_at timestamptz NOT NULL,
  -- The last person, by id, of those who were looked at. NULL: nobody was.
  after_person uuid,
  finished_at timestamptz,
  version integer NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON daily_digest TO patient_portal_app;
