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

export interface LoadOptions {
  readonly operations: number;
  readonly workers: number;
  readonly seed: number;
  /** Their tokens. */
  readonly patients: readonly string[];
  readonly patientIds: readonly string[];
  readonly staff: string;
  readonly doctors: readonly string[];
  readonly dates: readonly string[];
}

/** Few doctors, few hours and few dates, so that all workers compete for the same times. */
export async function randomLoad(portal: Portal, options: LoadOptions): Promise<LoadResult> {
  const load = new Load(portal, options);
  let left = options.operations;
  const worker = async (seed: number) => {
    const pick = numbers(seed);
    while (left-- > 0) await load.step(pick);
  };
  await Promise.all(Array.from({ length: options.workers }, (_, n) => worker(options.seed + n)));
  return load;
}

interface Wish {
  readonly doctorId: string | undefined;
  readonly appointmentDate: string | undefined;
  readonly startTime: string;
  readonly appointmentType: string | undefined;
}

/** What all workers have booked and held, which any of them may change. */
class Load implements LoadResult {
  readonly outcomes = new Map<string, number>();
  readonly serverErrors: Reply[] = [];
  readonly #appointments: string[] = [];
  readonly #holds: { readonly id: string; readonly token: string; readonly wish: Wish }[] = [];
  readonly #portal: Portal;
  readonly #options: LoadOptions;

  constructor(portal: Portal, options: LoadOptions) {
    this.#portal = portal;
    this.#options = options;
  }

  async step(pick: (below: number) => number): Promise<void> {
    const one = <T>(items: readonly T[]): T | undefined => items[pick(items.length)];
    const { patients, patientIds, staff, doctors, dates } = this.#options;
    const token = one(patients);
    const startTime = `${String(9 + pick(8)).padStart(2, '0')}:${one(['00', '15', '30', '45'])}`;
    const appointmentDate = one(dates);
    const doctorId = one(doctors);
    const appointmentType = one(['consultation', 'follow_up', 'buffered', 'group', 'scan', 'class']);
    const wish: Wish = { doctorId, appointmentDate, startTime, appointmentType };
    const id = one(this.#appointments);
    const dice = pick(100);
    if (dice < 4) await this.#overbook(wish, one(patientIds));
    else if (dice < 10) await this.#bookJoint(wish, one(patientIds));
    else if (dice < 40 || id === undefined) await this.#book('book', token, wish);
    else if (dice < 55 && token !== undefined) await this.#hold(wish, token);
    else if (dice < 65) await this.#bookHeld();
    else if (dice < 80) await this.#send('cancel', `/${id}/cancel`, staff, {});
    else if (dice < 93) await this.#send('reschedule', `/${id}/reschedule`, staff, { appointmentDate, startTime });
    else if (dice < 98) await this.#send('confirm', `/${id}/confirm`, staff);
    // Holds expire now and then, while they are in use.
    else this.#portal.clock.advance(2);
  }

  async #send(name: string, path: string, token: string | undefined, body?: unknown): Promise<Reply> {
    const reply = await this.#portal.request('POST', `/api/v1/appointments${path}`, { token, body });
    const outcome = `${name} ${reply.status}`;
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    if (reply.status >= 500) this.serverErrors.push(reply);
    return reply;
  }

  async #book(name: string, token: string | undefined, body: object): Promise<void> {
    const reply = await this.#send(name, '', token, body);
    if (reply.status === 201) this.#appointments.push(reply.body.id);
  }

  #overbook(wish: Wish, patientId: string | undefined): Promise<void> {
    const outside = { overbook: true, acknowledge: ['no_room'], exceptionReason: 'Cannot wait' };
    return this.#book('overbook', this.#options.staff, { ...wish, patientId, ...outside });
  }

  #bookJoint(wish: Wish, patientId: string | undefined): Promise<void> {
    const { staff, doctors } = this.#options;
    const additionalDoctorIds = doctors.filter((doctor) => doctor !== wish.doctorId);
    return this.#book('book joint', staff, { ...wish, patientId, additionalDoctorIds });
  }

  async #hold(wish: Wish, token: string): Promise<void> {
    const start = `${wish.appointmentDate}T${wish.startTime}:00Z`;
    const body = { doctorId: wish.doctorId, start, type: wish.appointmentType };
    const held = await this.#send('hold', '/holds', token, body);
    if (held.status === 201) this.#holds.push({ id: held.body.id, token, wish });
  }

  async #bookHeld(): Promise<void> {
    const hold = this.#holds.pop();
    if (hold !== undefined) await this.#book('book held', hold.token, { ...hold.wish, holdId: hold.id });
  }
}
