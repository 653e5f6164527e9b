-- Links in mails by which a patient, or who acts for the patient, confirms an appointment without signing in. A link is for one message,
-- and works while the appointment is to begin when it was to begin as the message was written.
CREATE TABLE confirmation_links (
  token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
  notification_id uuid NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
  starts_at timestamptz NOT NULL,
  -- Of the appointment: a link does not work again once it was moved and moved back.
  reschedule_count integer NOT NULL,
  used_at timestamptz
);
CREATE INDEX confirmation_links_of_message ON confirmation_links (notification_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON confirmation_links TO patient_portal_app;

-- Steps that were made by a link in a mail.
ALTER TABLE appointment_steps
  DROP CONSTRAINT appointment_steps_channel_check,
  ADD CONSTRAINT appointment_steps_channel_check
    CHECK (channel IN ('web', 'phone', 'in_person', 'api', 'system', 'email')) NOT VALID;
