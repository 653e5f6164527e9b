/** Blocks of addresses as the domain knows them. */
import type { BlockPrefix, BlockReason, IpBlock, IpBlockId } from '../../../domain/protection/address-block.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { PERSONAL_KEY_COLUMNS, raw, readDataKey, sql } from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';

/** Under the alias `b`, with the block's key. */
export const BLOCK_COLUMNS = sql`b.*, ${PERSONAL_KEY_COLUMNS}`;
export const BLOCK_TABLES = raw('ip_blocks b JOIN data_keys k ON k.owner_id = b.id');

export function readBlock(found: Row, cipher: FieldCipher): IpBlock {
  const sealed = sealedRow(cipher, readDataKey(found), 'ip_blocks', found.id as string);
  return {
    id: found.id as IpBlockId,
    range: sealed.text('range', found.range),
    prefix: found.prefix as BlockPrefix,
    reason: found.reason as BlockReason,
    note: sealed.optional('note', found.note),
    level: found.level as number,
    createdAt: found.created_at as number,
    endsAt: found.ends_at as number,
    liftedAt: found.lifted_at as number | null,
  };
}
