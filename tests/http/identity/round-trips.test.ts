import { afterAll, beforeAll, expect, it } from 'vitest';
import { SESSION_CACHE_MS } from '../../../src/app/identity/authenticate.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { challenge, codeOf, enrol, mailTo } from './support.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

async function measure(budget: number, method: string, path: string, token?: string, body?: unknown) {
  // The session was loaded by an earlier request, so long ago that it is only presumed.
  if (token !== undefined) await portal.request('GET', '/api/v1/users/me', { token });
  portal.clock.advance(SESSION_CACHE_MS / 1000);
  const before = portal.database.roundTrips();
  const reply = await portal.request(method, `/api/v1${path}`, { token, body });
  const trips = portal.database.roundTrips() - before;
  const route = `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}')}`;
  expect([route, reply.status < 300, reply.body]).toEqual([route, true, reply.body]);
  expect(trips, `round trips of ${route}`).toBeLessThanOrEqual(budget);
  return reply;
}

it('accounts, keys and passwords keep to the budget of round trips: reads 1, commands 2', async () => {
  const patient = await portal.person('patient', 'patient');
  const admin = await portal.person('admin', 'admin');
  const boss = await portal.signIn(admin.email);
  const token = await portal.signIn(patient.email);
  const users = `/users/${patient.id}`;
  await measure(1, 'GET', users, token);
  await measure(1, 'GET', users, boss);
  await measure(1, 'GET', `${users}/profile`, token);
  await measure(1, 'GET', `${users}/profile`, boss);
  await measure(1, 'GET', `${users}/preferences`, token);
  const { body: events } = await measure(1, 'GET', `/audit/events?user=${patient.id}`, boss);
  await measure(1, 'GET', `/audit/events/${events.data[0].id}/proof`, boss);
  await measure(2, 'PUT', `${users}/preferences`, token, { theme: 'dark' });
  await measure(2, 'POST', '/auth/step-up', token, { password: PASSWORD });
  const key = await measure(2, 'POST', '/api-keys', token, { name: 'k', scopes: ['read:own_profile'] });
  await measure(1, 'GET', '/api-keys', token);
  await measure(2, 'DELETE', `/api-keys/${key.body.id}`, token);
  await measure(2, 'POST', '/auth/forgot-password', undefined, { email: patient.email });
  const [reset] = (await mailTo(portal, patient.email, 'password-reset')).codes;
  await measure(2, 'POST', '/auth/reset-password', undefined, { token: reset, newPassword: PASSWORD });
  // A proof of identity from the last five minutes.
  const proven = await portal.signIn(admin.email);
  await measure(2, 'PUT', `${users}/role`, proven, { role: 'staff' });
  await measure(2, 'DELETE', users, proven);
});

it('signing in with a second factor and its settings keep to the budget: reads 1, commands and login 2', async () => {
  const { email } = await portal.person('patient', 'enrolled');
  const before = await portal.signIn(email);
  await measure(2, 'POST', '/mfa/setup', before);
  const who = await enrol(portal, email);
  const now = () => codeOf(who.secret, portal.clock.now());
  await measure(1, 'GET', '/mfa/status', who.token);
  await measure(2, 'POST', '/auth/login', undefined, { email, password: PASSWORD });
  const mfaToken = await challenge(portal, email);
  await measure(2, 'POST', '/mfa/verify', undefined, { mfaToken, token: now(), trustDevice: true });
  portal.clock.advance(30);
  await measure(2, 'POST', '/auth/step-up', who.token, { token: now() });
  portal.clock.advance(30);
  await measure(2, 'POST', '/mfa/backup-codes/regenerate', who.token, { token: now() });
  await measure(1, 'GET', '/mfa/trusted-devices', who.token);
  portal.clock.advance(30);
  await measure(2, 'POST', '/mfa/disable', who.token, { password: PASSWORD, token: now() });
  await measure(2, 'POST', '/auth/change-password', who.token, {
    currentPassword: PASSWORD,
    newPassword: 'nine herons over the weir',
  });
});
