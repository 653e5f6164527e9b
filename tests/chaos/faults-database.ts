/** Faults of the database. */
import { CUT, type Fault, needsDisk, SOON_MS } from './fault.ts';
import { lock } from './world.ts';

const RESTART_MS = 12_000;
const READ_ONLY = 'ALTER DATABASE postgres SET default_transaction_read_only = on';
const READ_WRITE = 'ALTER DATABASE postgres RESET default_transaction_read_only';
const END_SESSIONS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

export const DATABASE_FAULTS: readonly Fault[] = [
  {
    name: 'nothing is broken',
    named: null,
    recoversWithin: SOON_MS,
    begin: async () => async () => {},
  },
  {
    name: 'the database turns read-only',
    isBrief: true,
    named: /"reason":"read_only","code":"25006"/,
    recoversWithin: SOON_MS,
    async begin({ database }) {
      await database.ask(READ_ONLY);
      await database.ask(END_SESSIONS);
      return async () => void (await database.ask(READ_WRITE));
    },
  },
  {
    name: 'the database stalls',
    named: /"reason":"(unreachable|no_connection|deadline|overloaded|too_slow)"/,
    recoversWithin: 6_000,
    lasts: 4_000,
    async begin({ proxy }) {
      proxy.stall();
      return () => proxy.recover();
    },
  },
  {
    name: 'the database is cut off',
    named: CUT,
    recoversWithin: SOON_MS,
    async begin({ proxy }) {
      await proxy.refuse();
      return () => proxy.recover();
    },
  },
  {
    name: 'the database is killed',
    isBrief: true,
    named: CUT,
    recoversWithin: SOON_MS,
    async begin({ database }) {
      await database.kill();
      return () => database.restart();
    },
  },
  {
    name: 'the disk of the tables is full',
    isBrief: true,
    needs: needsDisk,
    named: /"reason":"disk_full","code":"53100"/,
    recoversWithin: SOON_MS,
    lasts: 4_000,
    begin: ({ database }) => database.fill('data'),
  },
  {
    name: 'the disk of the write-ahead log is full; the server ends',
    needs: needsDisk,
    named: /"reason":"(disk_full|unreachable|connection_lost|server_stopping|server_starting)"/,
    recoversWithin: RESTART_MS,
    lasts: 8_000,
    async begin({ database }) {
      const makeRoom = await database.fill('log');
      // What is left of the log is used up at once.
      for (let count = 0; count < 6; count++) await database.ask('SELECT pg_switch_wal()').catch(() => []);
      return async () => {
        await makeRoom();
        await database.restart();
      };
    },
  },
  {
    name: 'one doctor is locked, and 12 bookings at each process need the row',
    isBrief: true,
    named: /"reason":"locked"/,
    recoversWithin: SOON_MS,
    lasts: 2_500,
    async begin({ database }, load) {
      const [doctor] = await database.ask<{ id: string }>(`SELECT id FROM users WHERE role = 'doctor' ORDER BY id`);
      const release = await lock(database, `SELECT 1 FROM users WHERE id = '${doctor?.id}' FOR UPDATE`);
      const crowd = load.crowd(doctor?.id ?? '', 24);
      return async () => {
        await release();
        await crowd;
      };
    },
  },
  {
    name: 'all audit streams are locked',
    named: /"reason":"locked"/,
    recoversWithin: SOON_MS,
    lasts: 2_500,
    begin: ({ database }) => lock(database, 'SELECT 1 FROM audit_streams FOR UPDATE'),
  },
];
