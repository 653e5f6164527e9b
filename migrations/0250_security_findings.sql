-- What the detection has found: addresses, accounts and people of the clinic that act unusually (ADR 0290). The version before knows none.
CREATE TABLE security_findings (
  id uuid PRIMARY KEY,
  rule text NOT NULL CHECK (char_length(rule) <= 64),
  severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high')),
  subject_kind text NOT NULL CHECK (subject_kind IN ('address', 'account', 'staff')),
  -- Whose account it is about; NULL: it is about an address.
  person_id uuid,
  -- Keyed hash of the address, as the audit log finds it. The address itself is sealed under a key of the finding's own.
  address_index bytea,
  address bytea,
  count integer NOT NULL CHECK (count > 0),
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  raised_at timestamptz NOT NULL,
  reaction text NOT NULL CHECK (reaction IN ('none', 'block', 'step_up', 'end_sessions')),
  -- When administrators got a mail about it.
  told_at timestamptz,
  closed_at timestamptz,
  closed_by uuid,
  note bytea,
  version integer NOT NULL,
  CONSTRAINT security_findings_sealed CHECK (is_sealed(address) AND is_sealed(note)),
  CONSTRAINT security_findings_subject CHECK ((person_id IS NULL) = (subject_kind = 'address') AND (address_index IS NULL) = (person_id IS NOT NULL))
);
-- Two processes that find the same at once: one of them raises it.
CREATE UNIQUE INDEX security_findings_open_address ON security_findings (rule, address_index) WHERE closed_at IS NULL AND address_index IS NOT NULL;
CREATE UNIQUE INDEX security_findings_open_person ON security_findings (rule, person_id) WHERE closed_at IS NULL AND person_id IS NOT NULL;
CREATE INDEX security_findings_by_address ON security_findings (address_index, rule, raised_at) WHERE address_index IS NOT NULL;
CREATE INDEX security_findings_by_person ON security_findings (person_id, rule, raised_at) WHERE person_id IS NOT NULL;
CREATE INDEX security_findings_open ON security_findings (id) WHERE closed_at IS NULL;
CREATE INDEX security_findings_closed ON security_findings (id) WHERE closed_at IS NOT NULL;
CREATE INDEX security_findings_by_rule ON security_findings (rule, id);
CREATE INDEX security_findings_by_severity ON security_findings (severity, id);
CREATE INDEX security_findings_untold ON security_findings (raised_at) WHERE told_at IS NULL AND closed_at IS NULL;
CREATE INDEX security_findings_told ON security_findings (told_at) WHERE told_at IS NOT NULL;
CREATE INDEX security_findings_by_age ON security_findings (last_seen_at);

-- The key of a finding ends with it.
CREATE TRIGGER security_findings_forgotten AFTER DELETE ON security_findings FOR EACH ROW EXECUTE FUNCTION forget_block_key();

GRANT SELECT, INSERT, UPDATE, DELETE ON security_findings TO patient_portal_app;
