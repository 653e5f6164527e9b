/** The list of appointments as doctors see it, among many of others: all pages together are what a doctor may see, in order. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFieldCipher } from '../../adapters/crypto/field-cipher.ts';
import { type SqlRecordedLoad, sql } from '../../adapters/postgres/driver/sql.ts';
import { matching, visibleTo } from '../../adapters/postgres/scheduling/appointment-pages.ts';
import { createFrontDeskLoads } from '../../adapters/postgres/scheduling/front-desk-loads.ts';
import type { AppointmentStatus } from '../../domain/scheduling/appointment.ts';
import type { AppointmentFilter } from '../../domain/scheduling/ports.ts';
import type { AppointmentId, UserId } from '../../domain/shared/ids.ts';
import type { LocalDate } from '../../domain/shared/time.ts';
import type { EmergencyAccessId, Viewer } from '../../domain/shared/viewer.ts';
import { FILL_DOCTOR_PATIENTS } from '../support/doctor-patients.ts';
import { ownersDriver } from '../support/embedded-database.ts';

const APPOINTMENTS = 7_000;
/** Prime to everything else, so that each patient has visits among the first and among the last. */
const PATIENTS = 499;
const LIMIT = 100;
const START = Date.parse('2026-03-01T00:00:00Z');
const MINUTE = 60_000;

const idOf = (kind: number, n: number) => `0000000${kind}-0000-7000-8000-${String(n).padStart(12, '0')}`;
const id = (kind: number, n: string) => `('0000000${kind}-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;

/** Doctor 1 has led some of the first visits, doctor 3 attended one, doctor 6 is the patient of the last. All others are of doctor 9. */
const ledByOne = (n: number) => n < 40 && n % 5 === 0;
const patientOf = (n: number) => (n === APPOINTMENTS - 1 ? null : n % PATIENTS);
const ATTENDED = 6_500;
const RESTRICTED = [10, 11];
const isRequested = (n: number) => n % 50 === 0;

const PATIENTS_OF: Readonly<Record<number, (patient: number) => boolean>> = {
  1: (patient) => ledByOne(patient),
  2: (patient) => patient === 7 || patient === 8 || patient === 11,
  3: (patient) => patient === ATTENDED % PATIENTS,
  4: (patient) => patient === 11,
  5: () => false,
  6: () => false,
};

const FILL = `
  SET session_replication_role = replica;
  INSERT INTO users (id, role, status, timezone, created_at, updated_at, registered_by)
    SELECT ${id(2, 'n')}, 'patient', 'active', 'UTC', now(), now(), CASE WHEN n IN (7, 8, 11) THEN ${id(1, '2')} END
      FROM generate_series(0, ${PATIENTS - 1}) n
    UNION ALL SELECT ${id(1, 'n')}, 'doctor', 'active', 'UTC', now(), now(), NULL FROM generate_series(1, 9) n;
  INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at) SELECT id, 'test', '\\x00', now() FROM users;
  INSERT INTO doctors (user_id, first_name, last_name, timezone)
    SELECT ${id(1, 'n')}, 'D', n::text, 'UTC' FROM generate_series(1, 9) n;
  INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status, created_at, updated_at)
    SELECT ${id(3, 'n')}, CASE n WHEN ${APPOINTMENTS - 1} THEN ${id(1, '6')} ELSE ${id(2, `n % ${PATIENTS}`)} END,
      CASE WHEN n < 40 AND n % 5 = 0 THEN ${id(1, '1')} ELSE ${id(1, '9')} END, '01900000-0000-7000-8000-000000000001',
      s, s + interval '1 minute', 'UTC', tstzrange(s, s + interval '1 minute'),
      CASE n % 50 WHEN 0 THEN 'requested' ELSE 'scheduled' END, s, s
    FROM (SELECT n, timestamptz '2026-03-01 00:00+00' + n / 2 * interval '1 minute' AS s FROM generate_series(0, ${APPOINTMENTS - 1}) n) f;
  INSERT INTO appointment_participants (appointment_id, role, user_id, busy, active, occupancy, lane, additional)
    SELECT a.id, 'doctor', ${id(1, '3')}, a.busy, true, a.id, 0, true FROM appointments a WHERE a.id = ${id(3, String(ATTENDED))};
  INSERT INTO processing_limits (id, user_id, kind, ground, set_by, set_at)
    SELECT ${id(5, 'n')}, ${id(2, 'n')}, 'restriction', 'accuracy_contested', ${id(1, '9')}, now() FROM unnest(ARRAY[${RESTRICTED}]) n;
  INSERT INTO emergency_accesses (id, doctor_id, patient_id, reason, opened_at, expires_at)
    VALUES (${id(6, '1')}, ${id(1, '4')}, ${id(2, '11')}, '\\x01' || sha256('test') || sha256('test'), timestamptz '2026-02-28 00:00+00', timestamptz '2026-03-02 00:00+00');
  ${FILL_DOCTOR_PATIENTS}
  SET session_replication_role = DEFAULT;
  ANALYZE;`;

const EVERYTHING: AppointmentFilter = {
  ...{ patientId: null, doctorIds: null, typeCode: null, locationId: null },
  ...{ from: null, to: null, statuses: null },
};
const emergency = { id: idOf(6, 1) as EmergencyAccessId, at: START };

describe('the list of appointments of a doctor', () => {
  const desk = createFrontDeskLoads(createFieldCipher({ ring: [{ id: 'test', key: new Uint8Array(32) }] }));
  let driver: Awaited<ReturnType<typeof ownersDriver>>;
  beforeAll(async () => {
    driver = await ownersDriver();
    await driver.pglite.exec(FILL);
  });
  afterAll(() => driver.close());

  async function pagesOf(filter: AppointmentFilter, viewer: Viewer, limit = LIMIT) {
    const found: string[] = [];
    for (let after: { start: number; id: AppointmentId } | null = null; ; ) {
      const { load, streams } = desk.appointmentsRead(filter, viewer, {
        ...{ after, limit },
      }) as SqlRecordedLoad<unknown>;
      const [rows = [], recorded = []] = await driver.run([load.statements[0] ?? sql``, streams], 'snapshot');
      expect(recorded.map(({ stream }) => stream)).toEqual(rows.map((row) => row.patient_id));
      found.push(...rows.slice(0, limit).map((row) => row.id as string));
      const last = rows[limit - 1];
      if (rows.length <= limit || last === undefined) return found;
      after = { start: last.starts_at as number, id: last.id as AppointmentId };
    }
  }

  function mayBeSeen(doctor: number, { ofPatients, ofRestricted, emergency: opened }: Viewer, n: number) {
    const patient = patientOf(n);
    if (patient === null) return doctor === 6;
    const isWith = (doctor === 1 && ledByOne(n)) || (doctor === 3 && n === ATTENDED);
    const isOwn = PATIENTS_OF[doctor]?.(patient) === true && (doctor !== 4 || opened !== null);
    const isHidden = RESTRICTED.includes(patient) && !ofRestricted && !(opened !== null && patient === 11);
    return (isWith || (ofPatients && isOwn)) && !isHidden;
  }

  test.each<[doctor: number, what: string, filter: Partial<AppointmentFilter>, viewer: Partial<Viewer>]>([
    [1, 'who has led visits', {}, {}],
    [1, 'who may read restricted records', {}, { ofRestricted: true }],
    [1, 'whose key does not read patients', {}, { ofPatients: false }],
    [1, 'from a date on', { from: '2026-03-02' as LocalDate }, {}],
    [1, 'from an instant on', { from: START + 900 * MINUTE, to: START + 1_200 * MINUTE }, {}],
    [1, 'of requests', { statuses: ['requested'] }, {}],
    [1, 'of two statuses', { statuses: ['requested', 'cancelled'] }, {}],
    [2, 'who has registered patients', {}, {}],
    [3, 'who attended a visit', {}, {}],
    [3, 'whose key does not read patients', {}, { ofPatients: false }],
    [4, 'who has opened a record in an emergency', {}, { emergency }],
    [4, 'whose emergency is over', {}, {}],
    [5, 'who is new', {}, {}],
    [6, 'who is a patient', {}, {}],
  ])('doctor %s, %s', async (doctor, _, filter, viewed) => {
    const viewer: Viewer = {
      ...{ userId: idOf(1, doctor) as UserId, role: 'doctor', ofPatients: true, ofRestricted: false },
      ...{ emergency: null, proxyAt: null, ...viewed },
    };
    const { from, to, statuses } = { ...EVERYTHING, ...filter };
    const since = typeof from === 'string' ? Date.parse(from) : (from ?? START);
    const until = typeof to === 'number' ? to : Number.POSITIVE_INFINITY;
    const expected = Array.from({ length: APPOINTMENTS }, (_unused, n) => n)
      .filter((n) => mayBeSeen(doctor, viewer, n) && (statuses === null || isRequested(n)))
      .filter((n) => START + Math.floor(n / 2) * MINUTE >= since && START + Math.floor(n / 2) * MINUTE < until)
      .map((n) => idOf(3, n));
    expect(await pagesOf({ ...EVERYTHING, ...filter }, viewer)).toEqual(expected);
  });

  test('short pages lead to the last appointment of each patient', async () => {
    const viewer: Viewer = {
      ...{ userId: idOf(1, 1) as UserId, role: 'doctor', ofPatients: true, ofRestricted: true },
      ...{ emergency: null, proxyAt: null },
    };
    const ofLastHours = { ...EVERYTHING, from: START + 3_200 * MINUTE };
    const all = await pagesOf(ofLastHours, viewer);
    expect(all).toHaveLength(11);
    expect(await pagesOf(ofLastHours, viewer, 1)).toEqual(all);
  });

  const instant = fc.nat({ max: APPOINTMENTS / 2 + 100 }).map((minutes) => START + minutes * MINUTE);
  const date = fc.integer({ min: 1, max: 5 }).map((day) => `2026-03-0${day}` as LocalDate);
  const bound = fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, instant, date);
  const asked = fc.record({
    doctor: fc.constantFrom(1, 1, 2, 3, 4, 6, 9),
    viewed: fc.record({ ofPatients: fc.boolean(), ofRestricted: fc.boolean() }),
    isEmergency: fc.boolean(),
    filter: fc.record({
      ...{ patientId: fc.constant(null), doctorIds: fc.constant(null), locationId: fc.constant(null) },
      typeCode: fc.constantFrom(null, null, 'consultation', 'follow_up'),
      ...{ from: bound, to: bound },
      statuses: fc.option(fc.subarray<AppointmentStatus>(['requested', 'scheduled', 'cancelled'], { minLength: 1 })),
    }),
    after: fc.option(fc.nat({ max: APPOINTMENTS - 1 })),
    limit: fc.integer({ min: 1, max: 60 }),
  });

  test('a page is the first of all appointments that match and that the doctor may see', async () => {
    await fc.assert(
      fc.asyncProperty(asked, async ({ doctor, viewed, isEmergency, filter, after: n, limit }) => {
        const viewer: Viewer = {
          ...{ userId: idOf(1, doctor) as UserId, role: 'doctor', emergency: isEmergency ? emergency : null },
          ...{ proxyAt: null, ...viewed },
        };
        const after =
          n === null ? null : { start: START + Math.floor(n / 2) * MINUTE, id: idOf(3, n) as AppointmentId };
        const { load, streams } = desk.appointmentsRead(filter, viewer, { after, limit }) as SqlRecordedLoad<unknown>;
        const slowly = sql`SELECT a.id FROM appointments a WHERE ${matching(filter)} AND ${visibleTo(viewer)}
          ORDER BY a.starts_at, a.id`;
        const [page = [], recorded = [], all = []] = await driver.run(
          [load.statements[0] ?? sql``, streams, slowly],
          'snapshot',
        );
        const expected = all.map(({ id }) => String(id)).filter((id) => after === null || id > after.id);
        expect(page.map(({ id }) => id)).toEqual(expected.slice(0, limit + 1));
        expect(recorded.map(({ stream }) => stream)).toEqual(page.map(({ patient_id }) => patient_id));
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
