-- Breaks the version before: it cannot show events of the streams `system/0` to `system/15`, whose names it takes for ids of persons.
-- The events of the platform are spread over these streams (ADR 0228): the caller names the stream, and here none of them is taken for a
-- person's. What is in the stream `system` stays there.
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
    VALUES ((event->>'id')::uuid, coalesce((event->>'actorId')::uuid, CASE WHEN stream_name NOT LIKE 'system%' THEN stream_name::uuid END),
      decode(event->>'addressIndex', 'hex'), (event->>'occurredAt')::timestamptz);
  END IF;
  UPDATE audit_streams SET sequence = head.sequence + 1, head_hash = next_hash WHERE stream = stream_name;
END
$$;
