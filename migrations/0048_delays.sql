-- How late a doctor runs today. One row per doctor, which says nothing once `ends_at` is past.
CREATE TABLE doctor_delays (
  doctor_id uuid PRIMARY KEY REFERENCES doctors (user_id),
  minutes integer NOT NULL CHECK (minutes BETWEEN 0 AND 480),
  set_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL
);

-- The delay that the patient of an appointment was last told. It counts as long as doctor and start are the same.
CREATE TABLE delay_notices (
  appointment_id uuid PRIMARY KEY REFERENCES appointments (id) ON DELETE CASCADE,
  doctor_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  minutes integer NOT NULL,
  told_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON doctor_delays, delay_notices TO patient_portal_app;
