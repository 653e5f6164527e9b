/** What a restored database lets in, and sends (R72). The portal is told of no restore: it meets the rows. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PgliteDriver } from '../../../adapters/postgres/driver/pglite.ts';
import { embeddedSession } from '../../../adapters/postgres/migrate/session.ts';
import { endedAccessText, endRestoredAccess } from '../../../tools/backup/ended-access.ts';
import { embeddedDriver } from '../../support/embedded-database.ts';
import { type Portal, startPortal } from '../../support/portal.ts';
import { browserBody } from '../../support/push-devices.ts';
import { challenge, codeOf, enrol, logIn, mailTo, signInFully, verify } from '../identity/support.ts';

let driver: PgliteDriver;
let portal: Portal;
beforeAll(async () => {
  driver = await embeddedDriver();
  portal = await startPortal({ driver });
});
afterAll(async () => {
  await portal.close();
  await driver.close();
});

const post = (path: string, body: unknown, token?: string) => portal.request('POST', `/api/v1${path}`, { body, token });
const rows = async (text: string) => (await driver.pglite.query<Record<string, unknown>>(text)).rows;

describe('access after a restore', () => {
  test('R72 no session, trusted device, mailed link or half-finished sign-in of the backup works', async () => {
    const person = await portal.person('patient', 'maria');
    const session = (await logIn(portal, person.email)).body;
    expect((await post('/notifications/push-subscriptions', browserBody('restored'), session.accessToken)).status).toBe(
      201,
    );
    for (const email of ['moved@example.net', 'again@example.net']) {
      expect((await post(`/users/${person.id}/email`, { email }, session.accessToken)).status).toBe(202);
      portal.clock.advance(1);
      if (email === 'moved@example.net') {
        const { codes } = await mailTo(portal, email, 'confirm-email-change');
        expect((await post('/auth/confirm-email-change', { token: codes[0] })).status).toBe(204);
      }
    }
    const takeBack = (await mailTo(portal, person.email, 'email-change-requested')).codes[0];
    const confirm = (await mailTo(portal, 'again@example.net', 'confirm-email-change')).codes[0];
    await post('/auth/forgot-password', { email: 'moved@example.net' });
    const reset = (await mailTo(portal, 'moved@example.net', 'password-reset')).codes[0];
    const other = await enrol(portal, (await portal.person('patient', 'tom')).email);
    const trusting = (await signInFully(portal, other, { trustDevice: true })).body;
    portal.clock.advance(60);
    const mfaToken = await challenge(portal, other.email);

    await endRestoredAccess(embeddedSession(driver));
    portal.clock.advance(5);

    const get = (token: string) => portal.request('GET', '/api/v1/users/me', { token });
    expect((await get(session.accessToken)).status).toBe(401);
    expect((await get(trusting.accessToken)).status).toBe(401);
    expect(await rows('SELECT 1 FROM push_subscriptions')).toEqual([]);
    expect((await post('/auth/refresh-token', { refreshToken: session.refreshToken })).status).toBe(401);
    expect((await post('/auth/confirm-email-change', { token: confirm })).body.code).toBe('token_invalid');
    expect((await post('/auth/restore-email', { token: takeBack })).body.code).toBe('token_invalid');
    const password = { token: reset, newPassword: 'nine quiet rivers 58' };
    expect((await post('/auth/reset-password', password)).body.code).toBe('token_invalid');
    const passed = await verify(portal, { mfaToken, token: codeOf(other.secret, portal.clock.now()) });
    expect(passed.status).toBe(401);
    const trusted = await logIn(portal, other.email, { trustedDeviceToken: trusting.trustedDeviceToken });
    expect(trusted.body).toMatchObject({ mfaRequired: true });
  });

  test('R72 messages that waited are cancelled with their keys, and reminders that are not due yet are sent', async () => {
    await driver.pglite.exec(`
      UPDATE notifications SET status = 'pending' WHERE template = 'confirm-email-change';
      UPDATE notifications SET status = 'scheduled', category = 'reminder', send_at = now() + interval '1 day'
      WHERE template = 'email-changed'`);
    await endRestoredAccess(embeddedSession(driver));
    const found = await rows(`
      SELECT DISTINCT template, status FROM notifications
      WHERE template IN ('confirm-email-change', 'email-changed') ORDER BY template`);
    expect(found).toEqual([
      { template: 'confirm-email-change', status: 'skipped' },
      { template: 'email-changed', status: 'scheduled' },
    ]);
  });

  test('R72 the command names what it has ended and what is left to do', () => {
    const text = endedAccessText().join('\n');
    for (const named of [
      'sessions',
      'trusted devices',
      'change of address',
      'messages',
      'API keys',
      'calendar links',
      'devices that get push messages',
    ]) {
      expect(text).toContain(named);
    }
  });
});
