/** One deadline for a request as a whole, from when its body is there (R81). */
import type { MiddlewareHandler } from 'hono';
import { Unavailable } from '../../../domain/shared/ports.ts';
import type { AppEnv } from '../env.ts';

/**
 * Whoever waits longer is told to try again. What was already asked of the database may still be done: repeated with the same
 * `Idempotency-Key`, the request gets the answer of the first.
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
 * For routes that work in steps: files that are made while they are sent, and jobs. Each round trip to the database has its
 * own deadline, and the request as a whole has none.
 */
export const stepwise: MiddlewareHandler<AppEnv> = (c, next) => {
  c.get('workInSteps')();
  return next();
};
