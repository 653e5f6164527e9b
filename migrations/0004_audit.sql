-- The audit log: one hash chain per stream. The application may only append, and only through audit_append().

CREATE TABLE audit_streams (
  stream text PRIMARY KEY,
  sequence bigint NOT NULL,
  head_hash bytea NOT NULL CHECK (octet_length(head_hash) = 32)
);

CREATE TABLE audit_events (
  stream text NOT NULL,
  sequence bigint NOT NULL CHECK (sequence > 0),
  id uuid NOT NULL,
  event_type text NOT NULL,
  event_category text NOT NULL CHECK (event_category IN ('auth', 'data_access', 'data_modification', 'admin')),
  severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
  action text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('success', 'failure', 'partial')),
  actor_kind text NOT NULL,
  actor_id uuid,
  session_id uuid,
  request_id text NOT NULL,
  resource_type text,
  resource_id text,
  phi_accessed boolean NOT NULL,
  data_exported boolean NOT NULL,
  details jsonb NOT NULL,
  error text,
  -- Address and user agent of whoever acted, sealed with that person's key.
  personal bytea,
  salt bytea NOT NULL,
  occurred_at timestamptz NOT NULL,
  previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
  current_hash bytea NOT NULL CHECK (octet_length(current_hash) = 32),
  PRIMARY KEY (stream, sequence),
  CONSTRAINT audit_events_id_key UNIQUE (id)
);
CREATE INDEX audit_events_by_time ON audit_events (occurred_at DESC, id DESC);
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, occurred_at DESC) WHERE actor_id IS NOT NULL;

-- Appends one event to the chain of its stream: the head row is locked until the batch ends, so that writers of one
-- stream follow each other and writers of different streams never wait. The digest covers the event's content; the
-- chain hash is the RFC 6962 leaf hash of previous hash, sequence and digest. A new chain starts from the hash of the
-- stream's name, which binds its events to it.
CREATE FUNCTION audit_append(stream_name text, event jsonb, digest bytea) RETURNS void
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
  UPDATE audit_streams SET sequence = head.sequence + 1, head_hash = next_hash WHERE stream = stream_name;
END
$$;
REVOKE ALL ON FUNCTION audit_append(text, jsonb, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(text, jsonb, bytea) TO patient_portal_app;
GRANT SELECT ON audit_streams, audit_events TO patient_portal_app;
