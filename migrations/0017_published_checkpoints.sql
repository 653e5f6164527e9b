-- Each published checkpoint gets a number and a copy in file storage under it, so that one that is removed, and a log that is
-- rolled back, are noticed. A log whose history was lost goes on under a new origin, for an origin must never sign two
-- histories (C2SP tlog-checkpoint).

ALTER TABLE audit_checkpoints
  -- Which origin of this portal signed it: 1 for the first.
  ADD COLUMN generation integer NOT NULL DEFAULT 1,
  -- 1, 2, 3 … under each origin. Null until it is published, and for those published before checkpoints had numbers.
  ADD COLUMN number bigint CHECK (number > 0);
CREATE UNIQUE INDEX audit_checkpoints_numbered ON audit_checkpoints (generation, number);

ALTER TABLE audit_log
  ADD COLUMN generation integer NOT NULL DEFAULT 1,
  -- Since when nothing is sealed, because a checkpoint is known that this log contradicts, and where that was found.
  ADD COLUMN stopped_at timestamptz,
  ADD COLUMN stopped_by text CHECK (stopped_by IN ('file_storage', 'witness')),
  ADD COLUMN stopped_checkpoint text;

-- One row for each origin after the first.
CREATE TABLE audit_origins (
  generation integer PRIMARY KEY CHECK (generation > 1),
  origin text NOT NULL UNIQUE,
  former_origin text NOT NULL,
  -- The newest signed note known of the former origin.
  former_checkpoint text NOT NULL,
  -- The leaves that both have in common.
  began_at_size bigint NOT NULL,
  began_at timestamptz NOT NULL
);

CREATE OR REPLACE FUNCTION audit_seal(log_origin text, expected_size bigint, places bigint[], new_root bytea, tiles jsonb,
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

  INSERT INTO audit_checkpoints (size, root, note, created_at, generation)
  VALUES (expected_size + cardinality(places), new_root, checkpoint, sealed_at, state.generation);
  UPDATE audit_log SET origin = log_origin, size = expected_size + cardinality(places), root = new_root;
END
$$;

-- Gives the checkpoint the next number, under which file storage holds it already.
CREATE FUNCTION audit_checkpoint_numbered(checkpoint_size bigint, checkpoint_number bigint, published timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  touched bigint;
BEGIN
  PERFORM 1 FROM audit_log FOR UPDATE;
  UPDATE audit_checkpoints c SET number = checkpoint_number, published_at = coalesce(published_at, published)
  WHERE c.size = checkpoint_size AND c.number IS NULL AND checkpoint_number = 1 + (
    SELECT coalesce(max(k.number), 0) FROM audit_checkpoints k WHERE k.generation = c.generation);
  GET DIAGNOSTICS touched = ROW_COUNT;
  PERFORM public.require_applied(touched, 'audit_checkpoints');
END
$$;

-- Tells that sealing has stopped and why, or, without a source, that it goes on.
CREATE FUNCTION audit_sealing_stopped(source text, contradicting text, since timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE audit_log SET stopped_at = CASE WHEN source IS NULL THEN NULL ELSE coalesce(stopped_at, since) END,
    stopped_by = source, stopped_checkpoint = contradicting
$$;

-- Goes on under another origin, from the size at which it was decided.
CREATE FUNCTION audit_origin_began(expected_generation integer, expected_size bigint, new_generation integer,
  new_origin text, known_checkpoint text, began timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  state audit_log%ROWTYPE;
BEGIN
  SELECT * INTO STRICT state FROM audit_log FOR UPDATE;
  PERFORM public.require_applied((state.generation = expected_generation AND state.size = expected_size
    AND new_generation > state.generation)::int::bigint, 'audit_log');
  INSERT INTO audit_origins (generation, origin, former_origin, former_checkpoint, began_at_size, began_at)
  VALUES (new_generation, new_origin, coalesce(state.origin, split_part(known_checkpoint, E'\n', 1)), known_checkpoint,
    expected_size, began);
  UPDATE audit_log SET origin = new_origin, generation = new_generation, stopped_at = NULL, stopped_by = NULL,
    stopped_checkpoint = NULL;
END
$$;

REVOKE ALL ON FUNCTION audit_checkpoint_numbered(bigint, bigint, timestamptz),
  audit_sealing_stopped(text, text, timestamptz),
  audit_origin_began(integer, bigint, integer, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_checkpoint_numbered(bigint, bigint, timestamptz),
  audit_sealing_stopped(text, text, timestamptz),
  audit_origin_began(integer, bigint, integer, text, text, timestamptz) TO patient_portal_app;
GRANT SELECT ON audit_origins TO patient_portal_app;
