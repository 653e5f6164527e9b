/** Faults of Redis, of the mail provider, and of a clock. */
import { CUT, type Fault, needsDisk, needsRedis, SOON_MS } from './fault.ts';
import { pause } from './services.ts';

const CLOCK_SHIFT_MS = 5 * 60_000;
const REDIS = /"event":"degraded".*"(service|dependency)":"redis"/;

export const SERVICE_FAULTS: readonly Fault[] = [
  // A minute before the other fault that the log names alike, because of one cause ten lines a minute are written.
  {
    name: 'the mail provider’s acceptance is lost, and the database is cut off',
    named: /"event":"message_not_sent".*"reason":"unreachable"/,
    recoversWithin: SOON_MS,
    async begin({ provider, proxy }) {
      provider.be('acceptance_lost');
      await pause(700);
      await proxy.refuse();
      return async () => {
        await proxy.recover();
        provider.be('well');
      };
    },
  },
  {
    name: 'Redis is killed',
    isBrief: true,
    needs: needsRedis,
    named: REDIS,
    recoversWithin: SOON_MS,
    async begin({ redis }) {
      await redis?.kill();
      return async () => void (await redis?.restart());
    },
  },
  {
    name: 'Redis stalls',
    needs: needsRedis,
    named: REDIS,
    recoversWithin: SOON_MS,
    async begin({ redis }) {
      redis?.stall();
      return async () => redis?.resume();
    },
  },
  {
    name: 'Redis is read-only',
    needs: needsRedis,
    named: REDIS,
    recoversWithin: SOON_MS,
    async begin({ redis }) {
      await redis?.command('REPLICAOF', '127.0.0.1', '1');
      return async () => void (await redis?.command('REPLICAOF', 'NO', 'ONE'));
    },
  },
  {
    name: 'Redis is out of memory',
    needs: needsRedis,
    named: REDIS,
    recoversWithin: SOON_MS,
    async begin({ redis }) {
      await redis?.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
      await redis?.command('CONFIG', 'SET', 'maxmemory', '1mb');
      return async () => void (await redis?.command('CONFIG', 'SET', 'maxmemory', '0'));
    },
  },
  {
    name: 'Redis and the database are both away',
    needs: needsRedis,
    named: CUT,
    recoversWithin: SOON_MS,
    async begin({ redis, proxy }) {
      await Promise.all([redis?.kill(), proxy.refuse()]);
      return async () => void (await Promise.all([redis?.restart(), proxy.recover()]));
    },
  },
  ...[-CLOCK_SHIFT_MS, CLOCK_SHIFT_MS].map(
    (shift): Fault => ({
      name: `the clock of one process is 5 minutes ${shift < 0 ? 'behind' : 'ahead'}`,
      named: /"event":"clock_differs"/,
      recoversWithin: SOON_MS,
      async begin(world, load) {
        const wrong = await world.join({ clockShiftMs: shift });
        world.urls[1] = wrong.url;
        load.renew();
        return async () => {
          world.urls[1] = world.portals[1].url;
          await wrong.stop();
        };
      },
    }),
  ),
  {
    name: 'the mail provider answers 500',
    named: /"event":"message_not_sent".*"reason":"unreachable"/,
    recoversWithin: SOON_MS,
    async begin({ provider }) {
      provider.be('error_500');
      return async () => provider.be('well');
    },
  },
  {
    name: 'the mail provider is slow, and the database is cut off',
    named: CUT,
    recoversWithin: SOON_MS,
    async begin({ provider, proxy }) {
      provider.be('slow');
      await pause(700);
      await proxy.refuse();
      return async () => {
        await proxy.recover();
        provider.be('well');
      };
    },
  },
  {
    name: 'the mail provider is slow, and the disk of the tables is full',
    needs: needsDisk,
    named: /"reason":"disk_full"/,
    recoversWithin: SOON_MS,
    lasts: 4_000,
    async begin({ provider, database }) {
      provider.be('slow');
      await pause(700);
      const makeRoom = await database.fill('data');
      return async () => {
        await makeRoom();
        provider.be('well');
      };
    },
  },
];
