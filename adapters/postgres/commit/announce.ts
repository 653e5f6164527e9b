/**
 * Announces what a batch has changed, in the batch: one statement that stores the events to which an enabled endpoint has
 * subscribed, with a delivery and a job for each endpoint. Without such an endpoint it writes no row.
 */
import type { AnnouncedEvent } from '../../../domain/shared/database.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { TraceParent } from '../../../domain/shared/tracing.ts';
import { DELIVER_WEBHOOK } from '../../../domain/webhooks/delivery.ts';
import { at, join, raw, type Sql, sql } from '../driver/sql.ts';

/** A UUIDv7 of the instant in `now_at`: the variant and 74 random bits of a version 4, with the time in front. */
const NEW_ID = raw(`encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
  PLACING substring(int8send((extract(epoch FROM now_at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid`);

/** The column `queued` of its one row: how many jobs it has made. */
export function announceStatement(
  events: readonly AnnouncedEvent[],
  now: Instant,
  traceParent: TraceParent | null,
): Sql[] {
  if (events.length === 0) return [];
  const values = events.map(
    ({ id, type, data }) => sql`(${id}::uuid, ${type}::text, ${JSON.stringify(data)}::jsonb, ${at(now)}::timestamptz)`,
  );
  return [
    sql`WITH announced (event_id, type, data, now_at) AS (VALUES ${join(values)}),
      wanted AS MATERIALIZED (
        SELECT a.event_id, e.id AS endpoint_id, ${NEW_ID} AS delivery_id, a.now_at
        FROM announced a JOIN webhook_endpoints e ON e.disabled_because IS NULL AND a.type = ANY(e.event_types)
        -- One that is being removed is waited for, and then not found.
        FOR KEY SHARE OF e
      ), stored AS (
        INSERT INTO webhook_events (id, type, data, occurred_at)
        SELECT event_id, type, data, now_at FROM announced WHERE event_id IN (SELECT event_id FROM wanted)
      ), deliveries AS (
        INSERT INTO webhook_deliveries (id, endpoint_id, event_id, next_attempt_at, created_at)
        SELECT delivery_id, endpoint_id, event_id, now_at, now_at FROM wanted
      ), jobs AS (
        INSERT INTO outbox (id, topic, payload, not_before, created_at, trace_parent)
        SELECT ${NEW_ID}, ${DELIVER_WEBHOOK}, jsonb_build_object('deliveryId', delivery_id), now_at, now_at,
          ${traceParent}::text FROM wanted
        RETURNING 1
      )
      SELECT count(*) AS queued FROM jobs`,
  ];
}
