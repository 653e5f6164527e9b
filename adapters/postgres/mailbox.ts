/** The development mailbox: keeps messages in the database instead of sending them, so that they survive a restart. */
import type { MessageChannel, OutgoingMessage } from '../../domain/notifications/ports.ts';
import type { Clock } from '../../domain/shared/ports.ts';
import { ok } from '../../domain/shared/result.ts';
import type { SqlDriver } from './driver.ts';
import { at, sql } from './sql.ts';

/** How many messages are kept. */
const KEPT = 1000;

export interface DevMailbox extends MessageChannel {
  /** Newest first. */
  list(to: string | undefined): Promise<readonly unknown[]>;
}

export function createDevMailbox(driver: SqlDriver, clock: Clock): DevMailbox {
  return {
    async send(message: OutgoingMessage) {
      const { channel, to, subject, text, html, links, codes, template } = message;
      const now = clock.now();
      const shown = { channel, to, subject, text, html, links, codes, template, at: new Date(now).toISOString() };
      await driver.run(
        [
          sql`INSERT INTO dev_mailbox (message, at) VALUES (${JSON.stringify(shown)}::jsonb, ${at(now)})`,
          sql`DELETE FROM dev_mailbox WHERE id <= (SELECT max(id) - ${KEPT}::int FROM dev_mailbox)`,
        ],
        'write',
      );
      return ok({ providerId: message.id });
    },
    async list(to) {
      const [found = []] = await driver.run(
        [
          sql`SELECT message FROM dev_mailbox WHERE ${to ?? null}::text IS NULL OR lower(message->>'to') = lower(${to ?? null})
              ORDER BY id DESC`,
        ],
        'snapshot',
      );
      return found.map(({ message }) => message);
    },
  };
}
