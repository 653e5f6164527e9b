-- Keyed hashes by which people are found: of the beginnings of the words of their names, of whole words, of the birth date,
-- and of the last digits of the phone number. The portal computes them; the keys are not in the database.
CREATE TABLE person_search (
  token bytea NOT NULL CHECK (octet_length(token) = 12),
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (token, user_id)
);
CREATE INDEX person_search_by_person ON person_search (user_id);

-- People whose hashes do not exist yet, or are not those of what is stored.
CREATE TABLE person_search_pending (user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE);
INSERT INTO person_search_pending (user_id) SELECT id FROM users WHERE deleted_at IS NULL;

-- The version before stores people without their hashes, so the database notes whom the portal has to index.
CREATE FUNCTION keep_person_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.deleted_at IS NOT NULL OR NEW.first_name IS NULL THEN
    DELETE FROM person_search WHERE user_id = NEW.id;
    DELETE FROM person_search_pending WHERE user_id = NEW.id;
  ELSIF TG_OP = 'INSERT' OR (NEW.first_name, NEW.last_name, NEW.date_of_birth, NEW.phone_number)
      IS DISTINCT FROM (OLD.first_name, OLD.last_name, OLD.date_of_birth, OLD.phone_number) THEN
    INSERT INTO person_search_pending (user_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER users_person_search
  AFTER INSERT OR UPDATE OF first_name, last_name, date_of_birth, phone_number, deleted_at ON users
  FOR EACH ROW EXECUTE FUNCTION keep_person_search();

GRANT SELECT, INSERT, UPDATE, DELETE ON person_search, person_search_pending TO patient_portal_app;
