-- Small pictures of pictures, made in the background (ADR 0254). The version before leaves the new columns at their defaults;
-- the sweep queues what it has scanned.
ALTER TABLE files
  -- NULL: none were made yet, and none refused.
  ADD COLUMN thumbnails text CHECK (thumbnails IN ('ready', 'too_large', 'damaged', 'failed')),
  ADD COLUMN thumbnails_queued boolean NOT NULL DEFAULT false,
  -- The last attempt at making them, and until when its objects may appear.
  ADD COLUMN thumbnail_attempt text CHECK (thumbnail_attempt ~ '^[0-9a-f]{16}$'),
  ADD COLUMN thumbnail_until timestamptz,
  ADD CONSTRAINT files_thumbnail_attempt CHECK ((thumbnail_attempt IS NULL) = (thumbnail_until IS NULL));

CREATE TABLE file_thumbnails (
  file_id uuid NOT NULL REFERENCES files ON DELETE CASCADE,
  size text NOT NULL CHECK (size IN ('thumbnail', 'preview')),
  attempt text NOT NULL CHECK (attempt ~ '^[0-9a-f]{16}$'),
  header bytea NOT NULL CHECK (octet_length(header) = 40),
  -- Before sealing.
  size_bytes integer NOT NULL CHECK (size_bytes BETWEEN 1 AND 8388608),
  width integer NOT NULL CHECK (width >= 1),
  height integer NOT NULL CHECK (height >= 1),
  PRIMARY KEY (file_id, size)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON file_thumbnails TO patient_portal_app;

-- As before, and a purge waits for thumbnails that are being stored.
CREATE OR REPLACE FUNCTION count_files() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
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
    -- Ten minutes more, for objects that were being stored at the end of the upload, or of the making of thumbnails.
    INSERT INTO file_purges (file_id, settled_at)
    VALUES (OLD.id, greatest(OLD.upload_expires_at, OLD.thumbnail_until) + interval '10 minutes')
    ON CONFLICT (file_id) DO NOTHING;
  END IF;
  RETURN NULL;
END
$$;
