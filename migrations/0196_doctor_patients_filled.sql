-- Outside a transaction
-- The patients of the appointments that were there before, in the order of their ids. Patients are locked as batches lock them, so that no
-- appointment is missed. A patient of whom there is a row is complete: the trigger adds all rows at the first change.
WITH next AS MATERIALIZED (
  SELECT u.id FROM users u WHERE u.id > (SELECT f.after FROM doctor_patients_fill f) ORDER BY u.id LIMIT 1000 FOR NO KEY UPDATE
), filled AS (
  INSERT INTO doctor_patients (doctor_id, patient_id, last_starts_at)
  SELECT d.doctor_id, d.patient_id, d.last_starts_at FROM next n CROSS JOIN LATERAL doctors_of_patient(n.id, '{}') d
  ON CONFLICT (patient_id, doctor_id) DO NOTHING
)
UPDATE doctor_patients_fill SET after = n.id FROM (SELECT id FROM next ORDER BY id DESC LIMIT 1) n RETURNING 1;
