-- Who acts for a patient: a parent for a child, a carer for somebody in care.
CREATE TABLE proxies (
  id uuid PRIMARY KEY,
  patient_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- NULL: the patient named an address that has no account. The patient is not told that.
  person_id uuid REFERENCES users (id) ON DELETE CASCADE,
  -- The address that the patient named, sealed with the patient's key.
  person_email bytea,
  ground text NOT NULL CHECK (ground IN ('parent', 'guardian', 'carer', 'authorised')),
  origin text NOT NULL CHECK (origin IN ('clinic', 'consent')),
  -- What the clinic has seen, in its words, sealed with the patient's key.
  proof bytea,
  made_by uuid NOT NULL,
  created_at timestamptz NOT NULL,
  -- NULL until the person who is to act has accepted.
  accepted_at timestamptz,
  -- The end that was asked for, and the age in years at which a parent's authority ends: the earlier is `ends_at`.
  asked_until timestamptz,
  age_limit smallint CHECK (age_limit BETWEEN 1 AND 150),
  ends_at timestamptz,
  revoked_at timestamptz,
  revoked_by uuid,
  CONSTRAINT proxies_sealed CHECK (is_sealed(person_email) AND is_sealed(proof)),
  CHECK (person_id <> patient_id),
  CHECK (origin = 'consent' OR (proof IS NOT NULL AND person_id IS NOT NULL AND accepted_at IS NOT NULL)),
  CHECK (accepted_at IS NULL OR person_id IS NOT NULL)
);
CREATE UNIQUE INDEX proxies_live_key ON proxies (patient_id, person_id) WHERE revoked_at IS NULL AND accepted_at IS NOT NULL;
CREATE INDEX proxies_by_person ON proxies (person_id) WHERE revoked_at IS NULL;
CREATE INDEX proxies_by_patient ON proxies (patient_id, id) WHERE revoked_at IS NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON proxies TO patient_portal_app;
