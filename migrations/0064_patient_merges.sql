-- Two records of one patient that were merged: what the alias had belongs to the survivor, and the alias is closed.
CREATE TABLE patient_merges (
  id uuid PRIMARY KEY,
  survivor_id uuid NOT NULL REFERENCES users (id),
  alias_id uuid NOT NULL REFERENCES users (id),
  -- What the alias was before; given back when the merge is undone.
  alias_status text NOT NULL CHECK (alias_status IN ('no_account', 'invited', 'active')),
  merged_by uuid NOT NULL,
  merged_at timestamptz NOT NULL,
  -- When the merge becomes final.
  undo_until timestamptz NOT NULL,
  undone_by uuid,
  undone_at timestamptz,
  CHECK (survivor_id <> alias_id),
  CHECK ((undone_at IS NULL) = (undone_by IS NULL))
);
-- A record is merged once, until that is undone.
CREATE UNIQUE INDEX patient_merges_alias_key ON patient_merges (alias_id) WHERE undone_at IS NULL;
CREATE INDEX patient_merges_by_survivor ON patient_merges (survivor_id, id);
CREATE INDEX patient_merges_by_alias ON patient_merges (alias_id, id);

-- The rows that changed hands, for the time in which the merge can be undone.
CREATE TABLE patient_merge_rows (
  merge_id uuid NOT NULL REFERENCES patient_merges (id) ON DELETE CASCADE,
  table_name text NOT NULL,
  row_id uuid NOT NULL,
  -- The columns that named the alias.
  columns text[] NOT NULL,
  PRIMARY KEY (merge_id, table_name, row_id)
);

-- The record that an alias was merged into. An alias is closed, so the version before treats it as a closed account.
ALTER TABLE users ADD COLUMN merged_into uuid;
ALTER TABLE users ADD CONSTRAINT users_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES users (id) NOT VALID;

GRANT SELECT, INSERT, UPDATE, DELETE ON patient_merges, patient_merge_rows TO patient_portal_app;
