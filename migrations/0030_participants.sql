-- Places, rooms and devices, and who and what takes part in an appointment or a hold.

CREATE TABLE locations (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  timezone text NOT NULL,
  street text,
  city text,
  state text,
  postal_code text,
  country text CHECK (country ~ '^[A-Z]{2}$'),
  phone text,
  directions text,
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  CONSTRAINT locations_name_key UNIQUE (name)
);

-- A room or a device of a location that an appointment takes for its time.
CREATE TABLE resources (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('room', 'device')),
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  location_id uuid NOT NULL REFERENCES locations (id),
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  CONSTRAINT resources_name_key UNIQUE (location_id, name)
);

-- Appointments that may overlap for one doctor share an occupancy and differ in their lane: a group session with several
-- places, or an overbooking. NULL: the appointment shares its time with none.
ALTER TABLE appointments
  ADD COLUMN occupancy uuid,
  ADD COLUMN lane smallint NOT NULL DEFAULT 0,
  -- Why the clinic placed it outside the rules or over taken time.
  ADD COLUMN exception_reason bytea;
ALTER TABLE appointments ADD CONSTRAINT appointments_lane_range CHECK (lane BETWEEN 0 AND 999) NOT VALID;
ALTER TABLE appointments ADD CONSTRAINT appointments_exception_sealed CHECK (is_sealed(exception_reason)) NOT VALID;

ALTER TABLE appointment_types ADD COLUMN capacity integer NOT NULL DEFAULT 1;
ALTER TABLE appointment_types ADD CONSTRAINT appointment_types_capacity_range CHECK (capacity BETWEEN 1 AND 500) NOT VALID;

-- `busy`, `active`, `occupancy` and `lane` are copies from the appointment, kept by a trigger, because an exclusion
-- constraint works within one table. A patient is busy without the buffers.
CREATE TABLE appointment_participants (
  appointment_id uuid NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('patient', 'doctor', 'room', 'device')),
  user_id uuid REFERENCES users (id),
  resource_id uuid REFERENCES resources (id),
  participant_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(user_id, resource_id)) STORED,
  busy tstzrange NOT NULL CHECK (NOT isempty(busy)),
  active boolean NOT NULL,
  occupancy uuid NOT NULL,
  lane smallint NOT NULL CHECK (lane BETWEEN 0 AND 999),
  PRIMARY KEY (appointment_id, role, participant_id),
  CHECK (num_nonnulls(user_id, resource_id) = 1),
  CHECK ((role IN ('patient', 'doctor')) = (user_id IS NOT NULL)),
  -- Only appointments of one occupancy overlap …
  CONSTRAINT participants_occupied
    EXCLUDE USING gist (participant_id WITH =, busy WITH &&, occupancy WITH <>) WHERE (active AND role <> 'patient'),
  -- … and each in a lane of its own.
  CONSTRAINT participants_lane
    EXCLUDE USING gist (participant_id WITH =, busy WITH &&, lane WITH =) WHERE (active AND role <> 'patient'),
  CONSTRAINT participants_patient
    EXCLUDE USING gist (participant_id WITH =, busy WITH &&) WHERE (active AND role = 'patient')
);

CREATE FUNCTION keep_participants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM appointment_participants p
    WHERE p.appointment_id = NEW.id
      AND ((p.role = 'doctor' AND p.user_id = OLD.doctor_id AND OLD.doctor_id <> NEW.doctor_id)
        OR (p.role = 'patient' AND p.user_id = OLD.patient_id AND OLD.patient_id IS DISTINCT FROM NEW.patient_id));
  END IF;
  INSERT INTO appointment_participants AS p (appointment_id, role, user_id, busy, active, occupancy, lane)
  SELECT NEW.id, r.role, r.user_id, r.busy, NEW.status NOT IN ('cancelled', 'no_show'), r.occupancy, r.lane
  FROM (VALUES
    ('doctor', NEW.doctor_id, NEW.busy, coalesce(NEW.occupancy, NEW.id), NEW.lane),
    ('patient', NEW.patient_id, tstzrange(NEW.starts_at, NEW.ends_at), NEW.id, 0::smallint)
  ) r (role, user_id, busy, occupancy, lane)
  WHERE r.user_id IS NOT NULL
  -- With its target: without one, an overlap would be swallowed too.
  ON CONFLICT (appointment_id, role, participant_id) DO UPDATE
    SET busy = excluded.busy, active = excluded.active, occupancy = excluded.occupancy, lane = excluded.lane;
  IF TG_OP = 'UPDATE' THEN
    UPDATE appointment_participants p SET busy = NEW.busy, active = NEW.status NOT IN ('cancelled', 'no_show')
    WHERE p.appointment_id = NEW.id AND (p.role IN ('room', 'device') OR (p.role = 'doctor' AND p.user_id <> NEW.doctor_id));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER appointments_participants
  AFTER INSERT OR UPDATE OF doctor_id, patient_id, starts_at, ends_at, busy, status, occupancy, lane ON appointments
  FOR EACH ROW EXECUTE FUNCTION keep_participants();

GRANT SELECT, INSERT, UPDATE, DELETE ON locations, resources, appointment_participants TO patient_portal_app;
