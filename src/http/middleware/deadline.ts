/** A deadline for the whole request, which starts when its body has been received (R81). */
import type { MiddlewareHandler } from 'hono';
import { Unavailable } from '../../../domain/shared/ports.ts';
import type { AppEnv } from '../env.ts';

/**
 * After the deadline the answer is 503 with `Retry-After`. The database may still complete what it has begun: a request that
 * is repeated with the same `Idempotency-Key` gets the answer of the first.
 */
export const deadline: MiddlewareHandler<AppEnv> = async (c, next) => {
  const milliseconds = c.env.platform.config.REQUEST_TIMEOUT_MS;
  c.set('endsAt', performance.now() + milliseconds);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lift = c.get('workInSteps');
  c.set('workInSteps', () => {
    clearTimeout(timer);
    lift();
  });
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Unavailable('request', { reason: 'deadline', retryAfterSeconds: 1 }));
    }, milliseconds);
  });
  try {
    await Promise.race([next(), late]);
  } finally {
    clearTimeout(timer);
  }
};

/**
 * For operations that work in steps, such as streamed files and jobs: each round trip to the database has a deadline, the
 * whole request has none.
 */
export const stepwise: MiddlewareHandler<AppEnv> = (c, next) => {
  c.get('workInSteps')();
  return next();
};
