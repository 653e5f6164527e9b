/** The portal behind a PgBouncer in transaction mode, with the settings of `ops/pgbouncer.ini`. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepsPrepared } from '../../adapters/postgres/driver/pooler.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { sqlDriverContract } from '../contract/sql-driver.contract.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres, required } from '../tools/services.ts';
import { mailbox, type PortalProcess, startProcess, startRefused } from './deno-process.ts';
import { journey } from './journey.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const SETTINGS = {
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
  MFA_REQUIRED_ROLES: '',
  FILE_SCANNER: 'none',
  DEV_MAILBOX: '1',
};
const installed = /PgBouncer (\d+)\.(\d+)/.exec(
  spawnSync('pgbouncer', ['--version'], { encoding: 'utf8' }).stdout ?? '',
);
const needsPgbouncer = installed === null ? ' (skipped: pgbouncer is not installed)' : needsPostgres;
const keepsStatements = installed !== null && Number(installed[1]) * 100 + Number(installed[2]) >= 121;
/** Fewer than the connections of the portal, so that these share sessions. */
const POOL = 3;

interface Bouncer {
  readonly url: string;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** @param more lines of the configuration */
async function startBouncer(database: string, more: readonly string[] = []): Promise<Bouncer> {
  const server = new URL(database);
  const folder = await mkdtemp(`${tmpdir()}/portal-pgbouncer-`);
  await chmod(folder, 0o755);
  const port = await freePort();
  const settings: Readonly<Record<string, string>> = {
    patient_portal: `host=${server.hostname} port=${server.port} dbname=${server.pathname.slice(1)}`,
    listen_port: String(port),
    auth_type: 'trust',
    auth_file: `${folder}/users`,
    default_pool_size: String(POOL),
  };
  const written = (await readFile(new URL('../../ops/pgbouncer.ini', import.meta.url), 'utf8'))
    .replace(/^(\w+) = .*$/gm, (line, name) => (settings[name] === undefined ? line : `${name} = ${settings[name]}`))
    .replace(/^; (max_prepared_statements)/m, keepsStatements ? '$1' : '; $1');
  await writeFile(`${folder}/pgbouncer.ini`, `${written}unix_socket_dir =\n${more.join('\n')}\n`);
  await writeFile(`${folder}/users`, `"${server.username}" "${server.password}"\n`);
  // It refuses to run as root.
  const as = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child: ChildProcess = spawn('pgbouncer', [...as, `${folder}/pgbouncer.ini`], { stdio: 'ignore' });
  await listening(port, child);
  return {
    url: `postgres://${server.username}@127.0.0.1:${port}/patient_portal`,
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended with ${child.exitCode}`);
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.unref();
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.skipIf(installed === null || databaseUrl === undefined)(`behind PgBouncer${needsPgbouncer}`, () => {
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let bouncer: Bouncer;
  let dataDir: string;
  const settings = () => ({ ...SETTINGS, DATABASE_URL: bouncer.url, DATA_DIR: dataDir });
  const pooled = {
    DATABASE_POOLER: 'transaction',
    MIGRATE: '0',
    DATABASE_PREPARED_STATEMENTS: keepsStatements ? '100' : '0',
  };

  beforeAll(async () => {
    required(databaseUrl);
    database = await freshDatabase();
    bouncer = await startBouncer(database.url);
    dataDir = await mkdtemp(`${tmpdir()}/portal-pooled-`);
  });
  afterAll(async () => {
    await bouncer.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('the journey', async () => {
    const portal: PortalProcess = await startProcess({ ...settings(), ...pooled });
    try {
      await journey({
        url: portal.url,
        admin: ADMIN,
        mailedCode: async (to) => (await mailbox(portal.url, to))[0]?.codes[0] ?? 'none',
        mailedSubjects: async (to) => (await mailbox(portal.url, to)).map(({ subject }) => subject),
      });
    } finally {
      await portal.kill();
    }
  });

  test('transactions of many clients have their settings on the few sessions that they share, and leave none behind', async () => {
    const driver = createTcpDriver({ url: bouncer.url, role: 'patient_portal_app', isPooled: true });
    const plain = createTcpDriver({ url: bouncer.url, isPooled: true });
    const asked = sql`SELECT current_user AS who, current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS timeout`;
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => (await (n % 2 === 0 ? driver : plain).run([asked], 'read'))[0]?.[0]),
    );
    const owner = new URL(bouncer.url).username;
    for (const [n, answer] of answers.entries())
      expect(answer).toEqual({ who: n % 2 === 0 ? 'patient_portal_app' : owner, zone: 'UTC', timeout: '4s' });
    await Promise.all([driver.close(), plain.close()]);
  });

  test('a start that does not know of it is refused, and says what to set', async () => {
    const { code, output } = await startRefused(settings());
    expect(code).not.toBe(0);
    expect(output).toContain('DATABASE_POOLER=transaction');
  });

  test('so is one with a pooler that ignores the settings of a session', async () => {
    const ignoring = await startBouncer(database.url, ['ignore_startup_parameters = options']);
    try {
      const { output } = await startRefused({ ...settings(), MIGRATE: '0', DATABASE_URL: ignoring.url });
      expect(output).toContain('does not keep its role, time zone and time-out');
    } finally {
      await ignoring.close();
    }
  });

  test('so are migrations through it', async () => {
    const { output } = await startRefused({ ...settings(), ...pooled, MIGRATE: '1' });
    expect(output).toContain('set MIGRATE=0');
  });

  test.skipIf(keepsStatements)('so are prepared statements, which it loses', async () => {
    expect(await keepsPrepared(bouncer.url)).toBe(false);
    expect(await keepsPrepared(database.url)).toBe(true);
    const { output } = await startRefused({ ...settings(), ...pooled, DATABASE_PREPARED_STATEMENTS: '100' });
    expect(output).toContain('DATABASE_PREPARED_STATEMENTS: the pooler loses prepared statements');
  });

  test.skipIf(!keepsStatements)('prepared statements are kept', async () => {
    expect(await keepsPrepared(bouncer.url)).toBe(true);
  });

  sqlDriverContract('TCP through PgBouncer', async () => {
    const own = await freshDatabase();
    const through = await startBouncer(own.url);
    const preparedStatements = keepsStatements ? 100 : 0;
    const driver = createTcpDriver({
      url: through.url,
      role: 'patient_portal_app',
      isPooled: true,
      preparedStatements,
    });
    return {
      driver,
      close: async () => {
        await driver.close();
        await through.close();
        await own.drop();
      },
    };
  });
});
