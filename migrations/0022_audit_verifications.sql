-- Verifications of the audit log as jobs: how far each has come, and what it found. One runs at a time.

CREATE TABLE audit_verifications (
  id uuid PRIMARY KEY,
  -- Whether the portal began it by itself, once a day.
  is_scheduled boolean NOT NULL,
  status text NOT NULL CHECK (status IN ('running', 'sound', 'unsound')),
  -- Where it goes on; with the problems found so far.
  state jsonb NOT NULL,
  version integer NOT NULL,
  requested_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  finished_at timestamptz,
  CHECK ((status = 'running') = (finished_at IS NULL))
);
CREATE UNIQUE INDEX audit_verifications_one_runs ON audit_verifications ((true)) WHERE finished_at IS NULL;
CREATE INDEX audit_verifications_by_time ON audit_verifications (requested_at DESC, id DESC);
-- What a chain is walked by also tells whether an event waits to be sealed.
CREATE INDEX audit_unsealed_by_event ON audit_unsealed (stream, sequence);

GRANT SELECT, INSERT, UPDATE ON audit_verifications TO patient_portal_app;
