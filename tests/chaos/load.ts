/**
 * Mixed load that remembers what was acknowledged. Each patient books, cancels and moves appointments, reads, refreshes the
 * session and signs in. A request that is refused with 503 or gets no answer is sent again with the same key, as clients
 * should, until the portal says what became of it.
 */
import type { Clinic } from './clinic.ts';
import type { Ledger } from './ledger.ts';
import { Person, type Shared } from './person.ts';
import { createSender, type Refused } from './sender.ts';
import { pause } from './services.ts';

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

/** Bookings are possible for 90 days, reminders are sent a day before. */
const FIRST_DAYS = 3;
const SETTLE_MS = 30_000;

export function startLoad({ urls, clinic, stepsPerSecond, seed }: LoadOptions): Load {
  let resting = true;
  let restingSince = 0;
  let workers: Promise<void>[] = [];
  const sender = createSender(urls, () => resting && performance.now() - restingSince > SETTLE_MS);
  const shared = sharedBy({ clinic, seed }, sender);
  const { written, served, appointments, unsettled, people } = shared;
  people.push(...clinic.patients.map((patient, index) => new Person(shared, index, patient)));
  const work = async (person: Person) => {
    const rest = (1_000 * people.length) / stepsPerSecond;
    while (!resting) {
      const started = performance.now();
      await person.step();
      await pause(Math.max(0, rest - (performance.now() - started)));
    }
  };
  return {
    ...{ written, served, refused: sender.refused, appointments, unsettled },
    signedOut: () => shared.signedOut,
    async signIn() {
      for (const person of people) if (person.session === undefined) await person.signIn();
    },
    renew() {
      for (const person of people) person.renews = true;
    },
    begin() {
      for (const measured of [written, served, sender.refused]) measured.length = 0;
      shared.signedOut = 0;
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
    crowd: (doctorId, bookings) => bookTogether(people, doctorId, bookings),
  };
}

function sharedBy({ clinic, seed }: Pick<LoadOptions, 'clinic' | 'seed'>, sender: Shared['sender']): Shared {
  const origin = Math.ceil((Date.now() + FIRST_DAYS * 86_400_000) / 86_400_000) * 86_400_000;
  return {
    ...{ clinic, seed, origin, sender, people: [], owners: new Map() },
    ...{ appointments: new Map(), unsettled: [], written: [], served: [], signedOut: 0 },
  };
}

async function bookTogether(people: readonly Person[], doctorId: string, bookings: number): Promise<void> {
  const crowd = Array.from({ length: bookings }, (_, index) => people[index % people.length]);
  await Promise.all(
    crowd.map(async (person) => {
      if (person?.session === undefined) return;
      const { start } = person.claim();
      await person.book({ start, doctorId }, person.session);
    }),
  );
}
