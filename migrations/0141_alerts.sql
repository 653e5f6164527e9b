-- Alerts to many people: emergencies, and notices of a breach (GDPR Art. 34). Whom an alert is for is settled when it is made, and each
-- of them is told once. The version before knows neither: its jobs `alert.send` wait until this version takes them up.
ALTER TABLE notifications DROP CONSTRAINT notifications_category_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_category_check
  CHECK (category IN ('account', 'security', 'code', 'alert', 'appointment', 'reminder', 'message')) NOT VALID;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_category_check;

CREATE TABLE alerts (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('emergency', 'breach')),
  -- What it says, sealed under a key of the alert's own.
  words bytea NOT NULL CONSTRAINT alerts_sealed CHECK (is_sealed(words)),
  created_by uuid NOT NULL,
  created_at timestamptz NOT NULL,
  -- When the last one was told.
  finished_at timestamptz,
  version integer NOT NULL
);

CREATE TABLE alert_receivers (
  alert_id uuid NOT NULL REFERENCES alerts ON DELETE CASCADE,
  person_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  -- For whom the person acts; NULL: it concerns the person, or several for whom the person acts.
  about_id uuid,
  -- `unreachable`: has no account, and nobody acts for the person. The clinic has to call.
  state text NOT NULL CHECK (state IN ('pending', 'told', 'unreachable')),
  notification_id uuid,
  CONSTRAINT alert_receivers_pkey PRIMARY KEY (alert_id, person_id)
);
CREATE INDEX alert_receivers_by_state ON alert_receivers (alert_id, state, person_id);
CREATE INDEX alert_receivers_by_person ON alert_receivers (person_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON alerts, alert_receivers TO patient_portal_app;
