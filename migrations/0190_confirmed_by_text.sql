-- Steps that were made by an answer to a text message.
ALTER TABLE appointment_steps
  DROP CONSTRAINT appointment_steps_channel_check,
  ADD CONSTRAINT appointment_steps_channel_check
    CHECK (channel IN ('web', 'phone', 'in_person', 'api', 'system', 'email', 'sms')) NOT VALID;
