/** Reads of the context protection. */

import type { RangeHistory, SiteHistory } from '../../../domain/protection/address-block.ts';
import { CALM_MS, SITE_WINDOW_MS } from '../../../domain/protection/address-block.ts';
import type { AddressRules, ProtectionLoads } from '../../../domain/protection/ports.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { at, raw, row, rows, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { rangeIndexes } from '../sealed/sealed-row.ts';
import { createFindingLoads } from './findings.ts';
import { BLOCK_COLUMNS, BLOCK_TABLES, readBlock } from './rows.ts';
import { createSuspectLoads } from './suspects.ts';

const standing = (now: Instant) => sql`b.lifted_at IS NULL AND b.ends_at > ${at(now)}::timestamptz`;

/** Those that open and compare no address. */
const unkeyedLoads = {
  addressRules: (): SqlLoad<AddressRules> => ({
    statements: [raw('SELECT * FROM address_rules')],
    read: ([found]) => {
      const [only] = found ?? [];
      if (only === undefined) throw new Error('address_rules has no row');
      return {
        trusted: {
          networks: only.trusted as string[],
          version: only.trusted_version as number,
          updatedAt: only.trusted_at as number | null,
        },
        blocksVersion: Number(only.blocks_version),
      };
    },
  }),
  standingBlocks: (limit: number, now: Instant) =>
    rows(
      sql`SELECT b.range_index, b.ends_at, b.reason = 'by_hand' AS by_hand FROM ip_blocks b
          WHERE ${standing(now)} ORDER BY b.created_at DESC LIMIT ${limit}::int`,
      (found) => ({
        subject: found.range_index as Uint8Array,
        endsAt: found.ends_at as number,
        byHand: found.by_hand as boolean,
      }),
    ),
  liftedBlocks: (limit: number, now: Instant) =>
    rows(
      sql`SELECT b.range_index FROM ip_blocks b WHERE b.lifted_at IS NOT NULL AND b.ends_at > ${at(now)}::timestamptz
          ORDER BY b.lifted_at DESC LIMIT ${limit}::int`,
      (found) => found.range_index as Uint8Array,
    ),
  recentUse: (since: Instant) =>
    rows(
      sql`SELECT u.limit_name, sum(u.counted)::bigint AS counted, sum(u.refused)::bigint AS refused,
            (SELECT count(*) FROM limit_refusals r WHERE r.limit_name = u.limit_name
              AND r.last_at > ${at(since)}::timestamptz) AS subjects
          FROM limit_uses u WHERE u.slot > ${at(since)}::timestamptz GROUP BY u.limit_name`,
      (found) => ({
        limit: found.limit_name as string,
        counted: Number(found.counted),
        refused: Number(found.refused),
        subjects: Number(found.subjects),
      }),
    ),
} satisfies Partial<ProtectionLoads>;

export function createProtectionLoads(cipher: FieldCipher, index: BlindIndex): ProtectionLoads {
  const hashes = (ranges: readonly string[]): Sql =>
    sql`ANY(${ranges.flatMap((range) => [...rangeIndexes(index, range)])}::bytea[])`;
  const blocks = (condition: Sql): Sql => sql`SELECT ${BLOCK_COLUMNS} FROM ${BLOCK_TABLES} WHERE ${condition}`;
  const before = (range: string, now: Instant): Sql =>
    sql`SELECT count(*) AS before FROM ip_blocks b WHERE b.range_index = ${hashes([range])} AND b.lifted_at IS NULL
        AND b.reason <> 'by_hand' AND b.ends_at > ${at(now - CALM_MS)}::timestamptz`;
  const historyOf = (range: string, now: Instant): readonly Sql[] => [
    blocks(sql`b.range_index = ${hashes([range])} AND ${standing(now)} LIMIT 1`),
    before(range, now),
  ];

  return {
    ipBlocks: ({ standing: only, after, limit }, now) =>
      rows(
        // Those in force are found by their end: few of the newest may be.
        blocks(sql`${only ? sql`b.id = ANY(ARRAY(SELECT b.id FROM ip_blocks b WHERE ${standing(now)}))` : sql`true`}
          AND ${after === null ? sql`true` : sql`b.id < ${after}::uuid`} ORDER BY b.id DESC LIMIT ${limit + 1}::int`),
        (found) => readBlock(found, cipher),
      ),
    ipBlock: (id) => row(blocks(sql`b.id = ${id}::uuid`), (found) => readBlock(found, cipher)),
    blocksOf: (ranges, now) =>
      rows(blocks(sql`b.range_index = ${hashes(ranges)} AND ${standing(now)}`), (found) => readBlock(found, cipher)),
    rangeHistory: (range, now): SqlLoad<RangeHistory> => ({
      statements: [...historyOf(range, now)],
      read: ([found, counted]) => ({
        standing: found?.[0] === undefined ? undefined : readBlock(found[0], cipher),
        blocksBefore: Number(counted?.[0]?.before ?? 0),
      }),
    }),
    siteHistory: (site, range, now): SqlLoad<SiteHistory> =>
      site === null
        ? { statements: [], read: () => ({ standing: undefined, blocksBefore: 0, networksBlocked: 0 }) }
        : {
            statements: [
              ...historyOf(site, now),
              sql`SELECT count(DISTINCT b.range_index) AS networks FROM ip_blocks b WHERE b.site_index = ${hashes([site])}
                  AND b.range_index <> ALL(${[...rangeIndexes(index, range)]}::bytea[]) AND b.lifted_at IS NULL
                  AND b.created_at > ${at(now - SITE_WINDOW_MS)}::timestamptz`,
            ],
            read: ([found, counted, networks]) => ({
              standing: found?.[0] === undefined ? undefined : readBlock(found[0], cipher),
              blocksBefore: Number(counted?.[0]?.before ?? 0),
              networksBlocked: Number(networks?.[0]?.networks ?? 0),
            }),
          },
    ...unkeyedLoads,
    ...createFindingLoads(cipher, index),
    ...createSuspectLoads(cipher),
  };
}
