/** The changes of webhooks as SQL. */
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import type { WebhookChange } from '../../../domain/webhooks/changes.ts';
import type { WebhookEndpointId } from '../../../domain/webhooks/endpoint.ts';
import type { WebhookSecret } from '../../../domain/webhooks/signature.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, atOrNull, guarded, sql } from '../driver/sql.ts';
import { sealingRow } from '../sealed/sealed-row.ts';

export const webhookWriters: ChangeWriters<WebhookChange> = {
  'webhook_endpoint.created': ({ endpoint: e, secrets, dataKey, atMost }, cipher) => [
    // Two administrators who add one at once are counted one after the other.
    sql`SELECT 1 FROM clinic_settings FOR NO KEY UPDATE`,
    guarded(sql`SELECT 1 WHERE (SELECT count(*) FROM webhook_endpoints) < ${atMost}::int`, 'webhook_endpoints'),
    sql`INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
        VALUES (${dataKey.ownerId}::uuid, ${dataKey.ringKeyId}, ${dataKey.wrapped}::bytea, ${at(e.createdAt)})`,
    sql`INSERT INTO webhook_endpoints (id, url, description, event_types, secrets, created_at, updated_at, version)
        VALUES (${e.id}::uuid, ${e.url}, ${e.description}, ${[...e.eventTypes]}::text[],
          ${sealed(cipher, dataKey, e.id, secrets)}::bytea, ${at(e.createdAt)}, ${at(e.updatedAt)}, ${e.version}::int)`,
  ],
  'webhook_endpoint.changed': ({ endpoint: e, expectedVersion }) => [
    guarded(
      sql`UPDATE webhook_endpoints SET url = ${e.url}, description = ${e.description},
            event_types = ${[...e.eventTypes]}::text[], disabled_because = ${e.disabledBecause},
            failing_since = ${atOrNull(e.failingSince)}::timestamptz, failures_in_row = ${e.failuresInARow}::int,
            rests_until = ${atOrNull(e.restsUntil)}::timestamptz,
            updated_at = ${at(e.updatedAt)}, version = ${e.version}::int
          WHERE id = ${e.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'webhook_endpoint',
    ),
  ],
  'webhook_endpoint.secret_rotated': ({ endpoint: e, secrets, dataKey, expectedVersion }, cipher) => [
    guarded(
      sql`UPDATE webhook_endpoints SET secrets = ${sealed(cipher, dataKey, e.id, secrets)}::bytea,
            former_secret_until = ${atOrNull(e.formerSecretUntil)}::timestamptz,
            updated_at = ${at(e.updatedAt)}, version = ${e.version}::int
          WHERE id = ${e.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'webhook_endpoint',
    ),
  ],
  'webhook_endpoint.deleted': ({ id, expectedVersion }) => [
    guarded(
      sql`DELETE FROM webhook_endpoints WHERE id = ${id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'webhook_endpoint',
    ),
    sql`DELETE FROM data_keys WHERE owner_id = ${id}::uuid`,
  ],
  'webhook_endpoint.worked': ({ id }) => [
    sql`UPDATE webhook_endpoints SET failing_since = NULL, failures_in_row = 0, rests_until = NULL
        WHERE id = ${id}::uuid AND (failing_since IS NOT NULL OR rests_until IS NOT NULL)`,
  ],
  'webhook_endpoint.failed': ({ id, restsUntil, disabledBecause, at: now }) => {
    const failed = sql`UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, ${at(now)}::timestamptz),
        failures_in_row = failures_in_row + 1, rests_until = ${atOrNull(restsUntil)}::timestamptz`;
    if (disabledBecause === null) return [sql`${failed} WHERE id = ${id}::uuid`];
    // Once, so that the administrators are told once.
    return [
      guarded(
        sql`${failed}, disabled_because = ${disabledBecause}, updated_at = ${at(now)}, version = version + 1
            WHERE id = ${id}::uuid AND disabled_because IS NULL RETURNING 1`,
        'webhook_endpoint',
      ),
    ];
  },
  'webhook_delivery.attempted': ({ id, attempt, status, nextAttemptAt }) => [
    guarded(
      sql`UPDATE webhook_deliveries SET status = ${status}, attempts = ${attempt.number}::int,
            attempts_of_round = attempts_of_round + 1, next_attempt_at = ${atOrNull(nextAttemptAt)}::timestamptz
          WHERE id = ${id}::uuid AND status = 'pending' AND attempts = ${attempt.number - 1}::int RETURNING 1`,
      'webhook_delivery',
    ),
    sql`INSERT INTO webhook_attempts (delivery_id, number, at, status_code, duration_ms, reason)
        VALUES (${id}::uuid, ${attempt.number}::int, ${at(attempt.at)}, ${attempt.statusCode}::int,
          ${attempt.durationMs}::int, ${attempt.reason})`,
  ],
  'webhook_delivery.given_up': ({ id, because }) => [
    sql`UPDATE webhook_deliveries SET status = 'failed', next_attempt_at = NULL, given_up_because = ${because}
        WHERE id = ${id}::uuid AND status = 'pending'`,
  ],
  'webhook_delivery.replayed': ({ ids, overdueBefore, at: now }) => [
    sql`WITH replayed AS (
          UPDATE webhook_deliveries SET status = 'pending', attempts_of_round = 0, next_attempt_at = ${at(now)},
            given_up_because = NULL
          WHERE id = ANY(${[...ids]}::uuid[])
            AND (status <> 'pending' OR next_attempt_at <= ${at(overdueBefore)}::timestamptz) RETURNING 1)
        SELECT require_applied((count(*) = ${ids.length}::int)::int, 'webhook_delivery') FROM replayed`,
  ],
  'webhook_event.sent': ({ event, endpointId, deliveryId }) => [
    guarded(sql`SELECT 1 FROM webhook_endpoints WHERE id = ${endpointId}::uuid FOR KEY SHARE`, 'webhook_endpoint'),
    sql`INSERT INTO webhook_events (id, type, data, occurred_at)
        VALUES (${event.id}::uuid, ${event.type}, ${JSON.stringify(event.data)}::jsonb, ${at(event.occurredAt)})`,
    sql`INSERT INTO webhook_deliveries (id, endpoint_id, event_id, next_attempt_at, created_at)
        VALUES (${deliveryId}::uuid, ${endpointId}::uuid, ${event.id}::uuid, ${at(event.occurredAt)}, ${at(event.occurredAt)})`,
  ],
};

function sealed(
  cipher: FieldCipher,
  dataKey: DataKey,
  id: WebhookEndpointId,
  secrets: readonly WebhookSecret[],
): Uint8Array {
  return sealingRow(cipher, dataKey, 'webhook_endpoints', id).text('secrets', JSON.stringify(secrets));
}
