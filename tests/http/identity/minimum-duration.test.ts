/** R5: how long an answer takes does not tell whether an address has an account. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
  await portal.person('patient', 'known');
});
afterAll(() => portal.close());

test.each(['/auth/forgot-password', '/auth/resend-verification'])(
  'R5: %s pauses before it answers, for as long for an address that is unknown',
  async (path) => {
    const pauses: number[] = [];
    for (const email of ['known@example.org', 'nobody@example.org']) {
      const [asked, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const pause = (milliseconds: number) => {
        pauses.push(milliseconds);
        asked.resolve();
        return over.promise;
      };
      Object.assign(portal.platform, { pause });
      const answer = portal.request('POST', `/api/v1${path}`, { body: { email } });
      await Promise.race([asked.promise, answer]);
      // By now the request has done its work: the mail is there, if one is to be sent.
      await portal.mails();
      await portal.signIn('known@example.org');
      expect(await Promise.race([answer, 'no answer yet'])).toBe('no answer yet');
      over.resolve();
      expect((await answer).status).toBe(202);
    }
    expect(pauses).toEqual([150, 150]);
  },
);
