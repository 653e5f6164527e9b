import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPasswordHasher } from '../../adapters/crypto/password-hasher.ts';
import { ROLES } from '../../domain/shared/permissions.ts';
import type { Deps } from '../../src/app/context.ts';
import { newDemoPlan, seedDemo } from '../../src/app/demo.ts';
import { DEMO_IDS } from '../../src/app/demo-clinic.ts';
import { ensureFirstAdmin } from '../../src/app/identity/first-admin.ts';
import { type Portal, startPortal } from '../support/portal.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

/** Refuses every request for a hash, as if others held all places. */
const REFUSING = createPasswordHasher({ cost: { ln: 4, r: 8, p: 1 }, concurrency: 0, maxWaiting: 0 });

/** Fails at its second commit, as if the process ended there. */
function endingSoon(deps: Deps): Deps {
  let commits = 0;
  const commit: Deps['database']['commit'] = async (batch) => {
    commits += 1;
    if (commits > 1) throw new Error('the process ended here');
    return deps.database.commit(batch);
  };
  return { ...deps, database: { ...deps.database, commit } };
}

test('the demo clinic is created while requests are refused, and continues wherever it was interrupted', async () => {
  const deps = { ...portal.deps, passwords: REFUSING };
  await expect(deps.passwords.hash('of a request')).rejects.toThrow('password hashing');
  const plan = newDemoPlan(deps);
  const steps: string[] = [];
  let interruptions = 0;
  for (;;) {
    const finished = await seedDemo(endingSoon(deps), plan, (step) => steps.push(step)).catch((error: Error) => {
      expect(error.message).toBe('the process ended here');
    });
    if (finished !== undefined) break;
    interruptions += 1;
    expect(interruptions).toBeLessThan(50);
  }
  expect(interruptions).toBeGreaterThan(10);
  expect(steps[0]).toBe('Creating the demo clinic: account 1 of 6');

  const login = await portal.request('POST', '/api/v1/auth/login', {
    body: { email: 'patient@demo.example', password: plan.password },
  });
  expect(login.status).toBe(200);
  const { body } = await portal.request('GET', '/api/v1/appointments/my', { token: login.body.accessToken });
  const shown = (body.data as { status: string; start: string }[]).map(({ status, start }) => [
    status,
    Date.parse(start) < portal.clock.now() ? 'past' : 'to come',
  ]);
  expect((body.data as { id: string }[]).map(({ id }) => id).toSorted()).toEqual([...DEMO_IDS.visits]);
  expect(shown).toEqual([
    ['completed', 'past'],
    ['cancelled', 'past'],
    ['confirmed', 'to come'],
    ['scheduled', 'to come'],
    ['requested', 'to come'],
    ['requested', 'to come'],
    ['scheduled', 'to come'],
    ['scheduled', 'to come'],
    ['scheduled', 'to come'],
  ]);
  const [, , , , , , group, video, joint] = body.data;
  expect(group).toMatchObject({
    appointmentType: 'back_school',
    location: { name: 'Practice by the river' },
    resources: [{ kind: 'room' }],
  });
  expect(video).toMatchObject({ appointmentType: 'video_call', visitMode: 'video' });
  expect(joint).toMatchObject({ doctorName: 'Chidi Okafor', additionalDoctors: [{ name: 'Elif Yilmaz' }] });
});

test('created again with the same plan, it changes nothing', async () => {
  const plan = newDemoPlan(portal.deps);
  const commit: Deps['database']['commit'] = () => Promise.reject(new Error('nothing is left to do'));
  const logins = await seedDemo({ ...portal.deps, database: { ...portal.deps.database, commit } }, plan, () => {});
  expect(logins.map(({ email }) => email)).toContain('dr.sato@demo.example');
  // Whoever tries the portal can see it as anybody who uses it does.
  expect([...new Set(logins.map(({ role }) => role))].sort()).toEqual([...ROLES].sort());
});

test('the first administrator is created while requests are refused', async () => {
  const empty = await startPortal();
  const settings = { ADMIN_EMAIL: 'first@clinic.example', ADMIN_PASSWORD: 'seven green lanterns 41' };
  expect(await ensureFirstAdmin({ ...empty.deps, passwords: REFUSING }, settings)).toBe(true);
  await empty.close();
});
