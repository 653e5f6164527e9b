import { afterAll, beforeAll, expect, test } from 'vitest';
import { newDemoPlan, seedDemo } from '../../../src/app/demo.ts';
import { smoke } from '../../../tools/smoke.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
let email: string;
beforeAll(async () => {
  portal = await startPortal();
  await seedDemo(portal.deps, newDemoPlan(portal.deps), () => {});
  ({ email } = await portal.person('patient', 'smoke'));
});
afterAll(() => portal.close());

const options = (
  told: string[],
  fetch: (request: Request) => Promise<Response> = (request) => portal.fetch(request),
) => ({
  ...{ baseUrl: 'https://portal.example', email, password: PASSWORD, fetch },
  now: () => portal.clock.now(),
  tell: (line: string) => told.push(line),
});
const standing = async () => {
  const token = await portal.signIn(email);
  const { body } = await portal.request('GET', '/api/v1/appointments/my', { token });
  return (body.data as { status: string }[]).filter(({ status }) => status !== 'cancelled').length;
};

test('the smoke journey walks a portal, and leaves no appointment that stands', async () => {
  const told: string[] = [];
  await smoke(options(told));
  expect(told).toEqual([
    'ok    is alive',
    'ok    is ready',
    'ok    serves its contract',
    'ok    signs in',
    'ok    books a free time',
    'ok    books once when it is asked twice',
    'ok    cancels',
    'ok    signs out',
  ]);
  expect(await standing()).toBe(0);
});

test('it names the step that fails, and cancels what it has booked', async () => {
  let bookings = 0;
  const failing = async (request: Request) => {
    const isBooking = request.method === 'POST' && new URL(request.url).pathname === '/api/v1/appointments';
    if (isBooking) bookings += 1;
    if (isBooking && bookings === 2)
      return Response.json(
        { code: 'unavailable', detail: 'Later.', requestId: 'r1' },
        { status: 503, headers: { 'Content-Type': 'application/problem+json' } },
      );
    return portal.fetch(request);
  };
  await expect(smoke(options([], failing))).rejects.toThrow(
    'books once when it is asked twice: answered 503 unavailable: Later. (request r1)',
  );
  expect(await standing()).toBe(0);
});
