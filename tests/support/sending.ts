/** Processes that send many messages to providers whose answers a test gives, over a database that refuses what it selects. */
import { expect } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import type { Row, SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { toFault } from '../../adapters/postgres/driver/fault.ts';
import { type Sql, sql } from '../../adapters/postgres/driver/sql.ts';
import type { User } from '../../domain/identity/user.ts';
import type { MessageDraft } from '../../domain/messages.ts';
import type { OutgoingMessage, SendResult } from '../../domain/notifications/ports.ts';
import { decided } from '../../domain/shared/changes.ts';
import { ok } from '../../domain/shared/result.ts';
import { commit } from '../../src/app/command.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { type Provider, providersOver } from '../../src/compose/providers.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { type Portal, type PortalOptions, startPortal } from './portal.ts';
import { testDatabase } from './test-database.ts';

export interface Sending {
  readonly portal: Portal;
  /** The database, which refuses nothing. */
  readonly database: SqlDriver;
  /** Round trips of the processes. */
  trips: number;
  /** The statements of each. */
  batches: (readonly string[])[];
  /** Which of the trips were refused. */
  refused: number;
  /** Selects the statements that the database refuses. Default: none. */
  refuses: (text: string) => boolean;
  /** By whom each delivery was sent. */
  sends: { readonly id: string; readonly by: string }[];
  /** Default: accepts each message. */
  answer: (message: OutgoingMessage, by: string) => SendResult | Promise<SendResult>;
  rows(statement: Sql): Promise<readonly Row[]>;
  /** How many deliveries by mail are in each state. */
  states(): Promise<Readonly<Record<string, number>>>;
  /** A process whose mail goes out through these providers. */
  processOver(...names: readonly string[]): Jobs;
  /** Writes messages to one person each, up to ten people. */
  write(count: number): Promise<void>;
  /** Commits messages as the system does. */
  queue(messages: readonly MessageDraft[]): Promise<void>;
  userOf(email: string): Promise<User>;
}

type State = Pick<Sending, 'trips' | 'batches' | 'refused' | 'refuses' | 'sends' | 'answer'>;

/** @param environment settings besides those of all tests */
export async function startSending(environment: PortalOptions['environment'] = {}): Promise<Sending> {
  const { driver: database } = await testDatabase();
  const state: State = {
    ...{ trips: 0, batches: [], refused: 0, sends: [] },
    refuses: () => false,
    answer: ({ id }) => ok({ providerId: id }),
  };
  const run: SqlDriver['run'] = (statements, mode, bounds) => {
    state.trips += 1;
    state.batches.push(statements.map(({ text }) => text));
    if (!statements.some(({ text }) => state.refuses(text))) return database.run(statements, mode, bounds);
    state.refused += 1;
    return Promise.reject(toFault(Object.assign(new Error('no space left'), { code: '53100' }), mode));
  };
  const portal = await startPortal({
    driver: { ...database, run },
    environment: { LOG_LEVEL: 'silent', ...environment },
  });
  const rows = async (statement: Sql) => (await database.run([statement], 'snapshot'))[0] ?? [];
  return Object.assign(state, {
    ...{ portal, database, rows, ...writing(portal), processOver: processes(portal, state) },
    async states() {
      const counted = sql`SELECT d.state, count(*)::int AS n FROM deliveries d WHERE d.channel = 'email' GROUP BY d.state`;
      return Object.fromEntries((await rows(counted)).map(({ state: reached, n }) => [reached, n as number]));
    },
  });
}

function processes(portal: Portal, state: State): Sending['processOver'] {
  return (...names) => {
    const providers = names.map((name): Provider => {
      const send = (message: OutgoingMessage) => {
        state.sends.push({ id: message.id, by: name });
        return state.answer(message, name);
      };
      return { name, sendsTo: ['email'], channel: { send: async (message) => send(message) } };
    });
    const deps = { ...portal.deps, channel: providersOver(providers, portal.clock) };
    return createJobs(deps, createOutbox(portal.driver, deps.settings.rates), null);
  };
}

function writing(portal: Portal): Pick<Sending, 'userOf' | 'queue' | 'write'> {
  const { deps } = portal;
  const userOf = async (email: string) => {
    const [user] = await portal.database.load(deps.loads.identity.userByEmail(email));
    if (user === undefined) throw new Error(`nobody has ${email}`);
    return user;
  };
  const queue = async (messages: readonly MessageDraft[]) => {
    const decision = decided({ value: undefined, changes: [], audit: [], messages });
    expect((await commit(deps, systemContext(deps), decision)).ok).toBe(true);
  };
  return {
    ...{ userOf, queue },
    async write(count) {
      const people: MessageDraft[] = [];
      for (let n = 0; n < Math.min(10, count); n++) {
        const { id: userId, dataKey } = await userOf((await portal.person('patient', `person-${n}`)).email);
        people.push({ template: 'password-changed', variables: { how: 'changed' }, userId, dataKey });
      }
      await queue(Array.from({ length: count }, (_, n) => people[n % people.length]).filter(isDraft));
    },
  };
}

function isDraft(message: MessageDraft | undefined): message is MessageDraft {
  return message !== undefined;
}

/** That no message was sent twice. */
export function expectOnce({ sends }: Sending): void {
  expect(new Set(sends.map(({ id }) => id)).size).toBe(sends.length);
}
