/**
 * The development mailbox: keeps messages in the database instead of sending them, so that they survive a restart. Each is
 * sealed with its receiver's key and goes with the account. What is addressed to nobody's account any more is kept in this
 * process alone.
 */
import type { MessageChannel, OutgoingMessage } from '../../../domain/notifications/ports.ts';
import type { Clock, FieldCipher } from '../../../domain/shared/ports.ts';
import { ok } from '../../../domain/shared/result.ts';
import type { SqlDriver } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, readDataKey, sql } from '../driver/sql.ts';
import { sealedRow, sealingRow } from '../sealed/sealed-row.ts';

/** How many messages are kept. */
const KEPT = 1000;

interface ShownMessage
  extends Pick<OutgoingMessage, 'channel' | 'subject' | 'text' | 'html' | 'attachments' | 'links' | 'codes'> {
  /** Of a push message: the endpoint or the token. */
  readonly to: string;
  readonly template: string;
  readonly at: string;
}

export interface DevMailbox extends MessageChannel {
  /** Newest first. */
  list(to: string | undefined): Promise<readonly ShownMessage[]>;
}

export function createDevMailbox(driver: SqlDriver, cipher: FieldCipher, clock: Clock): DevMailbox {
  /** Newest first. */
  const passing: ShownMessage[] = [];

  return {
    async send(message: OutgoingMessage) {
      const { id, receiverKey, ...content } = message;
      const now = clock.now();
      const shown = { ...shownContent(content), to: shownAddress(message), at: new Date(now).toISOString() };
      if (receiverKey === null) {
        passing.unshift(shown);
        passing.length = Math.min(passing.length, KEPT);
        return ok({ providerId: id });
      }
      const sealed = sealingRow(cipher, receiverKey, 'dev_mailbox', String(now)).text('message', JSON.stringify(shown));
      await driver.run(
        [
          // Whoever was erased in the meantime gets none.
          sql`INSERT INTO dev_mailbox (owner_id, message, at)
              SELECT k.owner_id, ${sealed}::bytea, ${at(now)}::timestamptz FROM data_keys k
              WHERE k.owner_id = ${receiverKey.ownerId}::uuid`,
          sql`DELETE FROM dev_mailbox WHERE id <= (SELECT max(id) - ${KEPT}::int FROM dev_mailbox)`,
        ],
        'write',
      );
      return ok({ providerId: id });
    },
    async list(to) {
      const [found = []] = await driver.run(
        [
          sql`SELECT m.message, m.at, ${DATA_KEY_COLUMNS} FROM dev_mailbox m JOIN data_keys k ON k.owner_id = m.owner_id
              ORDER BY m.id DESC`,
        ],
        'snapshot',
      );
      const stored = found.map((row) =>
        sealedRow(cipher, readDataKey(row), 'dev_mailbox', String(row.at)).json<ShownMessage>('message', row.message),
      );
      return [...passing, ...stored.filter((message) => message !== null).map(withAttachments)]
        .filter((message) => to === undefined || message.to.toLowerCase() === to.toLowerCase())
        .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
    },
  };
}

/** Without the logo, which is the same in each mail, and without what a push service is told besides. */
function shownContent<C extends object>(content: C): Omit<C, 'envelope' | 'picture'> {
  const { envelope: _, picture: _logo, ...shown } = { envelope: undefined, picture: undefined, ...content };
  return shown;
}

function shownAddress({ to }: OutgoingMessage): string {
  if (typeof to === 'string') return to;
  return to.kind === 'web' ? to.endpoint : to.token;
}

/** Messages of the version before have none. */
function withAttachments(message: ShownMessage): ShownMessage {
  return { ...message, attachments: message.attachments ?? [] };
}
