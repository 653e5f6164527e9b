-- Second factors, trusted devices, API keys, and the counters that slow guessing down.

-- One row per person who began to enrol an authenticator app or a phone. Secrets and numbers are sealed per person.
CREATE TABLE mfa_enrolments (
  user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  secret bytea,
  enabled_at timestamptz,
  -- A time step is consumed once: the statement that stores the next one is guarded by this one.
  last_used_step bigint,
  pending_secret bytea,
  pending_expires_at timestamptz,
  phone bytea,
  phone_verified_at timestamptz,
  pending_phone bytea,
  phone_code_hash bytea,
  phone_code_salt bytea,
  phone_code_sent_at timestamptz,
  phone_code_expires_at timestamptz,
  phone_code_sends integer,
  CHECK ((secret IS NULL) = (enabled_at IS NULL)),
  CHECK ((pending_secret IS NULL) = (pending_expires_at IS NULL)),
  CHECK ((phone IS NULL) = (phone_verified_at IS NULL)),
  CHECK ((pending_phone IS NULL) = (phone_code_hash IS NULL))
);

CREATE TABLE mfa_backup_codes (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
  created_at timestamptz NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (user_id, code_hash)
);

-- Between the first factor and the second. The token is opaque, so that it can never pass for an access token.
CREATE TABLE mfa_challenges (
  token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  methods text[] NOT NULL,
  amr text[] NOT NULL,
  transport text NOT NULL CHECK (transport IN ('bearer', 'cookie')),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  passed_at timestamptz,
  sms_hash bytea,
  sms_salt bytea,
  sms_sent_at timestamptz,
  sms_expires_at timestamptz,
  sms_sends integer,
  CHECK ((sms_hash IS NULL) = (sms_sends IS NULL))
);
CREATE INDEX mfa_challenges_by_user ON mfa_challenges (user_id, expires_at);

-- Wrong codes of one account over all challenges and factors. Every try, right or wrong, is guarded by the version, so
-- that parallel guesses are counted one by one.
CREATE TABLE mfa_attempts (
  user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  -- Epoch milliseconds, oldest first.
  failures jsonb NOT NULL,
  paused_until timestamptz,
  version integer NOT NULL CHECK (version > 0)
);

CREATE TABLE trusted_devices (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  CONSTRAINT trusted_devices_token_key UNIQUE (token_hash)
);
CREATE INDEX trusted_devices_by_user ON trusted_devices (user_id, last_used_at DESC) WHERE revoked_at IS NULL;

-- A key is 256 random bits: only its hash is kept, and its first characters to tell keys apart.
CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name text NOT NULL,
  prefix text NOT NULL,
  key_hash bytea NOT NULL CHECK (octet_length(key_hash) = 32),
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at timestamptz,
  CONSTRAINT api_keys_hash_key UNIQUE (key_hash)
);
CREATE INDEX api_keys_by_user ON api_keys (user_id, id) WHERE revoked_at IS NULL;

-- Failed sign-ins by account and by address, hashed: an address without an account is counted like one that has one, so
-- that the pause tells nobody which addresses are known.
CREATE TABLE sign_in_failures (
  subject bytea PRIMARY KEY CHECK (octet_length(subject) = 32),
  failures integer NOT NULL CHECK (failures > 0),
  paused_until timestamptz,
  last_at timestamptz NOT NULL
);
CREATE INDEX sign_in_failures_by_age ON sign_in_failures (last_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON mfa_enrolments, mfa_backup_codes, mfa_challenges, mfa_attempts,
  trusted_devices, api_keys, sign_in_failures TO patient_portal_app;
