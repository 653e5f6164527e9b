-- The constraints of the participants take over. They get the names of the former ones, so that the version before reads
-- the same refusal.
ALTER TABLE appointments
  DROP CONSTRAINT appointments_doctor_overlap,
  DROP CONSTRAINT appointments_patient_overlap;
ALTER TABLE appointment_participants RENAME CONSTRAINT participants_occupied TO appointments_doctor_overlap;
ALTER TABLE appointment_participants RENAME CONSTRAINT participants_patient TO appointments_patient_overlap;
ALTER TABLE appointment_participants RENAME CONSTRAINT participants_lane TO appointments_lane_taken;
