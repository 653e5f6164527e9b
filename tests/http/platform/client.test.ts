import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient, UnexpectedAnswer } from '../../../clients/typescript/client.ts';
import { makeJourney } from '../../../clients/typescript/journey.ts';
import { OPERATIONS as TABLE } from '../../../clients/typescript/operations.ts';
import { newDemoPlan, seedDemo } from '../../../src/app/demo.ts';
import { OPERATIONS } from '../../support/operations.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
  await seedDemo(portal.deps, newDemoPlan(portal.deps), () => {});
});
afterAll(() => portal.close());

const BASE = 'https://portal.example';

describe('the TypeScript client', () => {
  test('makes the whole journey of a patient', async () => {
    const told: string[] = [];
    await makeJourney({
      baseUrl: BASE,
      fetch: (request) => portal.fetch(request),
      email: 'maria@example.org',
      password: 'a quiet river at dawn',
      mailedToken: async (to) => (await portal.mails(to))[0]?.codes[0] ?? '',
      tell: (line) => told.push(line),
      from: '2026-03-03',
      to: '2026-03-10',
    });
    expect(told).toEqual([
      'Signed in.',
      expect.stringMatching(/^Booked 2026-03-\d\d at \d\d:\d\d with \w+ \w+\.$/),
      'Changed to "A cough, for two weeks".',
      'Version 2 is there now.',
      expect.stringMatching(/^Not bookable \(outside_availability.*\); free: 2026-03-/),
      'It is cancelled.',
    ]);
  });

  test('has the method and path of every operation: `npm run contract` writes them', () => {
    const declared = OPERATIONS.map(({ operationId, key }) => [operationId, key]);
    const known = Object.entries(TABLE).map(([id, [method, path]]) => [id, `${method} ${path}`]);
    expect(new Map(known as [string, string][])).toEqual(new Map(declared as [string, string][]));
  });

  test('returns a refusal as a value, and throws what is none of the portal’s', async () => {
    const client = createClient({ baseUrl: BASE, fetch: (request) => portal.fetch(request) });
    const refused = await client.call('getMe');
    expect(refused).toMatchObject({ ok: false, status: 401, problem: { code: 'unauthenticated' } });
    const behind = createClient({
      baseUrl: BASE,
      fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
    });
    await expect(behind.call('getMe')).rejects.toThrow(UnexpectedAnswer);
  });
});
