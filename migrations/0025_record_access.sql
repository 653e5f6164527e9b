-- Emergency access: a doctor without a relation opens a patient's record for a few hours, with a reason that is reviewed.
CREATE TABLE emergency_accesses (
  id uuid PRIMARY KEY,
  doctor_id uuid NOT NULL REFERENCES users (id),
  patient_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  reason bytea NOT NULL,
  opened_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  reviewed_at timestamptz,
  reviewed_by uuid,
  verdict text CHECK (verdict IN ('justified', 'not_justified')),
  CONSTRAINT emergency_accesses_sealed CHECK (is_sealed(reason)),
  CHECK (expires_at > opened_at),
  CHECK ((reviewed_at IS NULL) = (verdict IS NULL) AND (reviewed_at IS NULL) = (reviewed_by IS NULL))
);
CREATE INDEX emergency_accesses_unreviewed ON emergency_accesses (opened_at DESC, id DESC) WHERE reviewed_at IS NULL;
CREATE INDEX emergency_accesses_by_patient ON emergency_accesses (patient_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON emergency_accesses TO patient_portal_app;

-- Restriction (GDPR Art. 18) and objection (Art. 21): at most one of each kind is in force for a person.
CREATE TABLE processing_limits (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('restriction', 'objection')),
  ground text NOT NULL CHECK (ground ~ '^[a-z_]{1,40}$'),
  set_at timestamptz NOT NULL,
  set_by uuid NOT NULL,
  lifted_at timestamptz,
  lifted_by uuid,
  CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
);
CREATE UNIQUE INDEX processing_limits_in_force ON processing_limits (user_id, kind) WHERE lifted_at IS NULL;
CREATE INDEX processing_limits_by_person ON processing_limits (user_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON processing_limits TO patient_portal_app;
