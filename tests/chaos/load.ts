/**
 * Mixed load that remembers what was acknowledged. Each patient books, cancels and moves appointments, reads, refreshes the
 * session and signs in. A request that is refused with 503 or gets no answer is sent again with the same key, as clients
 * should, until the portal says what became of it.
 */
import { numbers } from '../concurrency/scheduling-load.ts';
import type { Clinic, Patient } from './clinic.ts';
import { client, type Reply, type Sent } from './http.ts';
import type { Acknowledged, Ledger, Unsettled } from './ledger.ts';
import { pause } from './services.ts';

export interface Refused {
  readonly at: number;
  /** `null` when there was no answer. */
  readonly status: number | null;
  readonly retryAfter: string | null;
  readonly step: string;
}

export interface Load extends Ledger {
  /** Milliseconds of `performance.now()` at which each write or read was done. */
  readonly written: readonly number[];
  readonly served: readonly { readonly at: number; readonly milliseconds: number }[];
  readonly refused: readonly Refused[];
  /** Refreshes that were refused: the person was signed out without having asked for it. */
  signedOut(): number;
  /** Signs everybody in, one after the other: passwords cost. */
  signIn(): Promise<void>;
  /** Everybody refreshes the session with the next step. */
  renew(): void;
  /** Forgets what was measured; the ledger stays. */
  begin(): void;
  /** Goes on after {@link Load.rest}. */
  resume(): void;
  /** Returns when no request is under way. What could not be settled in time is in {@link Ledger.unsettled}. */
  rest(): Promise<void>;
  /** So many bookings at once with one doctor. */
  crowd(doctorId: string, bookings: number): Promise<void>;
}

export interface LoadOptions {
  /** The processes, as a load balancer has them; may change while it runs. */
  readonly urls: readonly string[];
  readonly clinic: Clinic;
  readonly stepsPerSecond: number;
  readonly seed: number;
}

const SLOT_MS = 30 * 60_000;
/** Bookings are possible for 90 days, reminders are sent a day before. */
const FIRST_DAYS = 3;
const SLOTS = 85 * 48;
const SETTLE_MS = 30_000;
/** Answers of the rules of booking: the time is taken meanwhile, or the patient is elsewhere then. */
const DECLINED = [409, 422];

interface Session {
  access: string;
  refresh: string;
}

export function startLoad({ urls, clinic, stepsPerSecond, seed }: LoadOptions): Load {
  const written: number[] = [];
  const served: { at: number; milliseconds: number }[] = [];
  const refused: Refused[] = [];
  const appointments = new Map<string, Acknowledged>();
  const unsettled: Unsettled[] = [];
  const origin = Math.ceil((Date.now() + FIRST_DAYS * 86_400_000) / 86_400_000) * 86_400_000;
  let signedOut = 0;
  let turn = 0;
  let resting = true;
  let restingSince = 0;
  let workers: Promise<void>[] = [];

  const once = async (step: string, method: string, path: string, sent: Sent): Promise<Reply | undefined> => {
    const url = urls[turn++ % urls.length] ?? '';
    try {
      const reply = await client(url)(method, path, sent);
      if (reply.status >= 300 && !DECLINED.includes(reply.status)) {
        refused.push({ at: performance.now(), status: reply.status, retryAfter: reply.retryAfter, step });
      }
      return reply;
    } catch {
      refused.push({ at: performance.now(), status: null, retryAfter: null, step });
      return undefined;
    }
  };
  /** @returns the answer that settles it, or `undefined` when there was none in time */
  const settled = async (step: string, method: string, path: string, sent: Sent): Promise<Reply | undefined> => {
    for (;;) {
      const reply = await once(step, method, path, sent);
      if (reply !== undefined && reply.status < 500) return reply;
      if (resting && performance.now() - restingSince > SETTLE_MS) return undefined;
      await pause(Math.min(500, 1_000 * Number(reply?.retryAfter ?? 0.1)));
    }
  };
  const slot = (start: number) => {
    const iso = new Date(start).toISOString();
    return { appointmentDate: iso.slice(0, 10), startTime: iso.slice(11, 16) };
  };

  class Person {
    readonly index: number;
    readonly patient: Patient;
    readonly pick: (below: number) => number;
    session: Session | undefined;
    renews = false;
    /** Each time slot is used once: nobody else wants it, unless on purpose. */
    next = 0;

    constructor(index: number, patient: Patient) {
      this.index = index;
      this.patient = patient;
      this.pick = numbers(seed + index);
    }

    /** At each time everybody is with another doctor. */
    claim(): { readonly start: number; readonly doctorId: string } {
      const at = this.next++ % SLOTS;
      const doctorId = clinic.doctors[(this.index + at) % clinic.doctors.length] ?? '';
      return { start: origin + at * SLOT_MS, doctorId };
    }

    async signIn(): Promise<void> {
      const { email, password } = this.patient;
      const reply = await settled('sign-in', 'POST', '/auth/login', { body: { email, password } });
      if (reply?.status !== 200) return;
      this.session = { access: String(reply.body.accessToken), refresh: String(reply.body.refreshToken) };
    }

    async refresh({ refresh }: Session): Promise<void> {
      const reply = await settled('refresh', 'POST', '/auth/refresh-token', { body: { refreshToken: refresh } });
      if (reply?.status === 200) {
        this.session = { access: String(reply.body.accessToken), refresh: String(reply.body.refreshToken) };
        return;
      }
      if (reply !== undefined) signedOut += 1;
      this.session = undefined;
    }

    async read(path: string, { access }: Session): Promise<void> {
      const started = performance.now();
      const reply = await once('read', 'GET', path, { token: access });
      const at = performance.now();
      if (reply?.status === 200) served.push({ at, milliseconds: at - started });
      if (reply?.status === 401) this.session = undefined;
    }

    async book(wanted: { start: number; doctorId: string }, { access }: Session): Promise<void> {
      const { start, doctorId } = wanted;
      const body = { doctorId, ...slot(start), appointmentType: 'consultation', reason: 'a cough' };
      const sent = { token: access, body, key: `book-${crypto.randomUUID()}` };
      const reply = await this.settledAs('book', '/appointments', sent, null, start);
      if (reply?.status !== 201) return;
      const id = String(reply.body.id);
      appointments.set(id, { id, start, status: 'scheduled' });
      written.push(performance.now());
    }

    async change(kind: 'cancel' | 'move', { access }: Session): Promise<void> {
      const mine = this.open();
      const found = mine[this.pick(Math.max(1, mine.length))];
      if (found === undefined) return;
      const { start } = kind === 'move' ? this.claim() : found;
      const body = kind === 'move' ? slot(start) : { reason: 'better' };
      const path = `/appointments/${found.id}/${kind === 'move' ? 'reschedule' : 'cancel'}`;
      const sent = { token: access, body, key: `${kind}-${crypto.randomUUID()}` };
      const reply = await this.settledAs(kind, path, sent, found.id, start);
      if (reply?.status !== 200) return;
      appointments.set(found.id, { id: found.id, start, status: kind === 'move' ? 'scheduled' : 'cancelled' });
      written.push(performance.now());
    }

    /** Of this person, and such as can still be changed. */
    open(): Acknowledged[] {
      return [...appointments.values()].filter(({ id, status }) => status === 'scheduled' && owners.get(id) === this);
    }

    async settledAs(kind: Unsettled['kind'], path: string, sent: Sent, id: string | null, start: number) {
      const reply = await settled(kind, 'POST', path, sent);
      // A session that ended meanwhile leaves open what became of earlier attempts.
      if (reply === undefined || reply.status === 401) {
        unsettled.push({ kind, id, patientId: this.patient.id, start });
        this.session = undefined;
        return undefined;
      }
      if (kind === 'book' && reply.status === 201) owners.set(String(reply.body.id), this);
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
        const rival = people[(this.index + 1) % people.length];
        if (rival === undefined) return;
        const at = rival.next % SLOTS;
        const doctorId = clinic.doctors[(rival.index + at) % clinic.doctors.length] ?? '';
        return this.book({ start: origin + at * SLOT_MS, doctorId }, session);
      }
      if (dice < 42) return this.change('cancel', session);
      if (dice < 52) return this.change('move', session);
      if (dice < 70) return this.read('/users/me', session);
      if (dice < 80) return this.read('/appointments/my?limit=10', session);
      if (dice < 92) {
        const from = new Date(origin).toISOString().slice(0, 10);
        return this.read(
          `/appointments/available-slots?doctorId=${clinic.doctors[0]}&from=${from}&to=${from}`,
          session,
        );
      }
      if (dice < 98) return this.refresh(session);
      return this.pick(2) === 0 ? this.signIn() : this.read('/users/me', session);
    }
  }

  const owners = new Map<string, Person>();
  const people = clinic.patients.map((patient, index) => new Person(index, patient));
  const work = async (person: Person) => {
    const rest = (1_000 * people.length) / stepsPerSecond;
    while (!resting) {
      const started = performance.now();
      await person.step();
      await pause(Math.max(0, rest - (performance.now() - started)));
    }
  };

  return {
    written,
    served,
    refused,
    appointments,
    unsettled,
    signedOut: () => signedOut,
    async signIn() {
      for (const person of people) if (person.session === undefined) await person.signIn();
    },
    renew() {
      for (const person of people) person.renews = true;
    },
    begin() {
      written.length = 0;
      served.length = 0;
      refused.length = 0;
      signedOut = 0;
    },
    resume() {
      resting = false;
      workers = people.map(work);
    },
    async rest() {
      resting = true;
      restingSince = performance.now();
      await Promise.all(workers);
    },
    async crowd(doctorId, bookings) {
      const crowd = Array.from({ length: bookings }, (_, index) => people[index % people.length]);
      await Promise.all(
        crowd.map(async (person) => {
          if (person?.session === undefined) return;
          const { start } = person.claim();
          await person.book({ start, doctorId }, person.session);
        }),
      );
    },
  };
}
