/** Findings of the detection: rows, loads and changes. */

import { TOLD_SEVERITIES } from '../../../domain/protection/detection.ts';
import type {
  FindingSubject,
  SecurityFinding,
  SecurityFindingChange,
  UntoldFindings,
} from '../../../domain/protection/finding.ts';
import type { FindingLoads, StoredFinding } from '../../../domain/protection/ports.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  guarded,
  join,
  PERSONAL_KEY_COLUMNS,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlLoad,
  sql,
} from '../driver/sql.ts';
import { addressIndex, addressIndexes, sealedRow, sealingRow } from '../sealed/sealed-row.ts';

const selected = (condition: Sql) =>
  sql`SELECT f.*, ${PERSONAL_KEY_COLUMNS} FROM security_findings f JOIN data_keys k ON k.owner_id = f.id WHERE ${condition}`;

function readFinding(found: Row, cipher: FieldCipher): SecurityFinding {
  const sealed = sealedRow(cipher, readDataKey(found), 'security_findings', found.id as string);
  const closedAt = found.closed_at as number | null;
  return {
    id: found.id as SecurityFinding['id'],
    rule: found.rule as SecurityFinding['rule'],
    severity: found.severity as SecurityFinding['severity'],
    subject: (found.person_id === null
      ? { kind: 'address', address: sealed.text('address', found.address) }
      : { kind: found.subject_kind, personId: found.person_id }) as FindingSubject,
    count: found.count as number,
    firstSeenAt: found.first_seen_at as number,
    lastSeenAt: found.last_seen_at as number,
    raisedAt: found.raised_at as number,
    reaction: found.reaction as SecurityFinding['reaction'],
    closed:
      closedAt === null
        ? null
        : {
            at: closedAt,
            by: found.closed_by as NonNullable<SecurityFinding['closed']>['by'],
            note: sealed.text('note', found.note),
          },
    version: found.version as number,
  };
}

export function createFindingLoads(
  cipher: FieldCipher,
  index: BlindIndex,
): Omit<FindingLoads, 'sightings' | 'seenAddresses'> {
  const stored = (found: Row): StoredFinding => ({ finding: readFinding(found, cipher), dataKey: readDataKey(found) });
  const about = (subject: FindingSubject): Sql =>
    subject.kind === 'address'
      ? sql`f.address_index = ANY(${[...addressIndexes(index, subject.address)]}::bytea[])`
      : sql`f.person_id = ${subject.personId}::uuid`;
  return {
    findings: ({ state, rule, severity, after, limit }) => {
      const asked: readonly (Sql | null)[] = [
        state === null ? null : state === 'open' ? sql`f.closed_at IS NULL` : sql`f.closed_at IS NOT NULL`,
        rule === null ? null : sql`f.rule = ${rule}`,
        severity === null ? null : sql`f.severity = ${severity}`,
        after === null ? null : sql`f.id < ${after}::uuid`,
      ];
      const conditions = asked.filter((condition) => condition !== null);
      return rows(
        sql`${selected(conditions.length === 0 ? sql`true` : join(conditions, ' AND '))} ORDER BY f.id DESC LIMIT ${limit + 1}::int`,
        (found) => readFinding(found, cipher),
      );
    },
    finding: (id) => row(selected(sql`f.id = ${id}::uuid`), stored),
    latestFinding: (rule, subject) =>
      row(
        sql`${selected(sql`f.rule = ${rule} AND ${about(subject)}`)} ORDER BY f.raised_at DESC, f.id DESC LIMIT 1`,
        stored,
      ),
    untoldFindings: (limit): SqlLoad<UntoldFindings> => ({
      statements: [
        sql`SELECT f.id, f.rule, f.severity FROM security_findings f WHERE f.told_at IS NULL AND f.closed_at IS NULL
              AND f.severity = ANY(${[...TOLD_SEVERITIES]}::text[]) ORDER BY f.raised_at LIMIT ${limit}::int`,
        sql`SELECT max(f.told_at) AS last FROM security_findings f WHERE f.told_at IS NOT NULL`,
      ],
      read: ([untold = [], last = []]) => ({
        findings: untold.map(
          ({ id, rule, severity }) => ({ id, rule, severity }) as Pick<SecurityFinding, 'id' | 'rule' | 'severity'>,
        ),
        lastToldAt: (last[0]?.last ?? null) as number | null,
      }),
    }),
  };
}

export const findingWriters: ChangeWriters<SecurityFindingChange> = {
  'security_finding.raised': ({ finding: f, dataKey }, cipher, index) => {
    const { subject } = f;
    const address = subject.kind === 'address' ? subject.address : null;
    const sealing = sealingRow(cipher, dataKey, 'security_findings', f.id);
    return [
      sql`INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
          VALUES (${dataKey.ownerId}::uuid, ${dataKey.ringKeyId}, ${dataKey.wrapped}::bytea, ${at(f.raisedAt)})`,
      sql`INSERT INTO security_findings (id, rule, severity, subject_kind, person_id, address_index, address, count, first_seen_at,
            last_seen_at, raised_at, reaction, version)
          VALUES (${f.id}::uuid, ${f.rule}, ${f.severity}, ${subject.kind}, ${subject.kind === 'address' ? null : subject.personId}::uuid,
            ${address === null ? null : addressIndex(index, address)}::bytea, ${sealing.optional('address', address)}::bytea,
            ${f.count}::int, ${at(f.firstSeenAt)}, ${at(f.lastSeenAt)}, ${at(f.raisedAt)}, ${f.reaction}, ${f.version}::int)`,
    ];
  },
  'security_finding.grown': ({ finding: f, expectedVersion }) => [
    guarded(
      sql`UPDATE security_findings SET told_at = CASE WHEN severity = ${f.severity} THEN told_at END, severity = ${f.severity},
            count = ${f.count}::int, last_seen_at = ${at(f.lastSeenAt)}, reaction = ${f.reaction}, version = ${f.version}::int
          WHERE id = ${f.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
      'security_finding',
    ),
  ],
  'security_finding.closed': ({ finding: f, dataKey, expectedVersion }, cipher) => {
    if (f.closed === null) throw new Error('the finding is not closed');
    const sealing = sealingRow(cipher, dataKey, 'security_findings', f.id);
    return [
      guarded(
        sql`UPDATE security_findings SET closed_at = ${at(f.closed.at)}, closed_by = ${f.closed.by}::uuid,
              note = ${sealing.text('note', f.closed.note)}::bytea, version = ${f.version}::int
            WHERE id = ${f.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
        'security_finding',
      ),
    ];
  },
  // All or none: of two processes, one tells.
  'security_findings.told': ({ ids, at: now }) => [
    sql`WITH told AS (UPDATE security_findings SET told_at = ${at(now)} WHERE id = ANY(${[...ids]}::uuid[]) AND told_at IS NULL RETURNING 1)
        SELECT require_applied((count(*) = ${ids.length}::int)::int::bigint, 'security_findings') FROM told`,
  ],
};
