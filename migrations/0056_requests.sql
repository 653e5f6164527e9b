-- Types that need the approval of the clinic. What a patient books of them is `requested` until the clinic approves or declines.
-- The version before shows the status as it is, counts it as taken time, and refuses to change such appointments.
ALTER TABLE appointment_types ADD COLUMN requires_approval boolean NOT NULL DEFAULT false;

ALTER TABLE appointments ADD CONSTRAINT appointments_status_known CHECK (status IN ('held', 'requested', 'scheduled', 'confirmed',
  'arrived', 'roomed', 'in_progress', 'completed', 'left_without_being_seen', 'cancelled', 'no_show')) NOT VALID;
ALTER TABLE appointments DROP CONSTRAINT appointments_status;
