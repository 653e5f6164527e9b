/** The changes of the protection against abuse as SQL. */
import type { ProtectionChange } from '../../../domain/protection/changes.ts';
import { SLOT_MS, USE_KEPT_MS } from '../../../domain/protection/limit-use.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, guarded, join, raw, sql } from '../driver/sql.ts';
import { counterIndex, rangeIndex, sealingRow } from '../sealed/sealed-row.ts';
import { findingWriters } from './findings.ts';

/** Processes compare it with what they know. */
const BLOCKS_CHANGED = raw('UPDATE address_rules SET blocks_version = blocks_version + 1');

export const protectionWriters: ChangeWriters<ProtectionChange> = {
  ...findingWriters,
  'ip_block.made': ({ block: b, site, dataKey }, cipher, index) => {
    const sealing = sealingRow(cipher, dataKey, 'ip_blocks', b.id);
    return [
      sql`INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
          VALUES (${dataKey.ownerId}::uuid, ${dataKey.ringKeyId}, ${dataKey.wrapped}::bytea, ${at(b.createdAt)})`,
      sql`INSERT INTO ip_blocks (id, range_index, range, prefix, site_index, reason, note, level, created_at, ends_at)
          VALUES (${b.id}::uuid, ${rangeIndex(index, b.range)}::bytea, ${sealing.text('range', b.range)}::bytea,
            ${b.prefix}::smallint, ${site === null ? null : rangeIndex(index, site)}::bytea, ${b.reason},
            ${sealing.optional('note', b.note)}::bytea, ${b.level}::int, ${at(b.createdAt)}, ${at(b.endsAt)})`,
      BLOCKS_CHANGED,
    ];
  },
  'ip_block.lifted': ({ id, counter, at: now }, _cipher, index) => [
    guarded(
      sql`UPDATE ip_blocks SET lifted_at = ${at(now)} WHERE id = ${id}::uuid AND lifted_at IS NULL RETURNING 1`,
      'ip_block',
    ),
    sql`DELETE FROM sign_in_failures WHERE subject = ${counterIndex(index, counter)}::bytea`,
    BLOCKS_CHANGED,
  ],
  'trusted_addresses.changed': ({ trusted, expectedVersion, at: now }) => [
    guarded(
      sql`UPDATE address_rules SET trusted = ${[...trusted.networks]}::text[], trusted_version = ${trusted.version}::int,
            trusted_at = ${at(now)} WHERE trusted_version = ${expectedVersion}::int RETURNING 1`,
      'address_rules',
    ),
  ],
  // It invalidates, and writes nothing.
  'cache.emptied': () => [],
  'limits.used': ({ uses, at: now }) => {
    const slot = at(now - (now % SLOT_MS));
    const values = uses.map(
      ({ limit, counted, refused }) => sql`(${limit}, ${slot}::timestamptz, ${counted}::bigint, ${refused}::bigint)`,
    );
    const refusals = uses.flatMap(({ limit, subjects }) =>
      subjects.map((subject) => sql`(${limit}, ${subject}::bytea, ${at(now)}::timestamptz)`),
    );
    const oldest = at(now - USE_KEPT_MS);
    return [
      sql`INSERT INTO limit_uses AS u (limit_name, slot, counted, refused) VALUES ${join(values)}
          ON CONFLICT (limit_name, slot) DO UPDATE SET counted = u.counted + excluded.counted, refused = u.refused + excluded.refused`,
      ...(refusals.length === 0
        ? []
        : [
            sql`INSERT INTO limit_refusals (limit_name, subject, last_at) VALUES ${join(refusals)}
                ON CONFLICT (limit_name, subject) DO UPDATE SET last_at = excluded.last_at`,
          ]),
      sql`DELETE FROM limit_uses WHERE slot < ${oldest}::timestamptz`,
      sql`DELETE FROM limit_refusals WHERE last_at < ${oldest}::timestamptz`,
    ];
  },
};
