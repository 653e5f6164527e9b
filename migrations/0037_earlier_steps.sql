-- Outside a transaction
-- The steps of the appointments that were there before. The trigger adds them for those that change meanwhile.
INSERT INTO appointment_steps (appointment_id, version, status, at, by_kind)
SELECT a.id, e.version, e.status, e.at, e.by_kind
FROM (
  SELECT f.* FROM appointments f
  WHERE f.status <> 'held' AND NOT EXISTS (SELECT FROM appointment_steps s WHERE s.appointment_id = f.id)
  LIMIT 5000
) a
CROSS JOIN LATERAL (VALUES
  (true, 1, 'scheduled', a.created_at, CASE WHEN a.created_by = a.patient_id THEN 'patient' END),
  (false, a.version, a.status, coalesce(a.cancelled_at, a.updated_at), a.cancelled_by_kind)
) e (is_booking, version, status, at, by_kind)
WHERE e.is_booking OR e.status <> 'scheduled'
RETURNING 1;
