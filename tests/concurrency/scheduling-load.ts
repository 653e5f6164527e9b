/**
 * A random load of all operations that take or free time, from many workers at once, and the query that must find
 * nothing.
 */
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { Portal, Reply } from '../support/portal.ts';

/**
 * Pairs of active appointments or holds that overlap and may not, including buffers: of a doctor, then of a patient, then of a
 * room or device. The places of a group session may overlap, and for a doctor also what the clinic placed outside the rules.
 */
export async function overlaps(driver: SqlDriver): Promise<number> {
  const [doctors, patients, rooms] = await driver.run(
    [
      sql`SELECT count(*) AS pairs FROM appointment_participants p JOIN appointment_participants q
            ON p.user_id = q.user_id AND p.role = 'doctor' AND q.role = 'doctor' AND p.appointment_id < q.appointment_id
          JOIN appointments a ON a.id = p.appointment_id JOIN appointments b ON b.id = q.appointment_id
          WHERE a.busy && b.busy AND a.status NOT IN ('cancelled', 'no_show') AND b.status NOT IN ('cancelled', 'no_show')
            AND NOT a.outside_rules AND NOT b.outside_rules
            AND NOT (a.starts_at = b.starts_at AND a.appointment_type_id = b.appointment_type_id AND EXISTS (
              SELECT FROM appointment_types t WHERE t.id = a.appointment_type_id AND t.capacity > 1))`,
      sql`SELECT count(*) AS pairs FROM appointments a JOIN appointments b ON a.id < b.id AND a.patient_id = b.patient_id
          WHERE tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
            AND a.status NOT IN ('cancelled', 'no_show') AND b.status NOT IN ('cancelled', 'no_show')`,
      sql`SELECT count(*) AS pairs FROM appointment_participants p JOIN appointment_participants q
            ON p.resource_id = q.resource_id AND p.appointment_id < q.appointment_id AND p.busy && q.busy
          JOIN appointments a ON a.id = p.appointment_id JOIN appointments b ON b.id = q.appointment_id
          WHERE a.status NOT IN ('cancelled', 'no_show') AND b.status NOT IN ('cancelled', 'no_show')
            AND NOT (a.doctor_id = b.doctor_id AND a.starts_at = b.starts_at AND a.appointment_type_id = b.appointment_type_id
              AND EXISTS (SELECT FROM appointment_types t WHERE t.id = a.appointment_type_id AND t.capacity > 1))`,
    ],
    'snapshot',
  );
  return [doctors, patients, rooms].reduce((sum, found) => sum + Number(found?.[0]?.pairs), 0);
}

/** A reproducible generator of whole numbers (mulberry32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

export interface LoadResult {
  /** How many times each operation ended with each status. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly serverErrors: readonly Reply[];
}

/** Few doctors, few hours and few dates, so that all workers compete for the same times. */
export async function randomLoad(
  portal: Portal,
  options: {
    readonly operations: number;
    readonly workers: number;
    readonly seed: number;
    /** Their tokens. */
    readonly patients: readonly string[];
    readonly patientIds: readonly string[];
    readonly staff: string;
    readonly doctors: readonly string[];
    readonly dates: readonly string[];
  },
): Promise<LoadResult> {
  const outcomes = new Map<string, number>();
  const serverErrors: Reply[] = [];
  const appointments: string[] = [];
  const holds: { id: string; token: string; body: Record<string, unknown> }[] = [];
  let left = options.operations;

  const worker = async (seed: number) => {
    const pick = numbers(seed);
    const one = <T>(items: readonly T[]): T | undefined => items[pick(items.length)];
    const send = async (name: string, path: string, token: string | undefined, body?: unknown) => {
      const reply = await portal.request('POST', `/api/v1/appointments${path}`, { token, body });
      const outcome = `${name} ${reply.status}`;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (reply.status >= 500) serverErrors.push(reply);
      return reply;
    };
    while (left-- > 0) {
      const token = one(options.patients);
      const time = `${String(9 + pick(8)).padStart(2, '0')}:${one(['00', '15', '30', '45'])}`;
      const date = one(options.dates);
      const body = {
        doctorId: one(options.doctors),
        appointmentDate: date,
        startTime: time,
        appointmentType: one(['consultation', 'follow_up', 'buffered', 'group', 'scan', 'class']),
      };
      const id = one(appointments);
      const dice = pick(100);
      if (dice < 4) {
        const patientId = one(options.patientIds);
        const reply = await send('overbook', '', options.staff, {
          ...body,
          patientId,
          overbook: true,
          acknowledge: ['no_room'],
          exceptionReason: 'Cannot wait',
        });
        if (reply.status === 201) appointments.push(reply.body.id);
      } else if (dice < 10) {
        const patientId = one(options.patientIds);
        const additionalDoctorIds = options.doctors.filter((doctor) => doctor !== body.doctorId);
        const reply = await send('book joint', '', options.staff, { ...body, patientId, additionalDoctorIds });
        if (reply.status === 201) appointments.push(reply.body.id);
      } else if (dice < 40 || id === undefined) {
        const reply = await send('book', '', token, body);
        if (reply.status === 201) appointments.push(reply.body.id);
      } else if (dice < 55 && token !== undefined) {
        const held = await send('hold', '/holds', token, {
          doctorId: body.doctorId,
          start: `${date}T${time}:00Z`,
          type: body.appointmentType,
        });
        if (held.status === 201) holds.push({ id: held.body.id, token, body });
      } else if (dice < 65) {
        const hold = holds.pop();
        if (hold === undefined) continue;
        const reply = await send('book held', '', hold.token, { ...hold.body, holdId: hold.id });
        if (reply.status === 201) appointments.push(reply.body.id);
      } else if (dice < 80) {
        await send('cancel', `/${id}/cancel`, options.staff, {});
      } else if (dice < 93) {
        await send('reschedule', `/${id}/reschedule`, options.staff, { appointmentDate: date, startTime: time });
      } else if (dice < 98) {
        await send('confirm', `/${id}/confirm`, options.staff);
      } else {
        // Holds expire now and then, while they are in use.
        portal.clock.advance(2);
      }
    }
  };
  await Promise.all(Array.from({ length: options.workers }, (_, n) => worker(options.seed + n)));
  return { outcomes, serverErrors };
}
