/** Requests of the tests about changes of an e-mail address. */
import type { Portal, Reply } from '../../support/portal.ts';
import { logIn, mailTo } from './support.ts';

interface Owner {
  readonly id: string;
  readonly token: string;
  /** The address to change to. */
  readonly next: string;
}

/** @param portalOf the portal, once it has started */
export function emailChanges(portalOf: () => Portal) {
  let count = 0;
  const call = (method: string, path: string, token?: string, body?: unknown) =>
    portalOf().request(method, `/api/v1${path}`, { token, body });
  return {
    call,
    told: ({ status, body }: Reply) => [status, body.code],
    mailsOf: async (to: string) => (await portalOf().mails(to)).map(({ template }) => template),
    async owner() {
      const person = await portalOf().person('patient', `mover${++count}`);
      const session = (await logIn(portalOf(), person.email)).body;
      return { ...person, token: session.accessToken as string, next: `moved${count}@example.net` };
    },
    ask: (who: Owner, email = who.next) => call('POST', `/users/${who.id}/email`, who.token, { email }),
    confirmToken: async (to: string) => (await mailTo(portalOf(), to, 'confirm-email-change')).codes[0],
    restoreToken: async (to: string) => (await mailTo(portalOf(), to, 'email-change-requested')).codes[0],
    confirm: (token: unknown) => call('POST', '/auth/confirm-email-change', undefined, { token }),
    restore: (token: unknown) => call('POST', '/auth/restore-email', undefined, { token }),
  };
}
