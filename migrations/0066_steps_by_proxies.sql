-- Steps of an appointment that a proxy of the patient made.
ALTER TABLE appointment_steps
  DROP CONSTRAINT appointment_steps_by_kind_check,
  ADD CONSTRAINT appointment_steps_by_kind_check
    CHECK (by_kind IN ('patient', 'proxy', 'doctor', 'staff', 'admin', 'system')) NOT VALID;
