/** One patient of the load, and what all of them share. */
import { numbers } from '../concurrency/scheduling-load.ts';
import type { Clinic, Patient } from './clinic.ts';
import type { Sent } from './http.ts';
import type { Acknowledged, Unsettled } from './ledger.ts';
import type { Sender } from './sender.ts';

const SLOT_MS = 30 * 60_000;
const SLOTS = 85 * 48;

export interface Slot {
  /** Epoch milliseconds. */
  readonly start: number;
  readonly doctorId: string;
}

interface Session {
  access: string;
  refresh: string;
}

export interface Shared {
  readonly clinic: Clinic;
  readonly seed: number;
  /** Epoch milliseconds of the first slot. */
  readonly origin: number;
  readonly sender: Sender;
  readonly people: Person[];
  readonly owners: Map<string, Person>;
  readonly appointments: Map<string, Acknowledged>;
  readonly unsettled: Unsettled[];
  readonly written: number[];
  readonly served: { at: number; milliseconds: number }[];
  signedOut: number;
}

function dateAndTime(start: number): { readonly appointmentDate: string; readonly startTime: string } {
  const iso = new Date(start).toISOString();
  return { appointmentDate: iso.slice(0, 10), startTime: iso.slice(11, 16) };
}

export class Person {
  readonly #shared: Shared;
  readonly index: number;
  readonly patient: Patient;
  readonly pick: (below: number) => number;
  session: Session | undefined;
  renews = false;
  /** Each time slot is used once: nobody else wants it, unless on purpose. */
  next = 0;

  constructor(shared: Shared, index: number, patient: Patient) {
    this.#shared = shared;
    this.index = index;
    this.patient = patient;
    this.pick = numbers(shared.seed + index);
  }

  /** At each time everybody is with another doctor. */
  claim(): Slot {
    return this.#slotAt(this.next++ % SLOTS);
  }

  #slotAt(at: number): Slot {
    const { clinic, origin } = this.#shared;
    const doctorId = clinic.doctors[(this.index + at) % clinic.doctors.length] ?? '';
    return { start: origin + at * SLOT_MS, doctorId };
  }

  async signIn(): Promise<void> {
    const { email, password } = this.patient;
    const reply = await this.#shared.sender.settled('sign-in', 'POST', '/auth/login', { body: { email, password } });
    if (reply?.status !== 200) return;
    this.session = { access: String(reply.body.accessToken), refresh: String(reply.body.refreshToken) };
  }

  async refresh({ refresh }: Session): Promise<void> {
    const reply = await this.#shared.sender.settled('refresh', 'POST', '/auth/refresh-token', {
      body: { refreshToken: refresh },
    });
    if (reply?.status === 200) {
      this.session = { access: String(reply.body.accessToken), refresh: String(reply.body.refreshToken) };
      return;
    }
    if (reply !== undefined) this.#shared.signedOut += 1;
    this.session = undefined;
  }

  async read(path: string, { access }: Session): Promise<void> {
    const started = performance.now();
    const reply = await this.#shared.sender.once('read', 'GET', path, { token: access });
    const at = performance.now();
    if (reply?.status === 200) this.#shared.served.push({ at, milliseconds: at - started });
    if (reply?.status === 401) this.session = undefined;
  }

  async book({ start, doctorId }: Slot, { access }: Session): Promise<void> {
    const body = { doctorId, ...dateAndTime(start), appointmentType: 'consultation', reason: 'a cough' };
    const sent = { token: access, body, key: `book-${crypto.randomUUID()}` };
    const reply = await this.settledAs('book', '/appointments', sent, null, start);
    if (reply?.status !== 201) return;
    const id = String(reply.body.id);
    this.#shared.appointments.set(id, { id, start, status: 'scheduled' });
    this.#shared.written.push(performance.now());
  }

  async change(kind: 'cancel' | 'move', { access }: Session): Promise<void> {
    const mine = this.open();
    const found = mine[this.pick(Math.max(1, mine.length))];
    if (found === undefined) return;
    const { start } = kind === 'move' ? this.claim() : found;
    const body = kind === 'move' ? dateAndTime(start) : { reason: 'better' };
    const path = `/appointments/${found.id}/${kind === 'move' ? 'reschedule' : 'cancel'}`;
    const sent = { token: access, body, key: `${kind}-${crypto.randomUUID()}` };
    const reply = await this.settledAs(kind, path, sent, found.id, start);
    if (reply?.status !== 200) return;
    this.#shared.appointments.set(found.id, {
      id: found.id,
      start,
      status: kind === 'move' ? 'scheduled' : 'cancelled',
    });
    this.#shared.written.push(performance.now());
  }

  /** Of this person, and such as can still be changed. */
  open(): Acknowledged[] {
    return [...this.#shared.appointments.values()].filter(
      ({ id, status }) => status === 'scheduled' && this.#shared.owners.get(id) === this,
    );
  }

  async settledAs(kind: Unsettled['kind'], path: string, sent: Sent, id: string | null, start: number) {
    const reply = await this.#shared.sender.settled(kind, 'POST', path, sent);
    // A session that ended meanwhile leaves open what became of earlier attempts.
    if (reply === undefined || reply.status === 401) {
      this.#shared.unsettled.push({ kind, id, patientId: this.patient.id, start });
      this.session = undefined;
      return undefined;
    }
    if (kind === 'book' && reply.status === 201) this.#shared.owners.set(String(reply.body.id), this);
    return reply;
  }

  async step(): Promise<void> {
    if (this.session === undefined) return this.signIn();
    const { session } = this;
    if (this.renews) {
      this.renews = false;
      return this.refresh(session);
    }
    const dice = this.pick(100);
    if (dice < 30) return this.book(this.claim(), session);
    if (dice < 33) {
      // A time that a neighbour is about to want: one of the two gets it.
      const rival = this.#shared.people[(this.index + 1) % this.#shared.people.length];
      if (rival === undefined) return;
      return this.book(rival.#slotAt(rival.next % SLOTS), session);
    }
    if (dice < 42) return this.change('cancel', session);
    if (dice < 52) return this.change('move', session);
    if (dice < 70) return this.read('/users/me', session);
    if (dice < 80) return this.read('/appointments/my?limit=10', session);
    if (dice < 92) {
      const from = new Date(this.#shared.origin).toISOString().slice(0, 10);
      return this.read(
        `/appointments/available-slots?doctorId=${this.#shared.clinic.doctors[0]}&from=${from}&to=${from}`,
        session,
      );
    }
    if (dice < 98) return this.refresh(session);
    return this.pick(2) === 0 ? this.signIn() : this.read('/users/me', session);
  }
}
