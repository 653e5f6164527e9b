-- One message, several deliveries: a row for each channel that a message takes, or does not take for a reason. Whose they are and what
-- they say is told by the message; the in-app list is made of the messages themselves.
CREATE TABLE deliveries (
  id uuid PRIMARY KEY,
  notification_id uuid NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
  channel text NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
  state text NOT NULL CHECK (state IN ('pending', 'scheduled', 'sent', 'delivered', 'read', 'failed', 'dead', 'skipped')),
  -- Why it was skipped, or how the last attempt failed.
  reason text,
  -- Which provider has it, or had it last. Recorded before the attempt where several could take it.
  provider text,
  -- The provider may have accepted it, because its answer is not known: no other provider may send it.
  outcome_unknown boolean NOT NULL DEFAULT false,
  -- What the provider calls it.
  provider_id text,
  attempts integer NOT NULL DEFAULT 0,
  send_at timestamptz NOT NULL,
  next_attempt_at timestamptz,
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  created_at timestamptz NOT NULL
);
CREATE INDEX deliveries_by_notification ON deliveries (notification_id, channel);

-- `routed_at`: when the channels were chosen; NULL for messages that are not due, and for those that the version before has sent.
-- `is_listed`: whether the portal shows it to its receiver.
ALTER TABLE notifications ADD COLUMN routed_at timestamptz, ADD COLUMN is_listed boolean NOT NULL DEFAULT false;

-- 1 to 10, the most urgent first.
ALTER TABLE outbox ADD COLUMN priority smallint NOT NULL DEFAULT 5;

GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO patient_portal_app;
