-- What the clinic says of itself, and the limits that it has chosen: one row. A limit that is NULL is not chosen yet: the value
-- from the environment applies, as it does in the version before.
CREATE TABLE clinic_settings (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  name text CHECK (length(name) BETWEEN 1 AND 100),
  street text,
  city text,
  state text,
  postal_code text,
  country text CHECK (country ~ '^[A-Z]{2}$'),
  phone text,
  email text,
  timezone text NOT NULL DEFAULT 'UTC',
  video_link text CHECK (video_link ~ '^https://'),
  primary_colour text CHECK (primary_colour ~ '^#[0-9a-f]{6}$'),
  on_primary_colour text CHECK (on_primary_colour ~ '^#[0-9a-f]{6}$'),
  welcome text,
  imprint text,
  mail_footer text,
  cancel_notice_minutes integer CHECK (cancel_notice_minutes BETWEEN 0 AND 43200),
  reschedule_notice_minutes integer CHECK (reschedule_notice_minutes BETWEEN 0 AND 43200),
  maximum_reschedules integer CHECK (maximum_reschedules BETWEEN 0 AND 100),
  check_in_opens_minutes integer CHECK (check_in_opens_minutes BETWEEN 0 AND 43200),
  no_show_after_minutes integer CHECK (no_show_after_minutes BETWEEN 0 AND 1440),
  offer_minutes integer CHECK (offer_minutes BETWEEN 1 AND 10080),
  parental_age_limit integer CHECK (parental_age_limit BETWEEN 1 AND 150),
  updated_at timestamptz NOT NULL DEFAULT now(),
  version integer NOT NULL DEFAULT 1,
  CHECK ((primary_colour IS NULL) = (on_primary_colour IS NULL))
);
INSERT INTO clinic_settings DEFAULT VALUES;

GRANT SELECT, UPDATE ON clinic_settings TO patient_portal_app;
