/** The set-up that all races share: a portal on its own database of a real server, persons, and requests sent at once. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Row, SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { SqlError } from '../../adapters/postgres/driver/fault.ts';
import type { Sql } from '../../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import type { Role } from '../../domain/shared/permissions.ts';
import { WRONG_DOCTOR_PATIENTS } from '../support/doctor-patients.ts';
import { type Portal, type PortalOptions, type Reply, startPortal } from '../support/portal.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';

export interface SignedIn {
  readonly id: string;
  readonly email: string;
  readonly token: string;
}

export interface ServerOptions extends Pick<PortalOptions, 'environment' | 'now' | 'cacheParts'> {
  /** Connections of the driver. Default 20, so that many requests reach the database at once. */
  readonly connections?: number;
  /** For tests that observe or delay statements. */
  readonly wrap?: (driver: SqlDriver) => SqlDriver;
}

const SET_UP_MILLISECONDS = 120_000;

/** A portal on a database of its own. The members are set while the tests of {@link onServer} and their set-up run. */
export class Server {
  #started: { readonly url: string; readonly driver: SqlDriver; readonly portal: Portal } | undefined;

  get #running() {
    if (this.#started === undefined) throw new Error('the server runs only during the tests and their set-up');
    return this.#started;
  }
  /** As the owner of the database. */
  get url(): string {
    return this.#running.url;
  }
  /** As the application's role. */
  get driver(): SqlDriver {
    return this.#running.driver;
  }
  get portal(): Portal {
    return this.#running.portal;
  }

  async rows(statement: Sql): Promise<readonly Row[]> {
    const [rows = []] = await this.driver.run([statement], 'snapshot');
    return rows;
  }

  async signedIn(role: Role, name: string): Promise<SignedIn> {
    const { id, email } = await this.portal.person(role, name);
    return { id, email, token: await this.portal.signIn(email) };
  }

  /** @returns stops it and drops the database */
  async start({
    connections = 20,
    wrap = (driver) => driver,
    ...options
  }: ServerOptions): Promise<() => Promise<void>> {
    const { url, drop } = await freshDatabase();
    const driver = wrap(createTcpDriver({ url, role: 'patient_portal_app', maxConnections: connections }));
    this.#started = { url, driver, portal: await startPortal({ ...options, driver }) };
    return async () => {
      await driver.close();
      await drop();
    };
  }
}

/** Tests on a real server, which they share. They are skipped if there is none. */
export function onServer(subject: string, options: ServerOptions, races: (server: Server) => void): void {
  describe.skipIf(databaseUrl === undefined)(`${subject}, on a real server${needsPostgres}`, () => {
    const server = new Server();
    let stop = async () => {};
    beforeAll(async () => {
      stop = await server.start(options);
    }, SET_UP_MILLISECONDS);
    afterAll(async () => {
      const wrong = await server.rows(WRONG_DOCTOR_PATIENTS).finally(stop);
      expect(wrong, 'the patients of doctors after all races').toEqual([]);
    });
    races(server);
  });
}

/** Starts all before it waits for any. */
export function atOnce<T>(count: number, start: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => start(index)));
}

/** The status of each answer, sorted. */
export function statuses(replies: readonly Reply[]): number[] {
  return replies.map(({ status }) => status).sort();
}

/** The distinct answers, as status and code. */
export function answers(replies: readonly Reply[]): string[] {
  return [...new Set(replies.map(({ status, body }) => `${status} ${body.code ?? 'ok'}`))].sort();
}

/** Counts the deadlocks that PostgreSQL has ended. */
export function countingDeadlocks(): { readonly wrap: (driver: SqlDriver) => SqlDriver; count(): number } {
  let deadlocks = 0;
  return {
    count: () => deadlocks,
    wrap: (driver) => ({
      close: driver.close,
      run: (statements, mode) =>
        driver.run(statements, mode).catch((error: unknown) => {
          if (error instanceof SqlError && error.sqlState === '40P01') deadlocks += 1;
          throw error;
        }),
    }),
  };
}
