-- What a type of appointment rules beyond its length: who books it, which doctors offer it, same-day booking, limits of one
-- patient, and until when patients cancel and move. The version before ignores these rules.
ALTER TABLE appointment_types
  ADD COLUMN bookable_by text NOT NULL DEFAULT 'everyone',
  ADD COLUMN doctor_ids uuid[],
  ADD COLUMN same_day_from text,
  ADD COLUMN patient_open_limit integer,
  ADD COLUMN patient_daily_limit integer,
  ADD COLUMN patient_gap_days integer,
  ADD COLUMN cancel_notice_minutes integer,
  ADD COLUMN reschedule_notice_minutes integer;
ALTER TABLE appointment_types ADD CONSTRAINT appointment_types_bookable_by_known
  CHECK (bookable_by IN ('everyone', 'clinic')) NOT VALID;
ALTER TABLE appointment_types ADD CONSTRAINT appointment_types_doctor_ids_named
  CHECK (cardinality(doctor_ids) > 0) NOT VALID;
ALTER TABLE appointment_types ADD CONSTRAINT appointment_types_same_day_from_format
  CHECK (same_day_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$') NOT VALID;
ALTER TABLE appointment_types ADD CONSTRAINT appointment_types_patient_limits_positive
  CHECK (patient_open_limit > 0 AND patient_daily_limit > 0 AND patient_gap_days > 0) NOT VALID;
ALTER TABLE appointment_types ADD CONSTRAINT appointment_types_self_service_notice
  CHECK (cancel_notice_minutes >= 0 AND reschedule_notice_minutes >= 0) NOT VALID;

-- What the type said when the appointment was booked; NULL for what the clinic's settings say.
ALTER TABLE appointments
  ADD COLUMN cancel_notice_minutes integer,
  ADD COLUMN reschedule_notice_minutes integer,
  ADD COLUMN clinic_only boolean NOT NULL DEFAULT false;
