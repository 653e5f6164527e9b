-- A reservation looked at before the address is stored can be missed: whoever stores it waits, at the unique index, for the
-- owner who is about to leave it, and has looked already when that owner's change, which reserves it, is committed. Looked at
-- afterwards it cannot be: each statement of a function sees what was committed before it, and the wait is over by then. A unique
-- or exclusion constraint over both tables would do as well, and there is none; a third table of claims would have to be kept
-- in step with both for the same result.
DROP TRIGGER users_reserved_email ON users;
DROP FUNCTION refuse_reserved_email();

-- Of the indexes under all keys of a ring: in the middle of a rotation the unique index holds one address under either key and
-- makes nobody wait, so the row of whoever has it under another key is waited for here.
CREATE FUNCTION require_free_email(taker uuid, indexes bytea[], taken_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM users WHERE email_index = ANY (indexes) AND id <> taker ORDER BY id FOR NO KEY UPDATE;
  IF FOUND OR EXISTS (
    SELECT FROM email_changes c
    WHERE c.previous_email_index = ANY (indexes) AND c.user_id <> taker
      AND c.confirmed_at IS NOT NULL AND c.ended_at IS NULL AND c.restore_until > taken_at
  ) THEN
    RAISE EXCEPTION 'the address is taken' USING ERRCODE = 'unique_violation', CONSTRAINT = 'users_email_index_key';
  END IF;
END $$;

CREATE FUNCTION require_free_email_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM require_free_email(NEW.id, ARRAY[NEW.email_index], NEW.updated_at);
  RETURN NULL;
END $$;
CREATE TRIGGER users_free_email AFTER INSERT OR UPDATE OF email_index ON users
  FOR EACH ROW WHEN (NEW.email_index IS NOT NULL) EXECUTE FUNCTION require_free_email_of_row();
