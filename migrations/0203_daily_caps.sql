-- How many messages of a channel may leave in a day of the clinic. NULL: any number. The version before sends without looking at it, and does not count.
ALTER TABLE clinic_settings
  ADD COLUMN email_daily_cap integer CONSTRAINT clinic_settings_email_daily_cap CHECK (email_daily_cap > 0),
  ADD COLUMN sms_daily_cap integer CONSTRAINT clinic_settings_sms_daily_cap CHECK (sms_daily_cap > 0),
  ADD COLUMN push_daily_cap integer CONSTRAINT clinic_settings_push_daily_cap CHECK (push_daily_cap > 0);

-- How many deliveries of a channel were begun on a day of the clinic. `told`: the share of the cap, in percent, of which administrators were told.
CREATE TABLE sending_days (
  channel text NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
  date date NOT NULL,
  used integer NOT NULL DEFAULT 0,
  told smallint NOT NULL DEFAULT 0 CHECK (told IN (0, 80, 100)),
  PRIMARY KEY (channel, date)
);

-- The day on which the delivery of a job was counted: its further attempts are not.
ALTER TABLE outbox ADD COLUMN counted_on date;

GRANT SELECT, INSERT, UPDATE, DELETE ON sending_days TO patient_portal_app;
