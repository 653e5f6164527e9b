-- What leaves the system after a commit, and what makes a repeated request harmless.

CREATE TABLE notifications (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  channel text NOT NULL CHECK (channel IN ('email', 'sms', 'push', 'in_app')),
  category text NOT NULL CHECK (category IN ('account', 'security', 'appointment', 'reminder', 'message')),
  template text NOT NULL,
  variables bytea NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'scheduled', 'sent', 'delivered', 'failed', 'dead', 'read', 'skipped')),
  send_at timestamptz NOT NULL,
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  last_error text,
  provider_id text,
  appointment_id uuid REFERENCES appointments (id) ON DELETE CASCADE,
  appointment_version integer,
  created_at timestamptz NOT NULL,
  CHECK ((appointment_id IS NULL) = (appointment_version IS NULL))
);
CREATE INDEX notifications_by_user ON notifications (user_id, id DESC);
CREATE INDEX notifications_by_appointment ON notifications (appointment_id) WHERE appointment_id IS NOT NULL;

-- Jobs that were committed together with their cause. A job is delivered at least once; its handler is idempotent.
CREATE TABLE outbox (
  id uuid PRIMARY KEY,
  topic text NOT NULL,
  payload jsonb NOT NULL,
  not_before timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'published', 'done', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  -- Whoever works on a job owns it until this moment; then it may be taken over.
  leased_until timestamptz,
  -- Whoever hands it to the queue, likewise: being announced is not being worked on.
  publish_leased_until timestamptz,
  -- A failed job rests until then, whoever asks for it.
  rests_until timestamptz,
  last_error text,
  created_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE INDEX outbox_due ON outbox (not_before, id) WHERE state IN ('pending', 'published');

CREATE TABLE idempotency_keys (
  scope text NOT NULL,
  key text NOT NULL,
  fingerprint bytea NOT NULL,
  status integer NOT NULL,
  location text,
  body bytea,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_expiring ON idempotency_keys (expires_at);

-- Development only: what would have been sent.
CREATE TABLE dev_mailbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message jsonb NOT NULL,
  at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON notifications, outbox, idempotency_keys, dev_mailbox TO patient_portal_app;
