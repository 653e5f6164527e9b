-- A box of format 2 is bound to its row as well as to its table, column and person (ADR 0107). Boxes of format 1 stay
-- readable until `npm run migrate -- --bind-boxes` has sealed them anew; that command then makes this function refuse them.
CREATE OR REPLACE FUNCTION is_sealed(box bytea) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
'SELECT octet_length(box) >= 29 AND get_byte(box, 0) IN (1, 2)';

-- Which format is written, and which are read. An empty database has nothing of format 1, and no instance that needs it.
CREATE TABLE sealed_format (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  state text NOT NULL CHECK (state IN ('unbound', 'binding', 'bound'))
);
INSERT INTO sealed_format (state) SELECT CASE WHEN EXISTS (SELECT FROM data_keys) THEN 'unbound' ELSE 'bound' END;
GRANT SELECT ON sealed_format TO patient_portal_app;

-- Each damaged value is reported once, whoever meets it and however often.
CREATE TABLE damaged_records (
  table_name text NOT NULL,
  column_name text NOT NULL,
  row_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('altered', 'missing', 'unbound', 'key')),
  noticed_at timestamptz NOT NULL,
  PRIMARY KEY (table_name, column_name, row_id, kind)
);
GRANT SELECT, INSERT ON damaged_records TO patient_portal_app;
