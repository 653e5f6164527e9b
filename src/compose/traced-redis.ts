/** A span for each round trip to Redis. Neither keys nor values are in it. */
import type { Redis } from '@upstash/redis/cloudflare';
import type { RedisConnection } from '../../adapters/redis/connection.ts';
import type { Tracer } from '../../domain/shared/tracing.ts';

interface Trip {
  readonly commands: Promise<unknown>[];
}

const attributes = { 'db.system.name': 'redis' };

/** Commands of one turn of the event loop share a trip (see `connectRedis`), and a span, if they have the same cause. */
export function tracedRedis(connection: RedisConnection, tracer: Tracer): RedisConnection {
  const trips = new Map<string, Trip>();
  const begin = (cause: string): Trip => {
    const trip: Trip = { commands: [] };
    trips.set(cause, trip);
    const turn = new Promise<void>((resolve) => {
      setTimeout(() => {
        trips.delete(cause);
        resolve();
      }, 0);
    });
    void tracer.span('redis', { kind: 'client', attributes }, async (span) => {
      await turn;
      const outcomes = await Promise.allSettled(trip.commands);
      span.set({ 'db.operation.batch.size': outcomes.length });
      if (outcomes.some(({ status }) => status === 'rejected')) span.fail('unreachable');
    });
    return trip;
  };
  return {
    ...connection,
    run(command) {
      const cause = tracer.current() ?? '';
      const trip = trips.get(cause) ?? begin(cause);
      const result = connection.run(command);
      trip.commands.push(result);
      return result;
    },
  };
}

/** The client sends the commands of one turn in one request. */
export function tracedUpstash(client: Redis, tracer: Tracer): Redis {
  client.use((request, next) => {
    const { body } = request;
    // A pipeline is a list of lists.
    const size = Array.isArray(body) && Array.isArray(body[0]) ? body.length : 1;
    return tracer.span(
      'redis',
      { kind: 'client', attributes: { ...attributes, 'db.operation.batch.size': size, 'peer.service': 'upstash' } },
      () => next(request),
    );
  });
  return client;
}
