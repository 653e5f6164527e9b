/** Reads of emergency accesses and of processing limits. */
import type { EmergencyAccess, EmergencyState, Receiver, Verdict } from '../../../domain/privacy/emergency-access.ts';
import type { PrivacyLoads } from '../../../domain/privacy/ports.ts';
import type {
  LimitGround,
  LimitKind,
  ProcessingLimit,
  ProcessingLimitId,
} from '../../../domain/privacy/processing-limit.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { EmergencyAccessId } from '../../../domain/shared/viewer.ts';
import { personsBehindIds } from '../access/persons-of.ts';
import { isPatientOf, isReachable, isRestricted } from '../access/record-access.ts';
import { isOfPlatform } from '../commit/platform-streams.ts';
import type { Row } from '../driver/driver.ts';
import {
  DATA_KEY_COLUMNS,
  isAfter,
  readDataKey,
  row,
  rows,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
} from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';

type AccessLoads = Pick<
  PrivacyLoads,
  | 'emergencyState'
  | 'emergencyAccess'
  | 'emergencyAccessesRead'
  | 'receiver'
  | 'processingLimit'
  | 'processingLimitsRead'
  | 'restrictedAmong'
>;

/** Maximum number of administrators who get a mail. */
const OFFICERS = 20;

function readReceiver(found: Row): Receiver {
  return { userId: found.key_owner as UserId, dataKey: readDataKey(found) };
}

function readAccess(found: Row, cipher: FieldCipher): EmergencyAccess {
  const id = found.id as EmergencyAccessId;
  return {
    id,
    doctorId: found.doctor_id as UserId,
    patientId: found.patient_id as UserId,
    reason: sealedRow(cipher, readDataKey(found), 'emergency_accesses', id).optional('reason', found.reason),
    openedAt: found.opened_at as number,
    expiresAt: found.expires_at as number,
    review:
      found.reviewed_at === null
        ? null
        : {
            verdict: found.verdict as Verdict,
            by: found.reviewed_by as UserId,
            at: found.reviewed_at as number,
          },
    ended: found.ended_at === null ? null : { by: found.ended_by as UserId, at: found.ended_at as number },
  };
}

function readLimit(found: Row): ProcessingLimit {
  return {
    id: found.id as ProcessingLimitId,
    userId: found.user_id as UserId,
    kind: found.kind as LimitKind,
    ground: found.ground as LimitGround,
    setAt: found.set_at as number,
    setBy: found.set_by as UserId,
    lifted: found.lifted_at === null ? null : { at: found.lifted_at as number, by: found.lifted_by as UserId },
  };
}

export function createRecordAccessLoads(cipher: FieldCipher): AccessLoads {
  return {
    emergencyState: (patientId, viewer): SqlLoad<EmergencyState | undefined> => {
      const person = sql`u.id`;
      return {
        statements: [
          sql`SELECT ${DATA_KEY_COLUMNS}, (${isPatientOf(person, viewer)} AND ${isReachable(person, viewer)}) AS is_open
              FROM users u JOIN data_keys k ON k.owner_id = u.id
              WHERE u.id = ${patientId}::uuid AND u.role = 'patient' AND u.deleted_at IS NULL`,
          sql`SELECT first_name, last_name FROM doctors WHERE user_id = ${viewer.userId}::uuid`,
          sql`SELECT ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
              WHERE u.role = 'admin' AND u.status = 'active' AND u.deleted_at IS NULL ORDER BY u.id LIMIT ${OFFICERS}::int`,
        ],
        read: ([patients = [], doctors = [], officers = []]) => {
          const [patient] = patients;
          const [doctor] = doctors;
          if (patient === undefined) return undefined;
          return {
            patient: readReceiver(patient),
            isOpen: patient.is_open as boolean,
            doctorName: `${doctor?.first_name ?? ''} ${doctor?.last_name ?? ''}`.trim() || 'a doctor of the clinic',
            officers: officers.map(readReceiver),
          };
        },
      };
    },
    emergencyAccess: (id) =>
      row(
        sql`SELECT g.*, ${DATA_KEY_COLUMNS} FROM emergency_accesses g JOIN data_keys k ON k.owner_id = g.patient_id
            WHERE g.id = ${id}::uuid`,
        (found) => readAccess(found, cipher),
      ),
    emergencyAccessesRead: (state, { after, limit }): SqlRecordedLoad<EmergencyAccess[]> => {
      const wanted =
        state === null ? sql`true` : state === 'reviewed' ? sql`g.reviewed_at IS NOT NULL` : sql`g.reviewed_at IS NULL`;
      const page = sql`FROM emergency_accesses g JOIN data_keys k ON k.owner_id = g.patient_id
        WHERE ${wanted} AND ${isAfter(sql`g.opened_at`, sql`g.id`, after)}
        ORDER BY g.opened_at DESC, g.id DESC LIMIT ${limit + 1}::int`;
      return {
        load: rows(sql`SELECT g.*, ${DATA_KEY_COLUMNS} ${page}`, (found) => readAccess(found, cipher)),
        streams: sql`SELECT q.patient_id::text AS stream FROM (SELECT g.patient_id ${page}) q`,
      };
    },
    receiver: (userId) =>
      row(
        sql`SELECT ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
            WHERE u.id = ${userId}::uuid AND u.deleted_at IS NULL`,
        readReceiver,
      ),
    processingLimit: (id) => row(sql`SELECT * FROM processing_limits WHERE id = ${id}::uuid`, readLimit),
    processingLimitsRead: (userId): SqlRecordedLoad<ProcessingLimit[]> => ({
      load: rows(
        sql`SELECT * FROM processing_limits WHERE user_id = ${userId}::uuid ORDER BY set_at DESC, id DESC`,
        readLimit,
      ),
      streams: sql`SELECT u.id::text AS stream FROM users u WHERE u.id = ${userId}::uuid`,
    }),
    restrictedAmong: (ids, viewer): SqlLoad<boolean> => {
      const person = sql`p.id`;
      const isTheirs = viewer.role === 'doctor' ? isPatientOf(person, viewer) : sql`true`;
      return {
        statements: [
          sql`SELECT EXISTS (
                SELECT 1 FROM (SELECT stream::uuid AS id FROM (${personsBehindIds(ids)}) s WHERE NOT ${isOfPlatform('stream')}) p
                WHERE ${isRestricted(person)} AND ${isTheirs}) AS restricted`,
        ],
        read: ([found = []]) => found[0]?.restricted === true,
      };
    },
  };
}
