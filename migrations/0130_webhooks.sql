-- Outgoing webhooks (Standard Webhooks): addresses of the clinic's other systems, the events that were announced to them, and what
-- came of each. Events hold ids and versions only. The version before does not know these tables, and announces nothing.
CREATE TABLE webhook_endpoints (
  id uuid PRIMARY KEY,
  url text NOT NULL CHECK (char_length(url) BETWEEN 1 AND 2048),
  description text NOT NULL CHECK (char_length(description) <= 200),
  event_types text[] NOT NULL CHECK (cardinality(event_types) BETWEEN 1 AND 50),
  -- NULL while it is enabled.
  disabled_because text CHECK (disabled_because IN ('by_hand', 'gone', 'failing')),
  -- The secrets that sign, sealed under a key of the endpoint's own.
  secrets bytea NOT NULL CONSTRAINT webhook_endpoints_sealed CHECK (is_sealed(secrets)),
  former_secret_until timestamptz,
  -- The first failure since the last success, and how many there were.
  failing_since timestamptz,
  failures_in_row integer NOT NULL DEFAULT 0,
  -- It did not answer in time: nothing is sent before.
  rests_until timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version integer NOT NULL
);

-- An event that at least one endpoint had subscribed to when it happened. Its id is the `webhook-id` of every delivery.
CREATE TABLE webhook_events (
  id uuid PRIMARY KEY,
  type text NOT NULL CHECK (char_length(type) <= 64),
  data jsonb NOT NULL,
  occurred_at timestamptz NOT NULL
);
CREATE INDEX webhook_events_by_age ON webhook_events (occurred_at);

-- One event for one endpoint.
CREATE TABLE webhook_deliveries (
  id uuid PRIMARY KEY,
  endpoint_id uuid NOT NULL REFERENCES webhook_endpoints ON DELETE CASCADE,
  event_id uuid NOT NULL REFERENCES webhook_events ON DELETE CASCADE,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  -- Since it was made, or sent again by hand.
  attempts_of_round integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  given_up_because text CHECK (given_up_because IN ('endpoint_disabled', 'secret_unreadable')),
  created_at timestamptz NOT NULL,
  CHECK ((next_attempt_at IS NOT NULL) = (status = 'pending')),
  CHECK (given_up_because IS NULL OR status = 'failed')
);
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_by_status ON webhook_deliveries (endpoint_id, status, id);
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_id);
-- Those that can be sent again by hand.
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (endpoint_id, created_at, id) WHERE status = 'failed';

CREATE TABLE webhook_attempts (
  delivery_id uuid NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
  -- From 1.
  number integer NOT NULL,
  at timestamptz NOT NULL,
  -- NULL: there was no answer.
  status_code integer,
  duration_ms integer NOT NULL,
  -- NULL: it succeeded.
  reason text CHECK (reason IN ('status', 'redirected', 'gone', 'timeout', 'unreachable', 'address_refused')),
  CONSTRAINT webhook_attempts_pkey PRIMARY KEY (delivery_id, number)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints, webhook_events, webhook_deliveries, webhook_attempts TO patient_portal_app;
