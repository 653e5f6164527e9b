/** Portals over one database and one shared cache, as processes or isolates share them. */
import { generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { systemRandom } from '../../adapters/crypto/system.ts';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import type { RunScript } from '../../adapters/redis/cache-scripts.ts';
import { redisVersionedCache } from '../../adapters/redis/versioned-cache.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { createHotMemory, type HotMemory } from '../../src/app/cache/hot-cache.ts';
import { type Portal, startPortal } from './portal.ts';
import { testDatabase } from './test-database.ts';

export interface Process {
  readonly portal: Portal;
  readonly memory: HotMemory;
  /** Whether the process cannot reach Redis. */
  isCut: boolean;
  /** Resolves when all is done that runs after the answers. */
  settle(): Promise<void>;
}

export interface SharedCache {
  readonly processes: readonly [Process, Process];
  readonly driver: SqlDriver;
  /** For all processes. */
  pass(seconds: number): void;
  close(): Promise<void>;
}

/** @param run scripts in the Redis of the test, whose keys have the prefix */
export async function startSharedCache(run: RunScript, prefix: string): Promise<SharedCache> {
  const { driver } = await testDatabase();
  const environment = {
    TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
    FIELD_KEYS: JSON.stringify([generateFieldKey('test')]),
    INDEX_KEY: generateIndexKey(),
  };
  const start = async (): Promise<Process> => {
    const running = new Set<Promise<unknown>>();
    const memory = createHotMemory();
    const background = (work: Promise<unknown>) => {
      running.add(work);
      work.finally(() => running.delete(work)).catch(() => {});
    };
    const process = {
      isCut: false,
      memory,
      async settle() {
        while (running.size > 0) await Promise.allSettled(running);
      },
    };
    const cut: RunScript = async (...script) => {
      if (process.isCut) throw new Unavailable('redis');
      return run(...script);
    };
    const portal = await startPortal({
      driver,
      environment,
      cacheParts: { memory, background, cacheOver: (clock) => redisVersionedCache(cut, clock, systemRandom, prefix) },
    });
    return Object.assign(process, { portal });
  };
  const processes = [await start(), await start()] as const;
  return {
    processes,
    driver,
    pass: (seconds) => {
      for (const { portal } of processes) portal.clock.advance(seconds);
    },
    async close() {
      for (const { settle } of processes) await settle();
      await driver.close();
    },
  };
}
