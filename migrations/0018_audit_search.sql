-- What officers ask the audit log. Each index ends with time and id, in the order in which events are listed.

CREATE INDEX audit_events_by_stream_and_time ON audit_events (stream, occurred_at DESC, id DESC);
DROP INDEX audit_events_by_actor;
CREATE INDEX audit_events_by_actor ON audit_events (actor_id, occurred_at DESC, id DESC) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_events_by_type ON audit_events (event_type, occurred_at DESC, id DESC);
CREATE INDEX audit_events_by_category ON audit_events (event_category, occurred_at DESC, id DESC);
CREATE INDEX audit_events_by_resource ON audit_events (resource_id, occurred_at DESC, id DESC) WHERE resource_id IS NOT NULL;
CREATE INDEX audit_events_by_resource_type ON audit_events (resource_type, occurred_at DESC, id DESC) WHERE resource_type IS NOT NULL;
CREATE INDEX audit_events_by_request ON audit_events (request_id);
-- Of the values that few events have; the others are found soon by time alone.
CREATE INDEX audit_events_not_successful ON audit_events (outcome, occurred_at DESC, id DESC) WHERE outcome <> 'success';
CREATE INDEX audit_events_grave ON audit_events (severity, occurred_at DESC, id DESC) WHERE severity IN ('high', 'critical');

-- From which address an event came, as a blind index. The event itself holds the address encrypted and is never changed; what
-- it is found by is derived from it, and goes when the person is erased.
CREATE TABLE audit_addresses (
  event_id uuid PRIMARY KEY,
  -- Who acted, else the person concerned; null where neither is known.
  person_id uuid,
  address_index bytea NOT NULL,
  occurred_at timestamptz NOT NULL
);
CREATE INDEX audit_addresses_by_address ON audit_addresses (address_index, occurred_at DESC, event_id DESC);
CREATE INDEX audit_addresses_by_person ON audit_addresses (person_id) WHERE person_id IS NOT NULL;

-- As before, and notes the address. `addressIndex` stands beside the content and is no part of its digest.
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
  IF event->>'addressIndex' IS NOT NULL THEN
    INSERT INTO audit_addresses (event_id, person_id, address_index, occurred_at)
    VALUES ((event->>'id')::uuid, coalesce((event->>'actorId')::uuid, nullif(stream_name, 'system')::uuid),
      decode(event->>'addressIndex', 'hex'), (event->>'occurredAt')::timestamptz);
  END IF;
  UPDATE audit_streams SET sequence = head.sequence + 1, head_hash = next_hash WHERE stream = stream_name;
END
$$;

GRANT SELECT, DELETE ON audit_addresses TO patient_portal_app;
