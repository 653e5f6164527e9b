/** How tokens are delivered to a client. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { knownBrowserToken } from '../../../../domain/identity/known-browser.ts';
import type { SignedIn, Tokens } from '../../../app/identity/tokens.ts';
import { setKnownBrowserCookie, setSessionCookies } from '../../cookies.ts';
import type { AppEnv } from '../../env.ts';
import { SAMPLE_ID, shownId, shownToken } from '../../shown.ts';
import { presentUser, userSchema } from './schemas.ts';

export const tokensSchema = z
  .object({
    kind: z.literal('tokens'),
    accessToken: shownToken('eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTk5In0.c2ln').optional(),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().openapi({ description: 'Seconds', example: 900 }),
    refreshToken: shownToken('ppr_2fA9xY2b').optional(),
    sessionId: shownId,
    user: userSchema.optional(),
  })
  .openapi('Tokens', {
    description: 'With the cookie transport the tokens are in cookies and not in the body',
    example: {
      kind: 'tokens',
      accessToken: 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTk5In0.c2ln',
      tokenType: 'Bearer',
      expiresIn: 900,
      refreshToken: 'ppr_2fA9xY2b',
      sessionId: SAMPLE_ID,
    },
  });

/** Delivers tokens by the requested transport: in the body, or in cookies that scripts cannot read (R23). */
export function deliver(c: HonoContext<AppEnv>, tokens: Tokens | SignedIn, transport = tokens.transport) {
  const { accessToken, refreshToken, expiresIn, sessionId } = tokens;
  const shown = {
    kind: 'tokens' as const,
    tokenType: 'Bearer' as const,
    expiresIn,
    sessionId,
    ...('user' in tokens ? { user: presentUser(tokens.user) } : {}),
  };
  if ('user' in tokens && tokens.remembered) {
    const { index, clock } = c.get('deps');
    setKnownBrowserCookie(c, knownBrowserToken(index, tokens.user.email, tokens, clock.now()));
  }
  if (transport === 'bearer') return { ...shown, accessToken, refreshToken };
  const { refreshAbsoluteSeconds } = c.get('deps').settings.sessions;
  setSessionCookies(c, tokens, { accessSeconds: expiresIn, refreshSeconds: refreshAbsoluteSeconds });
  return shown;
}
