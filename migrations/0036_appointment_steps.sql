-- What cannot be found out later: when and by whom the status of an appointment was changed, and what reports need to know
-- of its booking.

-- One row for each change of status. Rows are only added. A batch names the actor in the settings `portal.step_by` and
-- `portal.step_channel`; the version before sets neither, and its rows say only what the appointment says.
CREATE TABLE appointment_steps (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  appointment_id uuid NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
  -- Of the appointment, from this change on.
  version integer NOT NULL CHECK (version > 0),
  status text NOT NULL,
  at timestamptz NOT NULL,
  -- NULL: not known.
  by_kind text CHECK (by_kind IN ('patient', 'doctor', 'staff', 'admin', 'system')),
  channel text CHECK (channel IN ('web', 'phone', 'in_person', 'api', 'system'))
);
CREATE INDEX appointment_steps_of ON appointment_steps (appointment_id, id);

-- NULL: booked by the version before, or earlier. `created_at` says when it was first booked.
ALTER TABLE appointments
  -- The patient's age in years when the appointment was to start.
  ADD COLUMN age_band text,
  -- Whether it was the patient's first appointment with this doctor.
  ADD COLUMN new_patient boolean,
  -- When it was to start before it was ever moved.
  ADD COLUMN first_starts_at timestamptz;
ALTER TABLE appointments
  ADD CONSTRAINT appointments_age_band CHECK (age_band IN ('0-17', '18-39', '40-64', '65-79', '80+')) NOT VALID;

CREATE FUNCTION keep_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NOT EXISTS (SELECT FROM appointment_steps s WHERE s.appointment_id = NEW.id) THEN
    -- An appointment from before this migration: what it tells of itself.
    INSERT INTO appointment_steps (appointment_id, version, status, at, by_kind)
    SELECT OLD.id, e.version, e.status, e.at, e.by_kind
    FROM (VALUES
      (true, 1, 'scheduled', OLD.created_at, CASE WHEN OLD.created_by = OLD.patient_id THEN 'patient' END),
      (false, OLD.version, OLD.status, coalesce(OLD.cancelled_at, OLD.updated_at), OLD.cancelled_by_kind)
    ) e (is_booking, version, status, at, by_kind)
    WHERE e.is_booking OR e.status <> 'scheduled';
  END IF;
  INSERT INTO appointment_steps (appointment_id, version, status, at, by_kind, channel)
  VALUES (
    NEW.id, NEW.version, NEW.status, NEW.updated_at,
    coalesce(nullif(current_setting('portal.step_by', true), ''),
      CASE
        WHEN NEW.status = 'cancelled' THEN NEW.cancelled_by_kind
        WHEN TG_OP = 'INSERT' AND NEW.created_by = NEW.patient_id THEN 'patient'
      END),
    nullif(current_setting('portal.step_channel', true), '')
  );
  RETURN NULL;
END $$;
CREATE TRIGGER appointments_first_step AFTER INSERT ON appointments
  FOR EACH ROW WHEN (NEW.status <> 'held') EXECUTE FUNCTION keep_steps();
CREATE TRIGGER appointments_steps AFTER UPDATE OF status ON appointments
  FOR EACH ROW WHEN (NEW.status <> 'held' AND NEW.status <> OLD.status) EXECUTE FUNCTION keep_steps();

CREATE FUNCTION keep_first_start() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.first_starts_at := NEW.starts_at;
  ELSIF OLD.reschedule_count = 0 THEN
    NEW.first_starts_at := OLD.starts_at;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER appointments_first_booked BEFORE INSERT ON appointments
  FOR EACH ROW WHEN (NEW.status <> 'held' AND NEW.first_starts_at IS NULL) EXECUTE FUNCTION keep_first_start();
CREATE TRIGGER appointments_first_moved BEFORE UPDATE OF starts_at ON appointments
  FOR EACH ROW WHEN (NEW.status <> 'held' AND OLD.first_starts_at IS NULL) EXECUTE FUNCTION keep_first_start();

GRANT SELECT, INSERT ON appointment_steps TO patient_portal_app;
