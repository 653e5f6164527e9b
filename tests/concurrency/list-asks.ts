/** Who asks which list for what: every list of the API, with values of each of its filters. */
import { idOf } from '../support/list-rows.ts';

export type Caller = 'patient' | 'doctor' | 'staff' | 'admin';

export interface Asks {
  /** With the ids of the callers in braces. Default: the path of the operation. */
  readonly path?: string;
  readonly as: readonly Caller[];
  /** What every question needs. */
  readonly needs?: string;
  /** Values of each filter: one that many rows have, one that few have, one that none has, as far as there are such. */
  readonly filters?: Readonly<Record<string, readonly string[]>>;
  /**
   * The filters by date of all appointments: a date is that of the doctor's zone, so the appointments of the day before it in UTC are
   * read too. A day is bounded, however long the history is.
   */
  readonly readsDayBefore?: boolean;
  /**
   * A person's live sessions are all read for a later page: an index in the order of their last activity would have to be written at
   * each use of a session. Of a person's files, of which there are few, those of a type or with a tag are looked for among all.
   */
  readonly readsOwn?: boolean;
  /** Filters that are asked together, and other questions. */
  readonly beside?: readonly string[];
}

const NOBODY = '0000000f-0000-7000-8000-00000000000f';
const DAY = { from: ['2026-03-09', '2030-01-01'], to: ['2026-03-09', '2020-01-01'] };
const STATUS = ['scheduled', 'requested', 'no_show'];

/** Of files. */
const ON_DAY = {
  from: ['2026-03-01T00:00:00Z', '2030-01-01T00:00:00Z'],
  to: ['2026-03-02T00:00:00Z', '2020-01-01T00:00:00Z'],
};
const OF_FILES = {
  fileType: ['lab_result', 'insurance', 'prescription'],
  tag: ['common', 'rare', 'none'],
  ...ON_DAY,
  deleted: ['false', 'true'],
};

/** By operation id. */
export const ASKS: Readonly<Record<string, Asks>> = {
  listSessions: { as: ['patient'], readsOwn: true },
  listTrustedDevices: { as: ['patient'] },
  listDoctors: {
    as: ['patient'],
    filters: { specialty: ['common', 'rare', 'none'], q: ['ada', 'doctor 77', 'nobody'] },
  },
  listAppointmentTypes: { as: ['patient'] },
  listAppointments: {
    as: ['admin', 'staff'],
    readsDayBefore: true,
    filters: {
      doctorIds: ['{doctor}', `${idOf('doctor', 7)},${idOf('doctor', 8)}`, NOBODY],
      ...DAY,
      status: STATUS,
      type: ['consultation', 'follow_up', 'emergency'],
      locationId: [idOf('location', 0), idOf('location', 1), idOf('location', 2)],
    },
    beside: [
      'from=2026-03-09&to=2026-03-09',
      'status=requested&from=2026-03-01',
      'doctorIds={doctor}&status=scheduled&from=2026-03-02',
    ],
  },
  listMyAppointments: { as: ['patient'], filters: { ...DAY, status: STATUS } },
  listUpcomingAppointments: { as: ['patient', 'doctor'] },
  listAppointmentSteps: { as: ['admin', 'patient'], path: `/appointments/${idOf('appointment', 337)}/steps` },
  listMyFiles: { as: ['patient'], readsOwn: true, filters: OF_FILES },
  listUserFiles: { as: ['admin', 'staff'], path: '/files/user/{patient}', readsOwn: true, filters: OF_FILES },
  listFileAccesses: { as: ['patient'], path: `/files/${idOf('other', 0)}/accesses` },
  listFileShares: { as: ['patient'], path: `/files/${idOf('other', 0)}/shares` },
  listSharedFiles: { as: ['doctor'] },
  listQuarantine: { as: ['admin'] },
  listWaitlistEntries: {
    as: ['staff'],
    filters: {
      patientId: ['{patient}', idOf('patient', 5000)],
      doctorId: ['{doctor}', idOf('doctor', 8), NOBODY],
      type: ['consultation', 'follow_up', 'emergency'],
      state: ['waiting', 'offered', 'booked', 'withdrawn', 'expired'],
    },
  },
  listCalendarFeeds: { as: ['patient'] },
  listPushSubscriptions: { as: ['patient'] },
  listDependants: { as: ['patient'] },
  findPatients: {
    as: ['staff'],
    needs: 'q=patient',
    filters: {
      q: ['patient', 'nobody'],
      match: ['exact'],
      dateOfBirth: ['1990-04-23', '1930-04-23'],
      phone: ['+4930901820'],
    },
  },
  listMerges: { as: ['admin'], path: '/patients/{patient}/merges' },
  listPatientAppointments: {
    as: ['admin', 'doctor'],
    path: '/appointments/user/{patient}',
    filters: { ...DAY, status: STATUS },
  },
  listLocations: { as: ['patient'], filters: { sort: ['name', '-name'] } },
  listResources: {
    as: ['staff'],
    filters: { locationId: [idOf('location', 1), NOBODY], kind: ['room', 'device'], sort: ['name', '-name'] },
  },
  listOverrides: { as: ['admin'], path: '/doctors/{doctor}/availability/overrides' },
  listHolidays: { as: ['patient'] },
  listTimeOff: { as: ['admin'], path: '/doctors/{doctor}/time-off' },
  listRebookings: {
    as: ['admin'],
    filters: { doctorId: ['{doctor}', NOBODY], state: ['running', 'open', 'done'], sort: ['createdAt', '-createdAt'] },
    beside: ['doctorId={doctor}&state=done'],
  },
  listRebookedAppointments: {
    as: ['admin'],
    path: `/rebookings/${idOf('rebooking', 0)}/appointments`,
    filters: { state: ['pending', 'cancelled', 'waiting', 'unanswered', 'booked', 'ended', 'unchanged'] },
  },
  listDisclosures: {
    as: ['patient'],
    filters: { from: ['2026-03-02T10:00:00Z'], to: ['2026-01-01T00:00:00Z', '2020-01-01T00:00:00Z'] },
  },
  listMyExports: { as: ['patient'] },
  listConsents: { as: ['patient'] },
  listApiKeys: { as: ['patient'] },
  listUsers: { as: ['admin'], filters: { role: ['patient', 'doctor', 'staff', 'admin'] } },
  listAcceptances: {
    as: ['admin'],
    path: '/legal/terms/acceptances',
    filters: { version: ['1', '2', '3'], user: ['{patient}', NOBODY] },
  },
  listEmergencyAccesses: { as: ['admin'], filters: { state: ['unreviewed', 'reviewed'] } },
  listClinicalRecords: { as: ['admin'], needs: 'purpose=legal_claim', filters: { purpose: ['legal_claim'] } },
  listAuditEvents: {
    as: ['admin'],
    filters: {
      subject: ['system', '{patient}', NOBODY],
      patient: ['{patient}'],
      user: ['{patient}'],
      actor: ['{doctor}', NOBODY],
      type: ['appointment.read', 'rare.type', 'none.type'],
      category: ['data_access', 'admin'],
      severity: ['low', 'high', 'critical'],
      outcome: ['success', 'failure', 'partial'],
      requestId: ['request-77', 'nothing'],
      resourceType: ['appointment', 'rare', 'absent'],
      resourceId: ['resource-7', 'nothing'],
      address: ['203.0.113.7', '192.0.2.1'],
      from: ['2026-03-01T00:00:00Z'],
      to: ['2026-01-01T00:00:00Z', '2020-01-01T00:00:00Z'],
    },
  },
  listAffectedPersons: {
    as: ['admin'],
    needs: 'actor={doctor}&from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z',
    filters: { actor: ['{doctor}', NOBODY], from: ['2026-03-01T00:00:00Z'], to: ['2026-03-02T00:00:00Z'] },
  },
  listVerifications: { as: ['admin'] },
  listNotifications: {
    as: ['patient'],
    filters: { unread: ['true'], category: ['appointment', 'message', 'code'] },
  },
  listDeadLetters: { as: ['admin'], filters: { channel: ['email', 'sms', 'push', 'none'] } },
  listAlerts: { as: ['admin'] },
  listSuppressions: { as: ['admin'], filters: { channel: ['email', 'sms'], userId: ['{patient}', NOBODY] } },
  listUserNotifications: { as: ['doctor', 'admin'], path: '/notifications/user/{patient}' },
  listSentMessages: {
    as: ['admin'],
    filters: { userId: ['{patient}', NOBODY], status: ['sent', 'dead', 'read'] },
  },
  listWebhooks: { as: ['admin'] },
  listWebhookDeliveries: {
    as: ['admin'],
    path: `/admin/webhooks/${idOf('other', 0)}/deliveries`,
    filters: { status: ['pending', 'delivered', 'failed'] },
  },
  listIpBlocks: { as: ['admin'], filters: { inForce: ['true', 'false'] } },
  listSecurityFindings: {
    as: ['admin'],
    filters: {
      state: ['open', 'closed'],
      rule: ['many_accounts_from_address', 'records_without_appointment'],
      severity: ['low', 'high'],
    },
  },
};

export interface Question {
  readonly caller: Caller;
  readonly query: string;
}

/** Every question once without filters, and once for each value of each filter; a filter replaces what is needed of its name. */
export function questionsOf({ as, needs = '', filters = {}, beside = [] }: Asks): Question[] {
  const alone = Object.entries(filters).flatMap(([name, values]) =>
    values.map((value) => {
      const query = new URLSearchParams(needs);
      query.set(name, value);
      return query.toString();
    }),
  );
  return as.flatMap((caller) =>
    ['', ...alone, ...beside].map((query) => ({ caller, query: query === '' ? needs : query })),
  );
}
