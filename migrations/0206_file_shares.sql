-- Who else may read a file, until when. The version before does not know this table: what is shared stays shared, and is opened by this version alone.
CREATE TABLE file_shares (
  id uuid PRIMARY KEY,
  file_id uuid NOT NULL REFERENCES files ON DELETE CASCADE,
  -- Who has shared it: the person or who acts for them, or the clinic.
  origin text NOT NULL CHECK (origin IN ('own', 'clinic')),
  shared_by uuid NOT NULL REFERENCES users,
  -- NULL: whoever has the link.
  receiver_id uuid REFERENCES users,
  secret_hash bytea CONSTRAINT file_shares_secret_key UNIQUE CHECK (octet_length(secret_hash) = 32),
  passcode_hash text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  -- The last time.
  opened_at timestamptz,
  openings integer NOT NULL DEFAULT 0 CHECK (openings >= 0),
  -- Wrong passcodes since the last right one.
  failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  locked_until timestamptz,
  version integer NOT NULL,
  CHECK ((receiver_id IS NULL) = (secret_hash IS NOT NULL)),
  CHECK (passcode_hash IS NULL OR secret_hash IS NOT NULL)
);
CREATE UNIQUE INDEX file_shares_once_for_each ON file_shares (file_id, receiver_id) WHERE revoked_at IS NULL;
CREATE INDEX file_shares_by_file ON file_shares (file_id, id DESC);
CREATE INDEX file_shares_received ON file_shares (receiver_id, id DESC) WHERE receiver_id IS NOT NULL;
CREATE INDEX file_shares_by_sharer ON file_shares (shared_by) WHERE revoked_at IS NULL;
CREATE INDEX file_shares_ended ON file_shares ((coalesce(revoked_at, expires_at)));

GRANT SELECT, INSERT, UPDATE, DELETE ON file_shares TO patient_portal_app;
