-- Consents, copies of one's own data, and the end of a person's data.

-- Each decision is a row of its own; the newest of a kind is in force.
CREATE TABLE consents (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]{0,63}$'),
  version text NOT NULL CHECK (char_length(version) BETWEEN 1 AND 64),
  given boolean NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX consents_by_user ON consents (user_id, at DESC, id DESC);

CREATE TABLE data_exports (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  status text NOT NULL CHECK (status IN ('requested', 'ready', 'fetched')),
  file_key text,
  size_bytes bigint,
  requested_at timestamptz NOT NULL,
  completed_at timestamptz,
  fetched_at timestamptz,
  CHECK ((status = 'requested') = (completed_at IS NULL)),
  CHECK ((status = 'fetched') = (fetched_at IS NOT NULL))
);
CREATE INDEX data_exports_by_user ON data_exports (user_id, requested_at DESC);
CREATE INDEX data_exports_by_age ON data_exports (requested_at);

GRANT SELECT, INSERT ON consents TO patient_portal_app;
GRANT DELETE ON consents TO patient_portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON data_exports TO patient_portal_app;

-- Ends a person's data: the key first, and with it every sealed word; then what was never sealed. Rows that belong to
-- the person alone are those that cascade from the account, also in tables of later migrations. Appointments stay, as
-- the law asks, without words that anybody could read; those to come are cancelled, holds are let go. Who the row in
-- `users` was cannot be told any more.
CREATE FUNCTION erase_person(person uuid, erased_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  owned record;
BEGIN
  DELETE FROM data_keys WHERE owner_id = person;
  UPDATE appointments SET status = 'cancelled', cancelled_at = erased_at, cancelled_by = person,
    cancelled_by_kind = 'system', updated_at = erased_at, version = version + 1
  WHERE patient_id = person AND status IN ('scheduled', 'confirmed') AND starts_at > erased_at;
  FOR owned IN
    SELECT c.conrelid::regclass AS relation, a.attname AS name
    FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    WHERE c.contype = 'f' AND c.confrelid = 'users'::regclass AND c.confdeltype = 'c' AND cardinality(c.conkey) = 1
      -- Appointments that stay refer to these.
      AND c.conrelid NOT IN ('doctors'::regclass, 'appointment_series'::regclass)
    ORDER BY c.conrelid::regclass::text
  LOOP
    EXECUTE format('DELETE FROM %s WHERE %I = $1', owned.relation, owned.name) USING person;
  END LOOP;
  DELETE FROM appointments WHERE status = 'held' AND (held_by = person OR patient_id = person);
  DELETE FROM idempotency_keys WHERE starts_with(scope, person::text || ' ');
  UPDATE doctors SET bio = NULL, accepting_patients = false, version = version + 1 WHERE user_id = person;
  UPDATE users SET email = 'closed-' || id || '@account.invalid', email_verified_at = NULL, password_hash = NULL,
    status = 'closed', first_name = '', last_name = '', date_of_birth = NULL, phone_number = NULL,
    phone_verified_at = NULL, address = NULL, avatar_key = NULL, bio = NULL, timezone = 'UTC', language = 'en',
    preferences = '{}', last_login_ip = NULL, google_id = NULL, facebook_id = NULL, apple_id = NULL,
    deleted_at = coalesce(deleted_at, erased_at), updated_at = erased_at, version = version + 1
  WHERE id = person;
END
$$;
GRANT EXECUTE ON FUNCTION erase_person(uuid, timestamptz) TO patient_portal_app;
