-- Which messages a person wants by which channel, when not, and how long before an appointment. No row: the defaults.
-- The version before does not know this table, and sends by e-mail what it sent before.
CREATE TABLE notification_preferences (
  user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  -- { category: { channel: true or false } }, without those that the person has left as they are.
  choices jsonb NOT NULL CHECK (jsonb_typeof(choices) = 'object'),
  -- Wall-clock times in the zone; NULL: no quiet hours. They go past midnight if they end before they begin.
  quiet_from text CHECK (quiet_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  quiet_to text CHECK (quiet_to ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  quiet_zone text CHECK (char_length(quiet_zone) <= 64),
  -- A list of numbers: before the start of an appointment, the longest first. Empty: no reminders.
  reminder_minutes jsonb NOT NULL,
  -- NULL: no text messages but codes.
  sms_consented_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version integer NOT NULL,
  CONSTRAINT notification_preferences_quiet_whole CHECK (num_nonnulls(quiet_from, quiet_to, quiet_zone) IN (0, 3)),
  CONSTRAINT notification_preferences_reminders
    CHECK (jsonb_typeof(reminder_minutes) = 'array' AND jsonb_array_length(reminder_minutes) <= 5)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON notification_preferences TO patient_portal_app;
