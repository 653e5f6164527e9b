-- One visit that was entered in two records which were merged since: its patient is in another appointment at this start. The constraint
-- does not count the patient of this row then, so the merge is possible; at another start it does. Set together with patient_id, at whose
-- change the trigger fires.
ALTER TABLE appointments ADD COLUMN doubled_at timestamptz;
-- The alias's appointments that a merge has marked so; its undoing takes the mark away.
ALTER TABLE patient_merges ADD COLUMN doubled uuid[] NOT NULL DEFAULT '{}';

CREATE OR REPLACE FUNCTION keep_participants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    DELETE FROM appointment_participants p
    WHERE p.appointment_id = NEW.id
      AND ((p.role = 'doctor' AND p.user_id = OLD.doctor_id AND OLD.doctor_id <> NEW.doctor_id)
        OR (p.role = 'patient' AND p.user_id = OLD.patient_id AND OLD.patient_id IS DISTINCT FROM NEW.patient_id));
  END IF;
  INSERT INTO appointment_participants AS p (appointment_id, role, user_id, busy, active, occupancy, lane)
  SELECT NEW.id, r.role, r.user_id, r.busy, NEW.status NOT IN ('cancelled', 'no_show') AND r.counts, r.occupancy, r.lane
  FROM (VALUES
    ('doctor', NEW.doctor_id, NEW.busy, coalesce(NEW.occupancy, NEW.id), NEW.lane, true),
    ('patient', NEW.patient_id, tstzrange(NEW.starts_at, NEW.ends_at), NEW.id, 0::smallint,
      NEW.doubled_at IS DISTINCT FROM NEW.starts_at)
  ) r (role, user_id, busy, occupancy, lane, counts)
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
