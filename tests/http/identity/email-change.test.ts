import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { emailChanges } from './email-changes.ts';
import { logIn, mailTo } from './support.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

const { ask, call, confirm, confirmToken, mailsOf, owner, restore, restoreToken, told } = emailChanges(() => portal);

describe('changing an e-mail address (R9, R64)', () => {
  it('R9: requires a recent proof, verifies the new address, tells the current one, and ends other sessions', async () => {
    const who = await owner();
    const other = (await logIn(portal, who.email)).body;
    portal.clock.advance(301);
    expect(told(await ask(who))).toEqual([403, 'step_up_required']);
    const { accessToken } = (await call('POST', '/auth/step-up', who.token, { password: PASSWORD })).body;
    const asked = await ask({ ...who, token: accessToken });
    expect(asked.status).toBe(202);
    expect((await call('GET', `/users/${who.id}/email`, who.token)).body).toMatchObject({ newEmail: who.next });
    expect((await call('GET', '/users/me', other.accessToken)).body.email).toBe(who.email);
    const profile = async (token: string) => (await call('GET', `/users/${who.id}/profile`, token)).body;
    expect(await profile(other.accessToken)).toMatchObject({ email: who.email, pendingEmail: who.next });
    const desk = await portal.signIn((await portal.person('staff', 'desk')).email);
    expect((await profile(desk)).email).toBe(who.email);
    expect(await profile(desk)).not.toHaveProperty('pendingEmail');

    const proof = await mailTo(portal, who.next, 'confirm-email-change');
    expect(proof.text).not.toMatch(/mover\d/);
    expect(proof.text).toMatch(/^Hello,/);
    expect((await confirm(proof.codes[0])).status).toBe(204);
    expect(told(await confirm(proof.codes[0]))).toEqual([400, 'token_invalid']);
    portal.clock.advance(5);
    expect((await call('GET', '/users/me', other.accessToken)).status).toBe(401);
    expect((await call('GET', '/users/me', accessToken)).body.email).toBe(who.next);
    expect((await call('GET', `/users/${who.id}/email`, accessToken)).status).toBe(404);
    expect(await mailsOf(who.next)).toContain('email-changed');
    expect(await mailsOf(who.email)).toContain('email-changed');
    expect((await logIn(portal, who.email)).status).toBe(401);
    expect((await logIn(portal, who.next)).status).toBe(200);
  });

  it('a pending change can be replaced and cancelled by the owner', async () => {
    const who = await owner();
    expect((await call('DELETE', `/users/${who.id}/email`, who.token)).status).toBe(404);
    await ask(who);
    const first = await confirmToken(who.next);
    portal.clock.advance(1);
    await ask(who, `second-${who.next}`);
    expect(told(await confirm(first))).toEqual([400, 'token_invalid']);
    const second = await confirmToken(`second-${who.next}`);
    expect((await call('DELETE', `/users/${who.id}/email`, who.token)).status).toBe(204);
    expect(told(await confirm(second))).toEqual([400, 'token_invalid']);
    await ask(who);
    const late = await confirmToken(who.next);
    portal.clock.advance(86_400);
    expect(told(await confirm(late))).toEqual([400, 'token_invalid']);
    expect((await logIn(portal, who.email)).status).toBe(200);
  });

  it('R5: the answer for a taken address is the same, and only its owner is told', async () => {
    const [who, holder] = [await owner(), await owner()];
    const free = await ask(who);
    portal.clock.advance(1);
    const taken = await ask(who, holder.email);
    expect(Object.keys(taken.body)).toEqual(Object.keys(free.body));
    expect([taken.status, taken.body.newEmail]).toEqual([202, holder.email]);
    expect((await call('GET', `/users/${who.id}/email`, who.token)).body.newEmail).toBe(holder.email);
    expect(await mailsOf(holder.email)).toEqual(['account-exists']);
  });

  it('R5: if the address was taken meanwhile, the answer is that of an invalid link', async () => {
    const [who, rival] = [await owner(), await owner()];
    await ask(who, 'contested@example.net');
    await ask(rival, 'contested@example.net');
    const tokens = (await portal.mails('contested@example.net')).flatMap(({ codes }) => codes);
    const answers = await Promise.all(tokens.map(confirm));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 400]);
  });

  it('R26: only the owner and administrators may change it; a change by an administrator ends every session', async () => {
    const [who, stranger] = [await owner(), await owner()];
    expect((await ask({ ...who, token: stranger.token })).status).toBe(404);
    expect((await call('GET', `/users/${who.id}/email`, stranger.token)).status).toBe(404);
    const admin = await portal.signIn((await portal.person('admin', 'registrar')).email);
    expect((await ask({ ...who, token: admin })).status).toBe(202);
    expect((await confirm(await confirmToken(who.next))).status).toBe(204);
    portal.clock.advance(5);
    expect((await call('GET', '/users/me', who.token)).status).toBe(401);
    expect((await logIn(portal, who.next)).status).toBe(200);
  });

  it('R7: links that were mailed to the former address stop working', async () => {
    const who = await owner();
    await call('POST', '/auth/forgot-password', undefined, { email: who.email });
    const [reset] = (await mailTo(portal, who.email, 'password-reset')).codes;
    await ask(who);
    await confirm(await confirmToken(who.next));
    const used = await call('POST', '/auth/reset-password', undefined, {
      token: reset,
      newPassword: 'nine herons over it',
    });
    expect(told(used)).toEqual([400, 'token_invalid']);
    const before = (await mailsOf(who.email)).length;
    await call('POST', '/auth/forgot-password', undefined, { email: who.email });
    expect((await mailsOf(who.email)).length).toBe(before);
  });
});

describe('taking the change back (R64)', () => {
  it.each([0, 7 * 86_400 - 1])(
    'R64: the former address can, %s s after it took effect: everything ends',
    async (seconds) => {
      const who = await owner();
      await ask(who);
      const back = await restoreToken(who.email);
      expect((await confirm(await confirmToken(who.next))).status).toBe(204);
      portal.clock.advance(seconds);
      const intruder = (await logIn(portal, who.next)).body;
      expect((await restore(back)).status).toBe(204);
      expect(told(await restore(back))).toEqual([400, 'token_invalid']);
      portal.clock.advance(5);
      expect((await call('GET', '/users/me', intruder.accessToken)).status).toBe(401);
      for (const email of [who.email, who.next]) expect((await logIn(portal, email)).status).toBe(401);
      const [token] = (await mailTo(portal, who.email, 'email-restored')).codes;
      const newPassword = 'nine herons over the weir';
      expect((await call('POST', '/auth/reset-password', undefined, { token, newPassword })).status).toBe(204);
      expect((await logIn(portal, who.email, { password: newPassword })).status).toBe(200);
    },
  );

  it('R64: works before the change took effect, and after a second change, which cannot be taken back itself', async () => {
    const who = await owner();
    await ask(who);
    const back = await restoreToken(who.email);
    await confirm(await confirmToken(who.next));
    const { accessToken } = (await logIn(portal, who.next)).body;
    await ask({ ...who, token: accessToken }, `further-${who.next}`);
    const second = await restoreToken(who.next);
    await confirm(await confirmToken(`further-${who.next}`));
    expect((await restore(back)).status).toBe(204);
    expect(told(await restore(second))).toEqual([400, 'token_invalid']);
    const third = await owner();
    await ask(third);
    const early = await restoreToken(third.email);
    expect((await restore(early)).status).toBe(204);
    expect(told(await confirm(await confirmToken(third.next)))).toEqual([400, 'token_invalid']);
  });

  it('R64: is refused after 7 days', async () => {
    const who = await owner();
    await ask(who);
    const back = await restoreToken(who.email);
    await confirm(await confirmToken(who.next));
    portal.clock.advance(7 * 86_400);
    expect(told(await restore(back))).toEqual([400, 'token_invalid']);
  });

  it('R64: the former address is reserved meanwhile, and free afterwards', async () => {
    const [who, other] = [await owner(), await owner()];
    await ask(who);
    await confirm(await confirmToken(who.next));
    const register = () =>
      call('POST', '/auth/register', undefined, {
        email: who.email,
        password: 'a stone bridge in rain',
        firstName: 'Eve',
        lastName: 'Dropper',
        dateOfBirth: '1990-01-01',
      });
    expect((await register()).status).toBe(202);
    await ask(other, who.email);
    expect(told(await confirm(await confirmToken(who.email)))).toEqual([400, 'token_invalid']);
    const holder = async () => {
      const [user] = await portal.database.load(portal.deps.loads.identity.userByEmail(who.email));
      return user?.id;
    };
    expect(await holder()).toBeUndefined();
    portal.clock.advance(7 * 86_400);
    expect((await register()).status).toBe(202);
    expect(await holder()).toBeDefined();
  });

  it('R55: closing an account deletes its changes of address', async () => {
    const who = await owner();
    await ask(who);
    const [back, next] = [await restoreToken(who.email), await confirmToken(who.next)];
    expect((await call('DELETE', `/users/${who.id}`, who.token)).status).toBe(204);
    expect(told(await confirm(next))).toEqual([400, 'token_invalid']);
    expect(told(await restore(back))).toEqual([400, 'token_invalid']);
    const [rows] = await portal.driver.run(
      [sql`SELECT 1 FROM email_changes WHERE user_id = ${who.id}::uuid`],
      'snapshot',
    );
    expect(rows).toEqual([]);
  });
});
