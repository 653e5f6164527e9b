/** What the application generates for a new account. */
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import type { NewAccount } from '../../../domain/identity/registration.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type Deps, newId } from '../context.ts';
import { TOKEN_BYTES } from './tokens.ts';

export function newAccount(deps: Pick<Deps, 'random' | 'cipher'>, now: Instant): NewAccount {
  const id = newId<'user'>(deps, now);
  return { id, dataKey: deps.cipher.newKey(id), token: issueToken(deps.random.bytes(TOKEN_BYTES)) };
}
