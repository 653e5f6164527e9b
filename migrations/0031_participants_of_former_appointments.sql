-- Outside a transaction
-- The participants of the appointments that were there before. The trigger keeps those that change meanwhile.
INSERT INTO appointment_participants (appointment_id, role, user_id, busy, active, occupancy, lane)
SELECT a.id, r.role, r.user_id, r.busy, a.status NOT IN ('cancelled', 'no_show'), a.id, 0
FROM appointments a
CROSS JOIN LATERAL (VALUES
  ('doctor', a.doctor_id, a.busy),
  ('patient', a.patient_id, tstzrange(a.starts_at, a.ends_at))
) r (role, user_id, busy)
WHERE r.user_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM appointment_participants p WHERE p.appointment_id = a.id AND p.role = r.role)
LIMIT 5000
ON CONFLICT (appointment_id, role, participant_id) DO NOTHING
RETURNING 1;
CREATE INDEX CONCURRENTLY IF NOT EXISTS appointments_by_occupancy ON appointments (occupancy) WHERE occupancy IS NOT NULL;
