-- The Merkle log over all chains. An event is queued for sealing in the batch that appends it; the sealer moves what is
-- queued into the log. The application may only do so through audit_seal(), which can append and nothing else.

CREATE TABLE audit_unsealed (
  -- Taken while the stream's head is locked, so it grows along each chain.
  place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream text NOT NULL,
  sequence bigint NOT NULL
);

CREATE TABLE audit_leaves (
  leaf_index bigint PRIMARY KEY CHECK (leaf_index >= 0),
  stream text NOT NULL,
  sequence bigint NOT NULL,
  CONSTRAINT audit_leaves_event_key UNIQUE (stream, sequence)
);

-- C2SP tlog-tiles of height 8. A tile that is not full is replaced by a wider one that begins with the same hashes.
CREATE TABLE audit_tiles (
  level smallint NOT NULL CHECK (level BETWEEN 0 AND 7),
  index bigint NOT NULL CHECK (index >= 0),
  width smallint NOT NULL CHECK (width BETWEEN 1 AND 256),
  hashes bytea NOT NULL,
  PRIMARY KEY (level, index),
  CHECK (octet_length(hashes) = width * 32)
);
CREATE INDEX audit_tiles_at_the_edge ON audit_tiles (level) WHERE width < 256;

-- One row: where the log stands. Its origin is fixed with the first leaf, for it names the keys that sign it.
CREATE TABLE audit_log (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  origin text,
  size bigint NOT NULL,
  root bytea NOT NULL CHECK (octet_length(root) = 32)
);
INSERT INTO audit_log (origin, size, root) VALUES (NULL, 0, sha256(''::bytea));

CREATE TABLE audit_checkpoints (
  size bigint PRIMARY KEY CHECK (size > 0),
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  note text NOT NULL,
  created_at timestamptz NOT NULL,
  -- When a copy was put into file storage.
  published_at timestamptz
);
CREATE INDEX audit_checkpoints_unpublished ON audit_checkpoints (size) WHERE published_at IS NULL;

CREATE OR REPLACE FUNCTION audit_append(stream_name text, event jsonb, digest bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  head audit_streams%ROWTYPE;
  next_hash bytea;
BEGIN
  INSERT INTO audit_streams (stream, sequence, head_hash)
  VALUES (stream_name, 0, sha256(convert_to(stream_name, 'UTF8')))
  ON CONFLICT DO NOTHING;
  SELECT * INTO STRICT head FROM audit_streams WHERE stream = stream_name FOR UPDATE;
  next_hash := sha256('\x00'::bytea || head.head_hash || int8send(head.sequence + 1) || digest);
  INSERT INTO audit_events (stream, sequence, id, event_type, event_category, severity, action, outcome, actor_kind,
    actor_id, session_id, request_id, resource_type, resource_id, phi_accessed, data_exported, details, error,
    personal, salt, occurred_at, previous_hash, current_hash)
  VALUES (stream_name, head.sequence + 1, (event->>'id')::uuid, event->>'type', event->>'category',
    event->>'severity', event->>'action', event->>'outcome', event->>'actorKind', (event->>'actorId')::uuid,
    (event->>'sessionId')::uuid, event->>'requestId', event->>'resourceType', event->>'resourceId',
    (event->>'phiAccessed')::boolean, (event->>'dataExported')::boolean, event->'details', event->>'error',
    decode(event->>'personal', 'hex'), decode(event->>'salt', 'hex'), (event->>'occurredAt')::timestamptz,
    head.head_hash, next_hash);
  INSERT INTO audit_unsealed (stream, sequence) VALUES (stream_name, head.sequence + 1);
  UPDATE audit_streams SET sequence = head.sequence + 1, head_hash = next_hash WHERE stream = stream_name;
END
$$;

INSERT INTO audit_unsealed (stream, sequence) SELECT stream, sequence FROM audit_events ORDER BY stream, sequence;

-- Moves events from the queue to the end of the log. Decided on a log of `expected_size` leaves: when it has grown since,
-- or somebody else has taken one of the events, the batch fails as stale and is decided again.
CREATE FUNCTION audit_seal(log_origin text, expected_size bigint, places bigint[], new_root bytea, tiles jsonb,
  checkpoint text, sealed_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  state audit_log%ROWTYPE;
  touched bigint;
BEGIN
  SELECT * INTO STRICT state FROM audit_log FOR UPDATE;
  PERFORM public.require_applied((state.size = expected_size AND coalesce(state.origin, log_origin) = log_origin)::int::bigint,
    'audit_log');

  WITH taken AS (DELETE FROM audit_unsealed WHERE place = ANY (places) RETURNING place, stream, sequence)
  INSERT INTO audit_leaves (leaf_index, stream, sequence)
  SELECT expected_size + p.ordinality - 1, t.stream, t.sequence
  FROM unnest(places) WITH ORDINALITY AS p (place, ordinality) JOIN taken t USING (place);
  GET DIAGNOSTICS touched = ROW_COUNT;
  PERFORM public.require_applied((touched = cardinality(places))::int::bigint, 'audit_unsealed');

  INSERT INTO audit_tiles AS known (level, index, width, hashes)
  SELECT (t->>'level')::smallint, (t->>'index')::bigint, (t->>'width')::smallint, decode(t->>'hashes', 'hex')
  FROM jsonb_array_elements(tiles) t
  ON CONFLICT (level, index) DO UPDATE SET width = excluded.width, hashes = excluded.hashes
  WHERE known.width < excluded.width AND substring(excluded.hashes FOR known.width * 32) = known.hashes;
  GET DIAGNOSTICS touched = ROW_COUNT;
  IF touched <> jsonb_array_length(tiles) THEN
    RAISE EXCEPTION 'a tile of the log would be rewritten' USING ERRCODE = 'integrity_constraint_violation';
  END IF;

  INSERT INTO audit_checkpoints (size, root, note, created_at)
  VALUES (expected_size + cardinality(places), new_root, checkpoint, sealed_at);
  UPDATE audit_log SET origin = log_origin, size = expected_size + cardinality(places), root = new_root;
END
$$;

CREATE FUNCTION audit_checkpoint_published(checkpoint_size bigint, published timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE audit_checkpoints SET published_at = published WHERE size = checkpoint_size AND published_at IS NULL
$$;

REVOKE ALL ON FUNCTION audit_seal(text, bigint, bigint[], bytea, jsonb, text, timestamptz),
  audit_checkpoint_published(bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_seal(text, bigint, bigint[], bytea, jsonb, text, timestamptz),
  audit_checkpoint_published(bigint, timestamptz) TO patient_portal_app;
GRANT SELECT ON audit_unsealed, audit_leaves, audit_tiles, audit_log, audit_checkpoints TO patient_portal_app;
