-- What people type about themselves is sealed under their own data keys, so that no old version of a row, no page of the
-- write-ahead log and no backup holds it in the clear once the key is gone (ADR 0106).
--
-- SQL cannot seal: what was stored before stays beside, as unsealed_…, until the portal has sealed it, right after this
-- migration. From then on those columns are empty; a later migration drops them.

ALTER TABLE users DROP CONSTRAINT users_email_key, DROP CONSTRAINT users_email_check;
ALTER TABLE users RENAME COLUMN email TO unsealed_email;
ALTER TABLE users RENAME COLUMN first_name TO unsealed_first_name;
ALTER TABLE users RENAME COLUMN last_name TO unsealed_last_name;
ALTER TABLE users RENAME COLUMN bio TO unsealed_bio;
ALTER TABLE users RENAME COLUMN language TO unsealed_language;
ALTER TABLE users
  ALTER COLUMN unsealed_email DROP NOT NULL,
  ALTER COLUMN unsealed_first_name DROP NOT NULL,
  ALTER COLUMN unsealed_last_name DROP NOT NULL,
  ALTER COLUMN unsealed_language DROP NOT NULL,
  ADD COLUMN email bytea,
  -- HMAC-SHA-256 of the normalised address: finds an account, and keeps addresses apart, without holding one.
  ADD COLUMN email_index bytea CHECK (octet_length(email_index) = 32),
  ADD COLUMN first_name bytea,
  ADD COLUMN last_name bytea,
  ADD COLUMN bio bytea,
  ADD COLUMN language bytea,
  ADD CONSTRAINT users_email_index_key UNIQUE (email_index),
  ADD CHECK ((email IS NULL) = (email_index IS NULL));
CREATE INDEX users_unsealed ON users (id)
  WHERE num_nonnulls(unsealed_email, unsealed_first_name, unsealed_last_name, unsealed_bio, unsealed_language) > 0;

-- The public directory. It is searched, and what it shows of a doctor is professional: it stays in the clear, and is a
-- copy of its own, written together with the profile.
ALTER TABLE doctors
  ADD COLUMN first_name text NOT NULL DEFAULT '',
  ADD COLUMN last_name text NOT NULL DEFAULT '',
  ADD COLUMN specialty_index bytea CHECK (octet_length(specialty_index) = 32);
UPDATE doctors d SET first_name = u.unsealed_first_name, last_name = u.unsealed_last_name
FROM users u WHERE u.id = d.user_id AND u.unsealed_first_name IS NOT NULL AND u.unsealed_last_name IS NOT NULL;

ALTER TABLE sessions RENAME COLUMN device_name TO unsealed_device_name;
ALTER TABLE sessions RENAME COLUMN country TO unsealed_country;
ALTER TABLE sessions RENAME COLUMN city TO unsealed_city;
ALTER TABLE sessions RENAME COLUMN latitude TO unsealed_latitude;
ALTER TABLE sessions RENAME COLUMN longitude TO unsealed_longitude;
ALTER TABLE sessions
  ALTER COLUMN unsealed_device_name DROP NOT NULL,
  ADD COLUMN device_name bytea,
  -- Country, city and coordinates, as far as they are known.
  ADD COLUMN location bytea;
CREATE INDEX sessions_unsealed ON sessions (id)
  WHERE num_nonnulls(unsealed_device_name, unsealed_country, unsealed_city, unsealed_latitude, unsealed_longitude) > 0;

ALTER TABLE trusted_devices RENAME COLUMN name TO unsealed_name;
ALTER TABLE trusted_devices ALTER COLUMN unsealed_name DROP NOT NULL, ADD COLUMN name bytea;
CREATE INDEX trusted_devices_unsealed ON trusted_devices (id) WHERE num_nonnulls(unsealed_name) > 0;

ALTER TABLE api_keys RENAME COLUMN name TO unsealed_name;
ALTER TABLE api_keys ALTER COLUMN unsealed_name DROP NOT NULL, ADD COLUMN name bytea;
CREATE INDEX api_keys_unsealed ON api_keys (id) WHERE num_nonnulls(unsealed_name) > 0;

-- Why a doctor is away is the doctor's own affair.
ALTER TABLE time_off RENAME COLUMN reason TO unsealed_reason;
ALTER TABLE time_off ADD COLUMN reason bytea;
CREATE INDEX time_off_unsealed ON time_off (id) WHERE num_nonnulls(unsealed_reason) > 0;

-- Which kind of doctor somebody waits for is looked up by its index, as the doctors' specialties are.
ALTER TABLE waitlist_entries RENAME COLUMN specialty TO unsealed_specialty;
ALTER TABLE waitlist_entries
  ADD COLUMN specialty bytea,
  ADD COLUMN specialty_index bytea CHECK (octet_length(specialty_index) = 32),
  ADD CHECK ((specialty IS NULL) = (specialty_index IS NULL));
CREATE INDEX waitlist_entries_unsealed ON waitlist_entries (id) WHERE num_nonnulls(unsealed_specialty) > 0;

-- One key of each key of the ring is tried when the portal starts, without looking at all of them.
CREATE INDEX data_keys_by_ring ON data_keys (ring_key_id);

-- A message to somebody whose key is destroyed in the same batch brings a key of its own, which goes when it is sent.
ALTER TABLE notifications
  ADD COLUMN key_owner uuid,
  -- When what it says is void: a code, a link, an offer. It is not sent from then on.
  ADD COLUMN useful_until timestamptz;

-- Development only, and what it kept was in the clear. Rows go with the person they are for.
TRUNCATE dev_mailbox;
ALTER TABLE dev_mailbox
  DROP COLUMN message,
  ADD COLUMN owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  ADD COLUMN message bytea NOT NULL;
CREATE INDEX dev_mailbox_by_owner ON dev_mailbox (owner_id);

-- Clients make these keys, of whatever they like: their SHA-256 tells them apart as well.
-- An answer is sealed for the person whose words it holds, who may be another than the caller. Of answers that staff got
-- before, nobody knows whom they concern: those go with the first person that is erased, and all within a day.
ALTER TABLE idempotency_keys ADD COLUMN person_id uuid;
UPDATE idempotency_keys i SET key = encode(sha256(convert_to(key, 'UTF8')), 'hex'),
  person_id = (SELECT id FROM users u WHERE u.role = 'patient' AND starts_with(i.scope, u.id::text || ' '));

-- The counters are found by keyed hashes from here on; counting begins again.
TRUNCATE sign_in_failures;

-- What was clear stays in old versions of rows until their table is written anew, which no transaction can do. The portal
-- does it once everything is sealed, and takes the table off this list then: until it has, each start tries again.
CREATE TABLE tables_to_rewrite (name text PRIMARY KEY);
INSERT INTO tables_to_rewrite (name)
SELECT 'users' WHERE EXISTS (SELECT FROM users)
UNION ALL SELECT 'doctors' WHERE EXISTS (SELECT FROM doctors)
UNION ALL SELECT 'sessions' WHERE EXISTS (SELECT FROM sessions)
UNION ALL SELECT 'trusted_devices' WHERE EXISTS (SELECT FROM trusted_devices)
UNION ALL SELECT 'api_keys' WHERE EXISTS (SELECT FROM api_keys)
UNION ALL SELECT 'time_off' WHERE EXISTS (SELECT FROM time_off)
UNION ALL SELECT 'waitlist_entries' WHERE EXISTS (SELECT FROM waitlist_entries)
UNION ALL SELECT 'idempotency_keys' WHERE EXISTS (SELECT FROM idempotency_keys);

CREATE OR REPLACE FUNCTION erase_person(person uuid, erased_at timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  owned record;
BEGIN
  DELETE FROM data_keys WHERE owner_id = person
    OR owner_id IN (SELECT key_owner FROM notifications WHERE user_id = person);
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
  -- What others were answered about the person goes as well; that their keys were used stays, or a repeated request would
  -- do it all again.
  UPDATE idempotency_keys SET person_id = person, fingerprint = '', location = NULL, body = NULL
  WHERE person_id = person OR person_id IS NULL;
  UPDATE time_off SET reason = NULL, unsealed_reason = NULL
  WHERE doctor_id = person AND num_nonnulls(reason, unsealed_reason) > 0;
  -- A doctor's entry leaves the directory.
  UPDATE doctors SET first_name = '', last_name = '', bio = NULL, specialty = NULL, specialty_index = NULL,
    languages = '{}', accepting_patients = false, version = version + 1
  WHERE user_id = person;
  UPDATE users SET email = NULL, email_index = NULL, email_verified_at = NULL, password_hash = NULL,
    status = 'closed', first_name = NULL, last_name = NULL, date_of_birth = NULL, phone_number = NULL,
    phone_verified_at = NULL, address = NULL, avatar_key = NULL, bio = NULL, timezone = 'UTC', language = NULL,
    unsealed_email = NULL, unsealed_first_name = NULL, unsealed_last_name = NULL, unsealed_bio = NULL,
    unsealed_language = NULL, preferences = '{}', last_login_ip = NULL, google_id = NULL, facebook_id = NULL,
    apple_id = NULL, deleted_at = coalesce(deleted_at, erased_at), updated_at = erased_at, version = version + 1
  WHERE id = person;
END
$$;
