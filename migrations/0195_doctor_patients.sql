-- Who of the clinic has which patients, with the last appointment of each: the list of appointments of a doctor is found by it (ADR 0249).
-- A copy, kept by triggers, of appointments, of additional doctors and of who registered a patient. It lists the patients who have an
-- appointment; holds are none. Triggers keep it for the version before too, which does not know of it.
CREATE TABLE doctor_patients (
  -- Or who else registered the patient, and may become a doctor. Without a foreign key, like users.registered_by.
  doctor_id uuid NOT NULL,
  patient_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- Of the patient, with whomever.
  last_starts_at timestamptz NOT NULL,
  PRIMARY KEY (patient_id, doctor_id)
);
CREATE INDEX doctor_patients_by_last ON doctor_patients (doctor_id, last_starts_at, patient_id);

-- The rows that the patient should have, of the doctors in `met` and of those who have a row; of all doctors while none has one.
-- Volatile, so that it sees what was committed until the caller had locked the patient. Planning its last query for each patient would
-- take ten times as long as running it.
CREATE FUNCTION doctors_of_patient(patient uuid, met uuid[]) RETURNS SETOF doctor_patients LANGUAGE plpgsql
SET search_path = pg_catalog, public SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  last_start timestamptz;
  kept uuid[];
BEGIN
  SELECT max(a.starts_at) INTO last_start FROM appointments a WHERE a.patient_id = patient AND a.status <> 'held';
  IF last_start IS NULL THEN
    RETURN;
  END IF;
  kept := ARRAY(SELECT k.doctor_id FROM doctor_patients k WHERE k.patient_id = patient);
  IF kept = '{}' THEN
    met := ARRAY(
      SELECT a.doctor_id FROM appointments a WHERE a.patient_id = patient AND a.status <> 'held'
      UNION SELECT x.user_id FROM appointments a JOIN appointment_participants x ON x.appointment_id = a.id
        WHERE a.patient_id = patient AND x.additional
      UNION SELECT u.registered_by FROM users u WHERE u.id = patient
    );
  END IF;
  RETURN QUERY SELECT d.id, patient, last_start FROM (SELECT unnest(kept) UNION SELECT unnest(met)) d (id)
    WHERE (SELECT true FROM appointments a WHERE a.doctor_id = d.id AND a.patient_id = patient AND a.status <> 'held' LIMIT 1)
      OR d.id = (SELECT u.registered_by FROM users u WHERE u.id = patient)
      OR (SELECT true FROM appointments a JOIN appointment_participants x ON x.appointment_id = a.id
        WHERE a.patient_id = patient AND x.participant_id = d.id AND x.additional LIMIT 1);
END $$;

-- Batches that add, move or merge appointments have locked the patient already.
CREATE FUNCTION keep_doctor_patients(patient uuid, met uuid[]) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM FROM users u WHERE u.id = patient FOR NO KEY UPDATE;
  WITH now AS MATERIALIZED (SELECT * FROM doctors_of_patient(patient, met)), gone AS (
    DELETE FROM doctor_patients k WHERE k.patient_id = patient AND NOT EXISTS (SELECT FROM now n WHERE n.doctor_id = k.doctor_id)
  )
  INSERT INTO doctor_patients AS k SELECT * FROM now
  ON CONFLICT (patient_id, doctor_id) DO UPDATE SET last_starts_at = excluded.last_starts_at
    WHERE k.last_starts_at <> excluded.last_starts_at;
END $$;

CREATE FUNCTION keep_patients_of_appointment() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP <> 'DELETE' AND NEW.status <> 'held' THEN
    PERFORM keep_doctor_patients(NEW.patient_id, NEW.doctor_id || ARRAY(
      SELECT x.user_id FROM appointment_participants x WHERE x.appointment_id = NEW.id AND x.additional));
  END IF;
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.patient_id <> NEW.patient_id) THEN
    PERFORM keep_doctor_patients(OLD.patient_id, '{}');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER appointments_patients_booked AFTER INSERT ON appointments
  FOR EACH ROW WHEN (NEW.status <> 'held') EXECUTE FUNCTION keep_patients_of_appointment();
CREATE TRIGGER appointments_patients_moved AFTER UPDATE OF doctor_id, patient_id, starts_at, status ON appointments
  FOR EACH ROW WHEN (ROW(OLD.doctor_id, OLD.patient_id, OLD.starts_at, OLD.status = 'held')
    IS DISTINCT FROM ROW(NEW.doctor_id, NEW.patient_id, NEW.starts_at, NEW.status = 'held'))
  EXECUTE FUNCTION keep_patients_of_appointment();
CREATE TRIGGER appointments_patients_gone AFTER DELETE ON appointments
  FOR EACH ROW WHEN (OLD.status <> 'held') EXECUTE FUNCTION keep_patients_of_appointment();

CREATE FUNCTION keep_patients_of_additional() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  changed appointment_participants := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  PERFORM keep_doctor_patients(a.patient_id, ARRAY[changed.user_id]) FROM appointments a
  WHERE a.id = changed.appointment_id AND a.status <> 'held';
  RETURN NULL;
END $$;
CREATE TRIGGER participants_patients_met AFTER INSERT ON appointment_participants
  FOR EACH ROW WHEN (NEW.additional) EXECUTE FUNCTION keep_patients_of_additional();
CREATE TRIGGER participants_patients_left AFTER DELETE ON appointment_participants
  FOR EACH ROW WHEN (OLD.additional) EXECUTE FUNCTION keep_patients_of_additional();

CREATE FUNCTION keep_patients_of_registrar() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM keep_doctor_patients(NEW.id, ARRAY[NEW.registered_by]);
  RETURN NULL;
END $$;
CREATE TRIGGER users_patients_registered AFTER UPDATE OF registered_by ON users
  FOR EACH ROW WHEN (OLD.registered_by IS DISTINCT FROM NEW.registered_by) EXECUTE FUNCTION keep_patients_of_registrar();

-- How far migration 0196 has come.
CREATE TABLE doctor_patients_fill (after uuid NOT NULL);
INSERT INTO doctor_patients_fill VALUES ('00000000-0000-0000-0000-000000000000');

GRANT SELECT, INSERT, UPDATE, DELETE ON doctor_patients TO patient_portal_app;
