/** By which channels a person gets nothing more, as SQL. */
import type { SuppressedChannel } from '../../../domain/notifications/suppression.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import type { BlindIndex } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { sql } from '../driver/sql.ts';

/** The suppressed addresses of the receiver `u`, each as its channel and hash. */
export const SUPPRESSED_COLUMN = sql`ARRAY(SELECT s.channel || ' ' || encode(s.address_index, 'hex') FROM suppressions s
  WHERE s.user_id = u.id) AS suppressed`;

/** By which of these addresses nothing is sent. */
export function readSuppressed(
  found: Row,
  addresses: Readonly<Record<SuppressedChannel, string | null>>,
  index: BlindIndex,
): readonly SuppressedChannel[] {
  const stored = found.suppressed as readonly string[];
  if (stored.length === 0) return [];
  return (['email', 'sms'] as const).filter((channel) => {
    const address = addresses[channel];
    if (address === null) return false;
    return index.all(`suppressions.${channel}`, address).some((hash) => stored.includes(`${channel} ${toHex(hash)}`));
  });
}
