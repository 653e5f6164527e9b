-- Documents of persons. Bytes are in file storage, as sealed parts; a row here says that they exist (ADR 0244, 0245).
-- The version before does not know these tables.
CREATE TABLE files (
  id uuid PRIMARY KEY,
  -- Whom it is about.
  patient_id uuid NOT NULL REFERENCES users,
  uploaded_by uuid NOT NULL,
  -- Who is responsible for it: the person, or the clinic, whose records have a retention of their own.
  origin text NOT NULL CHECK (origin IN ('own', 'clinic')),
  kind text NOT NULL CHECK (kind IN ('medical_record', 'lab_result', 'prescription', 'imaging', 'insurance', 'other')),
  state text NOT NULL CHECK (state IN ('uploading', 'scanning', 'clean', 'infected', 'unscannable')),
  -- As declared while it is uploaded, as found in the bytes afterwards.
  mime_type text NOT NULL CHECK (char_length(mime_type) <= 200),
  -- Reserved while it is uploaded.
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  appointment_id uuid REFERENCES appointments ON DELETE SET NULL,
  tag_hashes bytea[] NOT NULL DEFAULT '{}' CHECK (cardinality(tag_hashes) <= 20),
  -- Name, description, tags, hash and what a scanner found, and the key of the bytes: under the person's key, or under the clinical one.
  details bytea,
  file_key bytea,
  clinical_details bytea,
  clinical_file_key bytea,
  created_at timestamptz NOT NULL,
  completed_at timestamptz,
  scanned_at timestamptz,
  deleted_at timestamptz,
  -- Until when parts may be stored.
  upload_expires_at timestamptz NOT NULL,
  version integer NOT NULL,
  CHECK ((completed_at IS NULL) = (state = 'uploading')),
  CHECK (deleted_at IS NULL OR completed_at IS NOT NULL),
  CHECK ((details IS NOT NULL) = (origin = 'own') AND (file_key IS NOT NULL) = (origin = 'own')),
  CHECK ((clinical_details IS NOT NULL) = (origin = 'clinic') AND (clinical_file_key IS NOT NULL) = (origin = 'clinic')),
  CONSTRAINT files_sealed CHECK (is_sealed(details) AND is_sealed(file_key) AND is_sealed(clinical_details)
    AND is_sealed(clinical_file_key))
);
CREATE INDEX files_by_owner ON files (patient_id, created_at DESC, id DESC) WHERE completed_at IS NOT NULL;
CREATE INDEX files_by_appointment ON files (appointment_id) WHERE appointment_id IS NOT NULL;
CREATE INDEX files_uploading ON files (upload_expires_at) WHERE completed_at IS NULL;
CREATE INDEX files_deleted ON files (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX files_quarantined ON files (id) WHERE state IN ('scanning', 'infected', 'unscannable');

-- The parts that make a file.
CREATE TABLE file_parts (
  file_id uuid NOT NULL REFERENCES files ON DELETE CASCADE,
  -- From 1.
  number integer NOT NULL CHECK (number >= 1),
  -- Which of several objects that were stored for the part.
  attempt text NOT NULL CHECK (attempt ~ '^[0-9a-f]{16}$'),
  header bytea NOT NULL CHECK (octet_length(header) = 40),
  -- Before sealing.
  size_bytes integer NOT NULL CHECK (size_bytes BETWEEN 0 AND 8388608),
  PRIMARY KEY (file_id, number)
);

-- Which objects may exist for an upload. A row is committed before its first object is stored.
CREATE TABLE file_attempts (
  file_id uuid NOT NULL REFERENCES files ON DELETE CASCADE,
  attempt text NOT NULL CHECK (attempt ~ '^[0-9a-f]{16}$'),
  first_part integer NOT NULL CHECK (first_part >= 1),
  last_part integer NOT NULL CHECK (last_part >= first_part),
  PRIMARY KEY (file_id, attempt)
);

-- Files without a row in `files` whose objects may still exist.
CREATE TABLE file_purges (
  file_id uuid PRIMARY KEY,
  -- From then on no upload can store another object of it.
  settled_at timestamptz NOT NULL,
  -- Whether the objects that existed when the row was deleted are deleted.
  emptied boolean NOT NULL DEFAULT false
);
CREATE INDEX file_purges_unfinished ON file_purges (settled_at, file_id);

-- What a person's own files take.
CREATE TABLE file_usage (
  patient_id uuid PRIMARY KEY,
  reserved_bytes bigint NOT NULL CHECK (reserved_bytes >= 0),
  used_bytes bigint NOT NULL CHECK (used_bytes >= 0),
  files integer NOT NULL CHECK (files >= 0)
);

-- What all files take, in 16 rows, so that uploads of different persons seldom wait for each other.
CREATE TABLE clinic_file_usage (
  shard smallint PRIMARY KEY CHECK (shard BETWEEN 0 AND 15),
  bytes bigint NOT NULL CHECK (bytes >= 0)
);
INSERT INTO clinic_file_usage SELECT shard, 0 FROM generate_series(0, 15) shard;

-- Counts every row of `files`, whoever adds, changes or deletes it, and notes the objects of a deleted row for the purge.
CREATE FUNCTION count_files() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    IF OLD.origin = 'own' THEN
      UPDATE file_usage SET files = files - 1,
        reserved_bytes = reserved_bytes - CASE WHEN OLD.completed_at IS NULL THEN OLD.size_bytes ELSE 0 END,
        used_bytes = used_bytes - CASE WHEN OLD.completed_at IS NULL THEN 0 ELSE OLD.size_bytes END
      WHERE patient_id = OLD.patient_id;
    END IF;
    UPDATE clinic_file_usage SET bytes = bytes - OLD.size_bytes
    WHERE shard = get_byte(uuid_send(OLD.patient_id), 15) % 16;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    IF NEW.origin = 'own' THEN
      INSERT INTO file_usage AS u (patient_id, reserved_bytes, used_bytes, files)
      VALUES (NEW.patient_id, CASE WHEN NEW.completed_at IS NULL THEN NEW.size_bytes ELSE 0 END,
        CASE WHEN NEW.completed_at IS NULL THEN 0 ELSE NEW.size_bytes END, 1)
      ON CONFLICT (patient_id) DO UPDATE SET files = u.files + 1,
        reserved_bytes = u.reserved_bytes + excluded.reserved_bytes, used_bytes = u.used_bytes + excluded.used_bytes;
    END IF;
    UPDATE clinic_file_usage SET bytes = bytes + NEW.size_bytes
    WHERE shard = get_byte(uuid_send(NEW.patient_id), 15) % 16;
  ELSE
    -- Ten minutes more, for objects that were being stored at the end of the upload.
    INSERT INTO file_purges (file_id, settled_at) VALUES (OLD.id, OLD.upload_expires_at + interval '10 minutes')
    ON CONFLICT (file_id) DO NOTHING;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER files_counted AFTER INSERT OR DELETE OR UPDATE OF patient_id, size_bytes, completed_at ON files
  FOR EACH ROW EXECUTE FUNCTION count_files();

GRANT SELECT, INSERT, UPDATE, DELETE ON files, file_parts, file_attempts, file_purges, file_usage TO patient_portal_app;
GRANT SELECT, UPDATE ON clinic_file_usage TO patient_portal_app;
