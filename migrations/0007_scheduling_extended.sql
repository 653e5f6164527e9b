-- Series, the waitlist and calendar feeds.

-- What was asked for; the appointments themselves name their series.
CREATE TABLE appointment_series (
  id uuid PRIMARY KEY,
  patient_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  doctor_id uuid NOT NULL REFERENCES doctors (user_id) ON DELETE CASCADE,
  appointment_type_id uuid NOT NULL REFERENCES appointment_types (id),
  frequency text NOT NULL CHECK (frequency IN ('daily', 'weekly', 'monthly')),
  every integer NOT NULL CHECK (every BETWEEN 1 AND 99),
  occurrences integer NOT NULL CHECK (occurrences BETWEEN 2 AND 52),
  first_date date NOT NULL,
  start_time text NOT NULL CHECK (start_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  created_at timestamptz NOT NULL
);

ALTER TABLE appointments ADD CONSTRAINT appointments_series_fkey
  FOREIGN KEY (series_id) REFERENCES appointment_series (id);
CREATE INDEX appointments_held_by ON appointments (held_by, hold_expires_at) WHERE status = 'held';

CREATE TABLE waitlist_entries (
  id uuid PRIMARY KEY,
  patient_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  appointment_type_id uuid NOT NULL REFERENCES appointment_types (id),
  doctor_id uuid REFERENCES doctors (user_id) ON DELETE CASCADE,
  specialty text,
  first_date date NOT NULL,
  last_date date NOT NULL,
  window_start text,
  window_end text,
  rank integer NOT NULL DEFAULT 0,
  state text NOT NULL CHECK (state IN ('waiting', 'offered', 'booked', 'withdrawn', 'expired')),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  CHECK (first_date <= last_date),
  CHECK ((window_start IS NULL) = (window_end IS NULL))
);
CREATE INDEX waitlist_entries_by_patient ON waitlist_entries (patient_id, id);
-- Those who wait, in the order they are served in.
CREATE INDEX waitlist_entries_waiting ON waitlist_entries (rank DESC, created_at, id) WHERE state = 'waiting';
CREATE INDEX waitlist_entries_lapsing ON waitlist_entries (last_date) WHERE state = 'waiting';

CREATE TABLE waitlist_offers (
  id uuid PRIMARY KEY,
  entry_id uuid NOT NULL REFERENCES waitlist_entries (id) ON DELETE CASCADE,
  patient_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- The row in appointments that keeps the time; it goes when the offer ends, so this is no foreign key.
  hold_id uuid NOT NULL,
  doctor_id uuid NOT NULL REFERENCES doctors (user_id) ON DELETE CASCADE,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  -- Nobody is offered the same time twice.
  CONSTRAINT waitlist_offers_once UNIQUE (entry_id, doctor_id, starts_at)
);
-- One open offer for an entry.
CREATE UNIQUE INDEX waitlist_offers_open ON waitlist_offers (entry_id) WHERE state = 'open';
CREATE INDEX waitlist_offers_by_patient ON waitlist_offers (patient_id, id);

-- A feed's address is a secret of its own; only its hash is kept.
CREATE TABLE calendar_feeds (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  CONSTRAINT calendar_feeds_secret_hash_key UNIQUE (secret_hash)
);
CREATE INDEX calendar_feeds_live ON calendar_feeds (user_id, id) WHERE revoked_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON appointment_series, waitlist_entries, waitlist_offers, calendar_feeds
  TO patient_portal_app;
