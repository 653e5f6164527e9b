-- Where a doctor works, where an appointment takes place and what it takes there, and how patient and doctor meet.
-- Hours of the version before have no location; its appointments have none either, and take no room.
ALTER TABLE availability_rules ADD COLUMN location_id uuid REFERENCES locations (id);

ALTER TABLE appointment_types
  ADD COLUMN requires text[] NOT NULL DEFAULT '{}',
  ADD COLUMN visit_modes text[] NOT NULL DEFAULT '{in_person}';
ALTER TABLE appointment_types ADD CONSTRAINT appointment_types_requires_known
  CHECK (requires <@ ARRAY['room', 'device']) NOT VALID;
ALTER TABLE appointment_types ADD CONSTRAINT appointment_types_visit_modes_known
  CHECK (visit_modes <@ ARRAY['in_person', 'video', 'phone'] AND cardinality(visit_modes) > 0) NOT VALID;

-- NULL: in person, without a location.
ALTER TABLE appointments
  ADD COLUMN location_id uuid REFERENCES locations (id),
  ADD COLUMN visit_mode text;
ALTER TABLE appointments ADD CONSTRAINT appointments_visit_mode_known
  CHECK (visit_mode IN ('in_person', 'video', 'phone')) NOT VALID;

-- Where the doctor's patients meet the doctor by video.
ALTER TABLE doctors ADD COLUMN video_link text;
ALTER TABLE doctors ADD CONSTRAINT doctors_video_link_https CHECK (video_link ~ '^https://') NOT VALID;
