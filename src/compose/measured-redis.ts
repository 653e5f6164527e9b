/** Counts the calls to Redis and how long they took. */
import type { RedisConnection } from '../../adapters/redis/connection.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import type { Metrics } from '../app/metrics.ts';

export function measuredRedis(connection: RedisConnection, metrics: Metrics): RedisConnection {
  return {
    ...connection,
    async run(command) {
      const began = performance.now();
      let outcome = 'ok';
      try {
        return await connection.run(command);
      } catch (error) {
        outcome = error instanceof Unavailable ? error.reason : 'failed';
        throw error;
      } finally {
        metrics.count('portal_redis_trips_total', { outcome });
        metrics.observe('portal_redis_trip_duration_seconds', {}, (performance.now() - began) / 1000);
      }
    },
  };
}
