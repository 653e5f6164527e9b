/** Proxies as SQL: their changes, and the loads that show them. */
import type { PatientProxy, ProxyChange, ProxyGround, ProxyId, ProxyParty } from '../../../domain/scheduling/proxy.ts';
import { MAXIMUM_PROXIES, REQUEST_MS } from '../../../domain/scheduling/proxy.ts';
import type { ProxyLoads, ProxyParties, ProxyRecord } from '../../../domain/scheduling/proxy-ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { knownPatient, mayActFor, notMerged } from '../access/record-access.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { fewerThan } from '../commit/per-owner-limit.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  atOrNull,
  DATA_KEY_COLUMNS,
  guarded,
  PERSONAL_KEY_COLUMNS,
  readDataKey,
  row,
  type Sql,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
} from '../driver/sql.ts';
import { sealedRow, sealingRow } from '../sealed/sealed-row.ts';

export const proxyWriters: ChangeWriters<ProxyChange> = {
  'proxy.created': ({ proxy: x, dataKey }, cipher) => {
    const sealed = sealingRow(cipher, dataKey, 'proxies', x.id);
    return [
      notMerged(x.patientId),
      ...(x.personId === null ? [] : [notMerged(x.personId)]),
      ...fewerThan(
        MAXIMUM_PROXIES,
        x.patientId,
        sql`SELECT count(*) FROM proxies x WHERE x.patient_id = ${x.patientId}::uuid AND ${isOpen(x.createdAt)}`,
        'proxies',
      ),
      // One that has ended by time no longer stands in the way of a new one.
      sql`UPDATE proxies SET revoked_at = ends_at, revoked_by = made_by WHERE patient_id = ${x.patientId}::uuid
            AND person_id = ${x.personId}::uuid AND revoked_at IS NULL AND ends_at <= ${at(x.createdAt)}`,
      sql`UPDATE proxies SET revoked_at = ${at(x.createdAt)}, revoked_by = ${x.madeBy}::uuid
          WHERE patient_id = ${x.patientId}::uuid AND person_id = ${x.personId}::uuid
            AND revoked_at IS NULL AND accepted_at IS NULL`,
      sql`INSERT INTO proxies (id, patient_id, person_id, person_email, ground, origin, proof, made_by, created_at,
            accepted_at, asked_until, age_limit, ends_at)
          VALUES (${x.id}::uuid, ${x.patientId}::uuid, ${x.personId}::uuid,
            ${sealed.optional('person_email', x.personEmail)}::bytea, ${x.ground}, ${x.origin},
            ${sealed.optional('proof', x.proof)}::bytea, ${x.madeBy}::uuid, ${at(x.createdAt)},
            ${atOrNull(x.acceptedAt)}, ${atOrNull(x.askedUntil)}, ${x.ageLimit}::smallint, ${atOrNull(x.endsAt)})`,
    ];
  },
  'proxy.accepted': ({ id, at: now }) => [
    guarded(
      sql`UPDATE proxies SET accepted_at = ${at(now)}
          WHERE id = ${id}::uuid AND accepted_at IS NULL AND revoked_at IS NULL RETURNING 1`,
      'proxy',
    ),
  ],
  'proxy.revoked': ({ id, by, at: now }) => [
    guarded(
      sql`UPDATE proxies SET revoked_at = ${at(now)}, revoked_by = ${by}::uuid
          WHERE id = ${id}::uuid AND revoked_at IS NULL RETURNING 1`,
      'proxy',
    ),
  ],
};

const COLUMNS = sql`x.id, x.patient_id, x.person_id, x.person_email, x.ground, x.origin, x.proof, x.made_by, x.created_at,
  x.accepted_at, x.asked_until, x.age_limit, x.ends_at, x.revoked_at, ${PERSONAL_KEY_COLUMNS}`;

/** In force, or waiting to be accepted. */
function isOpen(now: Instant): Sql {
  return sql`x.revoked_at IS NULL AND (x.ends_at IS NULL OR x.ends_at > ${at(now)})
    AND (x.accepted_at IS NOT NULL OR x.created_at > ${at(now - REQUEST_MS)})`;
}

function readProxy(found: Row, cipher: FieldCipher): PatientProxy {
  const sealed = sealedRow(cipher, readDataKey(found), 'proxies', found.id as string);
  return {
    id: found.id as ProxyId,
    patientId: found.patient_id as UserId,
    personId: found.person_id as UserId | null,
    personEmail: sealed.optional('person_email', found.person_email),
    ground: found.ground as ProxyGround,
    origin: found.origin as PatientProxy['origin'],
    proof: sealed.optional('proof', found.proof),
    madeBy: found.made_by as UserId,
    createdAt: found.created_at as number,
    acceptedAt: found.accepted_at as number | null,
    askedUntil: found.asked_until as number | null,
    ageLimit: found.age_limit as number | null,
    endsAt: found.ends_at as number | null,
    revokedAt: found.revoked_at as number | null,
  };
}

function readParty(found: Row, cipher: FieldCipher): ProxyParty {
  const dataKey = readDataKey(found);
  const sealed = sealedRow(cipher, dataKey, 'users', found.id as string);
  return {
    id: found.id as UserId,
    role: found.role as string,
    status: found.status as string,
    firstName: sealed.text('first_name', found.first_name),
    lastName: sealed.text('last_name', found.last_name),
    dateOfBirth: sealed.optional('date_of_birth', found.date_of_birth),
    dataKey,
  };
}

/** The proxies under a condition on `x`, with the name of the one who acts, or of the patient. */
function named(condition: Sql, other: 'person' | 'patient', cipher: FieldCipher): SqlLoad<ProxyRecord[]> {
  const otherId = other === 'person' ? sql`x.person_id` : sql`x.patient_id`;
  return {
    statements: [
      sql`SELECT ${COLUMNS} FROM proxies x JOIN data_keys k ON k.owner_id = x.patient_id WHERE ${condition} ORDER BY x.id`,
      sql`SELECT u.id, u.first_name, u.last_name, ${PERSONAL_KEY_COLUMNS}
          FROM users u JOIN data_keys k ON k.owner_id = u.id
          WHERE u.id IN (SELECT ${otherId} FROM proxies x WHERE ${condition})`,
    ],
    read: ([proxies, persons]) => {
      const names = new Map(
        (persons ?? []).map((found) => {
          const sealed = sealedRow(cipher, readDataKey(found), 'users', found.id as string);
          const name = {
            firstName: sealed.text('first_name', found.first_name),
            lastName: sealed.text('last_name', found.last_name),
          };
          return [found.id as string, name] as const;
        }),
      );
      return (proxies ?? []).map((found) => {
        const proxy = readProxy(found, cipher);
        const id = other === 'person' ? proxy.personId : proxy.patientId;
        return { proxy, name: (id === null ? undefined : names.get(id)) ?? null };
      });
    },
  };
}

export function createProxyLoads(cipher: FieldCipher): ProxyLoads {
  return {
    proxy: (id) =>
      row(
        sql`SELECT ${COLUMNS} FROM proxies x JOIN data_keys k ON k.owner_id = x.patient_id WHERE x.id = ${id}::uuid`,
        (found) => readProxy(found, cipher),
      ),
    partiesOf: (id, viewer): SqlLoad<ProxyParties> => ({
      statements: [
        sql`SELECT u.id, u.role, u.status, u.first_name, u.last_name, u.date_of_birth, ${DATA_KEY_COLUMNS}
            FROM proxies x JOIN users u ON u.id IN (x.patient_id, x.person_id)
              JOIN data_keys k ON k.owner_id = u.id
            WHERE x.id = ${id}::uuid AND u.deleted_at IS NULL`,
        sql`SELECT ${mayActFor(sql`x.patient_id`, viewer)} AS may FROM proxies x WHERE x.id = ${id}::uuid`,
      ],
      read: ([people, reached]) => ({
        people: (people ?? []).map((found) => readParty(found, cipher)),
        mayActFor: reached?.[0]?.may === true,
      }),
    }),
    openProxies: (patientId, now): SqlLoad<number> => ({
      statements: [
        sql`SELECT count(*) AS open FROM proxies x WHERE x.patient_id = ${patientId}::uuid AND ${isOpen(now)}`,
      ],
      read: ([found]) => (found?.[0]?.open as number | undefined) ?? 0,
    }),
    proxiesRead: (patientId, viewer, now): SqlRecordedLoad<ProxyRecord[] | undefined> => {
      // A proxy is not told of the others.
      const known = knownPatient(patientId, { ...viewer, proxyAt: null });
      const load = named(sql`x.patient_id IN (${known}) AND ${isOpen(now)}`, 'person', cipher);
      return {
        load: {
          statements: [known, ...load.statements],
          read: ([patient, ...found]) => (patient?.[0] === undefined ? undefined : load.read(found)),
        },
        streams: known,
      };
    },
    dependantsRead: (personId, now, { after, limit }): SqlRecordedLoad<ProxyRecord[]> => {
      const page = sql`SELECT x.id FROM proxies x
        WHERE x.person_id = ${personId}::uuid AND ${isOpen(now)} AND ${after === null ? sql`true` : sql`x.id > ${after}::uuid`}
        ORDER BY x.id LIMIT ${limit + 1}::int`;
      const condition = sql`x.id IN (${page})`;
      return {
        load: named(condition, 'patient', cipher),
        streams: sql`SELECT DISTINCT x.patient_id AS stream FROM proxies x WHERE ${condition}`,
      };
    },
  };
}
