import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Portal, startPortal } from '../../support/portal.ts';
import { emailChanges } from './email-changes.ts';
import { logIn, mailTo } from './support.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

const { ask, call, confirm, confirmToken, mailsOf, owner, restore, restoreToken, told } = emailChanges(() => portal);

describe('R63 an address of an unproven account', () => {
  const STRANGER = { password: 'slow brass kettle 12', firstName: 'Mallory', lastName: 'S', dateOfBirth: '1990-04-23' };
  const register = (email: string) => call('POST', '/auth/register', undefined, { ...STRANGER, email });
  const rowsOf = async (id: string) =>
    (
      await portal.driver.run(
        [
          sql`SELECT u.status, u.deleted_at IS NOT NULL AS deleted, u.email_index, u.first_name, k.owner_id AS key
              FROM users u LEFT JOIN data_keys k ON k.owner_id = u.id WHERE u.id = ${id}::uuid`,
        ],
        'snapshot',
      )
    )[0];

  it.each(['before', 'after'])(
    'R63: is free to whoever proves it, registered %s the change was asked for',
    async (when) => {
      const who = await owner();
      if (when === 'before') await register(who.next);
      const asked = await ask(who);
      if (when === 'after') await register(who.next);
      expect([asked.status, Object.keys(asked.body)]).toEqual([
        202,
        ['newEmail', 'requestedAt', 'expiresAt', '_links'],
      ]);
      expect(await mailsOf(who.next)).not.toContain('account-exists');
      const unproven = await portal.idOf(who.next);
      const [verify] = (await mailTo(portal, who.next, 'verify-email')).codes;

      expect((await confirm(await confirmToken(who.next))).status).toBe(204);
      expect(await portal.idOf(who.next)).toBe(who.id);
      expect((await logIn(portal, who.next)).status).toBe(200);
      expect((await logIn(portal, who.next, { password: STRANGER.password })).status).toBe(401);
      expect(told(await call('POST', '/auth/verify-email', undefined, { token: verify }))).toEqual([
        400,
        'token_invalid',
      ]);
      // The data of the unproven account are erased.
      expect(await rowsOf(unproven)).toEqual([
        { status: 'closed', deleted: true, email_index: null, first_name: null, key: null },
      ]);
      const [events] = await portal.driver.run(
        [sql`SELECT event_type FROM audit_events WHERE stream = ${unproven} ORDER BY sequence DESC LIMIT 2`],
        'snapshot',
      );
      expect(events?.map(({ event_type }) => event_type).sort()).toEqual(['user.closed', 'user.erased']);
      // The former address can still take the change back.
      expect((await restore(await restoreToken(who.email))).status).toBe(204);
    },
  );

  it('R63: belongs to the account once it is proven, and the link of the pending change stops working', async () => {
    const who = await owner();
    await register(who.next);
    await ask(who);
    const [verify] = (await mailTo(portal, who.next, 'verify-email')).codes;
    expect((await call('POST', '/auth/verify-email', undefined, { token: verify })).status).toBe(204);
    expect(told(await confirm(await confirmToken(who.next)))).toEqual([400, 'token_invalid']);
    expect((await logIn(portal, who.next, { password: STRANGER.password })).status).toBe(200);
    expect((await logIn(portal, who.email)).status).toBe(200);
  });
});

describe('R65 mails that anybody can trigger', () => {
  it('R65: the owner of an account is told once in 15 minutes that somebody named the address', async () => {
    const [who, holder] = [await owner(), await owner()];
    const register = () =>
      call('POST', '/auth/register', undefined, {
        email: holder.email,
        password: 'slow brass kettle 12',
        firstName: 'A',
        lastName: 'B',
        dateOfBirth: '1990-01-01',
      });
    const notices = async () =>
      (await mailsOf(holder.email)).filter((template) => template === 'account-exists').length;
    const replies = await Promise.all([register(), register(), ask(who, holder.email), register()]);
    expect(replies.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect((await ask(who, holder.email)).status).toBe(202);
    expect(await notices()).toBe(1);
    portal.clock.advance(901);
    const again = (await logIn(portal, who.email)).body.accessToken;
    expect((await ask({ ...who, token: again }, holder.email)).status).toBe(202);
    expect((await register()).status).toBe(202);
    expect(await notices()).toBe(2);
  });
});
