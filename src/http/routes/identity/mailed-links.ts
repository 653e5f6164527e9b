/** Operations that anybody may call to have a link mailed, or a password hashed, without an account (R65, R66). */

import type { Context as HonoContext } from 'hono';
import { mailboxOf } from '../../../../domain/identity/mailbox.ts';
import type { Mailed } from '../../../../domain/identity/mailed-links.ts';
import type { Result } from '../../../../domain/shared/result.ts';
import { addressSubject } from '../../../app/address.ts';
import type { Contended } from '../../../app/command.ts';
import type { Context, Deps } from '../../../app/context.ts';
import type { AppEnv } from '../../env.ts';
import { atLeast } from '../../minimum-duration.ts';
import { unwrap } from '../../router.ts';
import { limit, tryLimit } from './limits.ts';

/** Counts a hash or a mail against the client address. The limit is not shared with signing in, so it cannot block it. */
export function limitCostly(c: HonoContext<AppEnv>) {
  return limit(c, 'costly_address', addressSubject(c.env.clientAddress));
}

/**
 * Runs a use case that mails a link if the address has an account that the link is for. It takes the same minimum time
 * whether or not it mails, so that the time does not tell (R5). A mail counts against the limit of its mailbox only if the
 * address is unproven, so that nobody can use up the limit of a proven address (R65).
 */
export async function mailLink(
  c: HonoContext<AppEnv>,
  email: string,
  request: (deps: Deps, context: Context, email: string, isMailboxOpen: boolean) => Promise<Result<Mailed, Contended>>,
): Promise<void> {
  await limitCostly(c);
  const mail = async () => {
    const { isOpen, giveBack } = await tryLimit(c, 'mail', mailboxOf(email));
    const mailed = unwrap(await request(c.get('deps'), c.get('context'), email, isOpen));
    if (mailed !== 'unproven') await giveBack();
  };
  await atLeast(mail(), c.env.platform.pause);
}
