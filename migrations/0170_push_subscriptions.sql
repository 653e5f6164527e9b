-- The devices that get push messages: browsers (Web Push) and installed apps (Firebase Cloud Messaging). One that ends is deleted.
CREATE TABLE push_subscriptions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- In which it was registered last. It ends when the session is signed out; sessions that ended by themselves are deleted later.
  session_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('web', 'fcm')),
  -- Where messages go, with the keys of the browser: sealed under the key of the person, so that the hash can be made anew.
  target bytea NOT NULL,
  target_index bytea NOT NULL CONSTRAINT push_subscriptions_target_key UNIQUE,
  label bytea NOT NULL,
  created_at timestamptz NOT NULL,
  registered_at timestamptz NOT NULL,
  last_used_at timestamptz,
  -- As the push service has said.
  expires_at timestamptz,
  CONSTRAINT push_subscriptions_sealed CHECK (is_sealed(target) AND is_sealed(label))
);
CREATE INDEX push_subscriptions_by_person ON push_subscriptions (user_id, id);
CREATE INDEX push_subscriptions_by_session ON push_subscriptions (session_id);
CREATE INDEX push_subscriptions_expiring ON push_subscriptions (expires_at) WHERE expires_at IS NOT NULL;

-- Of a push message: the device that it goes to. A device that has ended is no row any more.
ALTER TABLE deliveries ADD COLUMN subscription_id uuid;

GRANT SELECT, INSERT, UPDATE, DELETE ON push_subscriptions TO patient_portal_app;
