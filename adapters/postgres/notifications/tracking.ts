/** What providers told of deliveries, as SQL. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { SendingChannel } from '../../../domain/notifications/categories.ts';
import type { NotificationChange } from '../../../domain/notifications/changes.ts';
import type { NotificationLoads } from '../../../domain/notifications/ports.ts';
import type { DeliveryId, NotificationStatus } from '../../../domain/notifications/states.ts';
import type { TrackedDelivery } from '../../../domain/notifications/tracking.ts';
import { toHex, utf8 } from '../../../domain/shared/bytes.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, DATA_KEY_COLUMNS, readDataKey, rows, sql } from '../driver/sql.ts';

type Handled = Extract<NotificationChange, { readonly type: 'provider.notices_handled' }>;

export const trackingWriters: ChangeWriters<Handled> = {
  'provider.notices_handled': ({ provider, eventIds, at: now }) => [
    // In the order of their hashes, so that two batches do not wait for each other.
    sql`WITH added AS (
          INSERT INTO provider_notices (provider, event, received_at)
          SELECT ${provider}, decode(t.event, 'hex'), ${at(now)}::timestamptz FROM unnest(${hashed(eventIds).toSorted()}::text[]) t (event)
          ON CONFLICT DO NOTHING RETURNING 1)
        SELECT require_applied((count(*) = ${eventIds.length}::int)::int::bigint, 'provider_notice') FROM added`,
  ],
};

export const trackingLoads: Pick<NotificationLoads, 'tracked' | 'handled'> = {
  tracked: (ids) =>
    rows(
      sql`SELECT d.id, d.notification_id, n.user_id, d.channel, n.template, d.state, d.reported_at IS NOT NULL AS is_reported,
            d.outcome_unknown, d.provider_id, ${DATA_KEY_COLUMNS}
          FROM deliveries d JOIN notifications n ON n.id = d.notification_id JOIN data_keys k ON k.owner_id = n.user_id
          WHERE d.id = ANY(${[...ids]}::uuid[])`,
      (found): TrackedDelivery => ({
        id: found.id as DeliveryId,
        notificationId: found.notification_id as NotificationId,
        userId: found.user_id as UserId,
        personKey: readDataKey(found),
        channel: found.channel as SendingChannel,
        template: found.template as string,
        state: found.state as NotificationStatus,
        isReported: found.is_reported as boolean,
        isOutcomeUnknown: found.outcome_unknown as boolean,
        providerId: found.provider_id as string | null,
      }),
    ),
  handled: (provider, eventIds) => {
    const events = hashed(eventIds);
    return rows(
      sql`SELECT encode(p.event, 'hex') AS event FROM provider_notices p
          WHERE p.provider = ${provider} AND p.event IN (SELECT decode(t.event, 'hex') FROM unnest(${events}::text[]) t (event))`,
      ({ event }) => eventIds[events.indexOf(event as string)] ?? '',
    );
  },
};

/** What a provider calls an event has no bound. */
function hashed(eventIds: readonly string[]): string[] {
  return eventIds.map((id) => toHex(sha256(utf8(id))));
}
