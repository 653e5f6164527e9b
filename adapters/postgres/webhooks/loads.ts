/** Reads of the context webhooks. */
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { WebhookLoads } from '../../../domain/webhooks/ports.ts';
import { at, PERSONAL_KEY_COLUMNS, row, rows, sql } from '../driver/sql.ts';
import {
  DELIVERY_COLUMNS,
  DELIVERY_TABLES,
  ENDPOINT_COLUMNS,
  readAttempt,
  readDelivery,
  readEndpoint,
  readSigningEndpoint,
} from './rows.ts';

export function createWebhookLoads(cipher: FieldCipher): WebhookLoads {
  return {
    endpoints: () =>
      rows(sql`SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints e ORDER BY e.created_at, e.id`, readEndpoint),
    endpoint: (id) =>
      row(sql`SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints e WHERE e.id = ${id}::uuid`, readEndpoint),
    signingEndpoint: (id) =>
      row(
        sql`SELECT ${ENDPOINT_COLUMNS}, e.secrets, ${PERSONAL_KEY_COLUMNS}
            FROM webhook_endpoints e JOIN data_keys k ON k.owner_id = e.id WHERE e.id = ${id}::uuid`,
        (found) => readSigningEndpoint(found, cipher),
      ),
    sending: (id) =>
      row(
        sql`SELECT ${DELIVERY_COLUMNS}, ${ENDPOINT_COLUMNS}, e.secrets, ${PERSONAL_KEY_COLUMNS}
            FROM ${DELIVERY_TABLES} JOIN webhook_endpoints e ON e.id = d.endpoint_id JOIN data_keys k ON k.owner_id = e.id
            WHERE d.id = ${id}::uuid`,
        (found) => ({ delivery: readDelivery(found), ...readSigningEndpoint(found, cipher) }),
      ),
    deliveries: (endpointId, { status, after, limit }) =>
      rows(
        sql`SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERY_TABLES}
            WHERE d.endpoint_id = ${endpointId}::uuid
              AND ${status === null ? sql`true` : sql`d.status = ${status}`}
              AND ${after === null ? sql`true` : sql`d.id < ${after}::uuid`}
            ORDER BY d.id DESC LIMIT ${limit + 1}::int`,
        readDelivery,
      ),
    delivery: (endpointId, id) =>
      row(
        sql`SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERY_TABLES}
            WHERE d.id = ${id}::uuid AND d.endpoint_id = ${endpointId}::uuid`,
        readDelivery,
      ),
    attempts: (id) =>
      rows(
        sql`SELECT * FROM webhook_attempts WHERE delivery_id = ${id}::uuid ORDER BY number DESC LIMIT 100`,
        readAttempt,
      ),
    failedSince: (endpointId, since, limit) =>
      rows(
        sql`SELECT ${DELIVERY_COLUMNS} FROM ${DELIVERY_TABLES}
            WHERE d.endpoint_id = ${endpointId}::uuid AND d.status = 'failed' AND d.created_at >= ${at(since)}::timestamptz
            ORDER BY d.created_at, d.id LIMIT ${limit}::int`,
        readDelivery,
      ),
  };
}
