-- What the clinic asked to do with the appointments that an absence, a change of hours or a transfer leaves without their time.
CREATE TABLE rebookings (
  id uuid PRIMARY KEY,
  doctor_id uuid NOT NULL REFERENCES doctors (user_id),
  action text NOT NULL CHECK (action IN ('cancel', 'move')),
  -- Whose free times are offered. NULL: those of the same doctor.
  to_doctor_id uuid REFERENCES doctors (user_id),
  -- To the patients, sealed under the key of the doctor, of whom it tells.
  message bytea,
  by_kind text NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT rebookings_sealed CHECK (is_sealed(message))
);
CREATE INDEX rebookings_by_doctor ON rebookings (doctor_id);
CREATE INDEX rebookings_by_other_doctor ON rebookings (to_doctor_id) WHERE to_doctor_id IS NOT NULL;

-- One row for each appointment. The batch that changes the appointment also changes its row, so that a job that begins again
-- continues where it stopped.
CREATE TABLE rebooked_appointments (
  rebooking_id uuid NOT NULL REFERENCES rebookings (id) ON DELETE CASCADE,
  appointment_id uuid NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
  state text NOT NULL CHECK (state IN ('pending', 'cancelled', 'offered', 'waiting', 'unchanged')),
  PRIMARY KEY (rebooking_id, appointment_id)
);
CREATE INDEX rebooked_appointments_pending ON rebooked_appointments (rebooking_id, appointment_id) WHERE state = 'pending';
CREATE INDEX rebooked_appointments_by_appointment ON rebooked_appointments (appointment_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON rebookings, rebooked_appointments TO patient_portal_app;
