/** Translates changes into SQL, with the writers of all contexts. */
import type { Change } from '../../../domain/changes.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import { auditWriters } from '../audit/changes.ts';
import type { Sql } from '../driver/sql.ts';
import { fileWriters } from '../files/changes.ts';
import { identityWriters } from '../identity/changes.ts';
import { mfaWriters } from '../mfa/changes.ts';
import { manyDeliveryWriters } from '../notifications/many-deliveries.ts';
import { notificationWriters } from '../notifications/notifications.ts';
import { privacyWriters } from '../privacy/changes.ts';
import { protectionWriters } from '../protection/changes.ts';
import { schedulingWriters } from '../scheduling/changes.ts';
import { webhookWriters } from '../webhooks/changes.ts';
import type { ChangeWriters } from './change-writer.ts';

const WRITERS: ChangeWriters<Change> = {
  ...auditWriters,
  ...fileWriters,
  ...identityWriters,
  ...mfaWriters,
  ...notificationWriters,
  ...privacyWriters,
  ...protectionWriters,
  ...schedulingWriters,
  ...webhookWriters,
};

type WriteMany = (changes: readonly Change[], cipher: FieldCipher, index: BlindIndex) => Sql[];

function ofType<T extends Change['type']>(
  type: T,
  write: (changes: readonly Extract<Change, { readonly type: T }>[], cipher: FieldCipher, index: BlindIndex) => Sql[],
): WriteMany {
  const isOfType = (change: Change): change is Extract<Change, { readonly type: T }> => change.type === type;
  return (changes, cipher, index) => write(changes.filter(isOfType), cipher, index);
}

/** Changes of one type that are written together, where a batch has several. */
const MANY_WRITERS: Readonly<Partial<Record<Change['type'], WriteMany>>> = {
  'notification.routed': ofType('notification.routed', manyDeliveryWriters['notification.routed']),
  'delivery.begun': ofType('delivery.begun', manyDeliveryWriters['delivery.begun']),
  'delivery.sent': ofType('delivery.sent', manyDeliveryWriters['delivery.sent']),
  'push_subscription.used': ofType('push_subscription.used', manyDeliveryWriters['push_subscription.used']),
};

/** In the order of the changes; those that are written together take the place of their first. */
export function statementsOfAll(changes: readonly Change[], cipher: FieldCipher, index: BlindIndex): Sql[] {
  const byType = Map.groupBy(changes, ({ type }) => type);
  return changes.flatMap((change) => {
    const same = byType.get(change.type) ?? [];
    const write = MANY_WRITERS[change.type];
    if (write === undefined || same.length === 1) return statementsOf(change, cipher, index);
    return change === same[0] ? write(same, cipher, index) : [];
  });
}

export function statementsOf(change: Change, cipher: FieldCipher, index: BlindIndex): Sql[] {
  const write = WRITERS[change.type] as (change: Change, cipher: FieldCipher, index: BlindIndex) => Sql[];
  return write(change, cipher, index);
}
