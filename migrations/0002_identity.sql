-- People, their keys, their credentials and sessions.

-- One AES-256 key per person, wrapped by the key ring. Deleting the row makes everything sealed with it unreadable.
CREATE TABLE data_keys (
  owner_id uuid PRIMARY KEY,
  ring_key_id text NOT NULL,
  wrapped bytea NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE users (
  id uuid PRIMARY KEY,
  email text NOT NULL CHECK (char_length(email) <= 254),
  email_verified_at timestamptz,
  password_hash text,
  role text NOT NULL CHECK (role IN ('patient', 'doctor', 'staff', 'admin')),
  status text NOT NULL CHECK (status IN ('invited', 'active', 'closed')),
  first_name text NOT NULL,
  last_name text NOT NULL,
  date_of_birth bytea,
  phone_number bytea,
  phone_verified_at timestamptz,
  address bytea,
  avatar_key text,
  bio text,
  timezone text NOT NULL,
  language text NOT NULL,
  preferences jsonb NOT NULL DEFAULT '{}',
  failed_login_attempts integer NOT NULL DEFAULT 0 CHECK (failed_login_attempts >= 0),
  locked_until timestamptz,
  last_login_at timestamptz,
  last_login_ip bytea,
  password_changed_at timestamptz,
  google_id text,
  facebook_id text,
  apple_id text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  deleted_at timestamptz,
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  CONSTRAINT users_email_key UNIQUE (email),
  CONSTRAINT users_google_id_key UNIQUE (google_id),
  CONSTRAINT users_facebook_id_key UNIQUE (facebook_id),
  CONSTRAINT users_apple_id_key UNIQUE (apple_id)
);
CREATE INDEX users_by_role ON users (role, id) WHERE deleted_at IS NULL;

-- Tokens that arrive by mail: 256 random bits, only their hash is kept, each works once.
CREATE TABLE one_time_tokens (
  token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  purpose text NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'accept_invitation')),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id, purpose) WHERE used_at IS NULL;

CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  amr text[] NOT NULL,
  authenticated_at timestamptz NOT NULL,
  transport text NOT NULL CHECK (transport IN ('bearer', 'cookie')),
  ip bytea,
  user_agent bytea,
  device_id uuid,
  device_name text NOT NULL,
  device_type text NOT NULL CHECK (device_type IN ('mobile', 'desktop', 'tablet', 'unknown')),
  country text,
  city text,
  latitude double precision,
  longitude double precision,
  created_at timestamptz NOT NULL,
  last_activity_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revocation_reason text,
  is_suspicious boolean NOT NULL DEFAULT false,
  risk_score integer NOT NULL DEFAULT 0 CHECK (risk_score BETWEEN 0 AND 100)
);
CREATE INDEX sessions_live_by_user ON sessions (user_id, id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_by_user ON sessions (user_id, id DESC);

-- The refresh tokens of one session are one family: each is used once, and a second use ends the session.
CREATE TABLE refresh_tokens (
  token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON data_keys, users, one_time_tokens, sessions, refresh_tokens
  TO patient_portal_app;
