-- Changing an e-mail address: the new one proves itself by a link, the former one can take the change back by another.

CREATE TABLE email_changes (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- Sealed with the person's key, as the former address is.
  new_email bytea NOT NULL,
  previous_email bytea,
  -- Kept from others as long as the change can be taken back.
  previous_email_index bytea CHECK (octet_length(previous_email_index) = 32),
  confirm_hash bytea NOT NULL CHECK (octet_length(confirm_hash) = 32),
  restore_hash bytea NOT NULL CHECK (octet_length(restore_hash) = 32),
  -- In which it was asked for: it goes on when the change takes effect.
  session_id uuid,
  requested_at timestamptz NOT NULL,
  confirm_until timestamptz NOT NULL,
  restore_until timestamptz NOT NULL,
  confirmed_at timestamptz,
  -- Cancelled, replaced or taken back.
  ended_at timestamptz,
  CONSTRAINT email_changes_confirm_key UNIQUE (confirm_hash),
  CONSTRAINT email_changes_restore_key UNIQUE (restore_hash),
  CHECK ((confirmed_at IS NULL) = (previous_email_index IS NULL)),
  CHECK ((confirmed_at IS NULL) = (previous_email IS NULL))
);
CREATE INDEX email_changes_by_user ON email_changes (user_id, requested_at DESC);
CREATE INDEX email_changes_reserved ON email_changes (previous_email_index) WHERE ended_at IS NULL AND confirmed_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON email_changes TO patient_portal_app;

-- An address that can still be taken back is as taken as one in use: whoever stores it meets the same constraint.
CREATE FUNCTION refuse_reserved_email() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM email_changes c
    WHERE c.previous_email_index = NEW.email_index AND c.user_id <> NEW.id
      AND c.confirmed_at IS NOT NULL AND c.ended_at IS NULL AND c.restore_until > NEW.updated_at
  ) THEN
    RAISE EXCEPTION 'the address is reserved' USING ERRCODE = 'unique_violation', CONSTRAINT = 'users_email_index_key';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER users_reserved_email BEFORE INSERT OR UPDATE OF email_index ON users
  FOR EACH ROW WHEN (NEW.email_index IS NOT NULL) EXECUTE FUNCTION refuse_reserved_email();
