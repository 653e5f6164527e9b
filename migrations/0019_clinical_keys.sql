-- Clinical text is the clinic's to keep (GDPR Art. 17(3)): it is sealed under a key of its own for each patient, which
-- outlives the account and ends with the retention (ADR 0108). The wrapped key is a row of data_keys.
CREATE TABLE clinical_keys (
  patient_id uuid PRIMARY KEY REFERENCES users (id),
  key_id uuid NOT NULL UNIQUE,
  created_at timestamptz NOT NULL,
  -- What is needed to find the record once the account is erased, sealed under the clinical key.
  name bytea,
  date_of_birth bytea,
  erased_at timestamptz,
  -- A legal hold: nothing is destroyed while it lasts.
  held_at timestamptz,
  held_by uuid,
  hold_reason bytea,
  CHECK ((held_at IS NULL) = (hold_reason IS NULL)),
  CONSTRAINT clinical_keys_sealed CHECK (is_sealed(name) AND is_sealed(date_of_birth) AND is_sealed(hold_reason))
);
CREATE INDEX clinical_keys_erased ON clinical_keys (patient_id) WHERE erased_at IS NOT NULL;
CREATE INDEX appointments_by_patient_end ON appointments (patient_id, ends_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON clinical_keys TO patient_portal_app;
