/** Who sends a request, and which limits count it: looked up concurrently, in one round trip to Redis. */
import type { Context as HonoContext } from 'hono';
import { getCookie } from 'hono/cookie';
import { looksLikeApiKey } from '../../../domain/identity/api-key.ts';
import type { AccessClaims } from '../../../domain/identity/ports.ts';
import type { Actor, KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Context } from '../../app/context.ts';
import { apiKeySubject, recognise, recordRejectedKey } from '../../app/identity/api-keys.ts';
import { type Authenticated, authenticate } from '../../app/identity/authenticate.ts';
import { limitOfRole } from '../../app/limits.ts';
import { isSigned } from '../access.ts';
import { ACCESS_COOKIE } from '../cookies.ts';
import { countLimit, forgetLimit, giveBackLimit, refuseOverLimit } from '../counting.ts';
import type { AppEnv } from '../env.ts';
import type { Operation } from '../operation.ts';
import { unauthenticatedProblem } from '../problem-response.ts';
import { Problem } from '../problems.ts';
import { countStranger, isNoStranger, refuseBlockedByHand, standing } from './strangers.ts';

export interface Credential {
  readonly kind: 'bearer' | 'cookie' | 'api_key';
  readonly token: string;
}

export interface Identified {
  readonly actor: Actor;
  readonly mustEnrol: boolean;
  readonly noteUse?: ((context: Context) => Promise<void>) | undefined;
  readonly presumed?: Authenticated['presumed'];
}

export const STRANGER: Identified = { actor: { kind: 'anonymous' }, mustEnrol: false };

/** Queue and providers send bursts from few addresses and are authenticated by their signatures, so no limit applies to them. */
function isUnlimited({ access, unlimited }: Operation): boolean {
  return isSigned(access) || unlimited === true;
}

/**
 * @param isRefused whether the operation is refused to the caller
 * @throws Problem if a limit refuses the request, or the credential is not valid
 */
export async function identify(
  c: HonoContext<AppEnv>,
  operation: Operation,
  credential: Credential | undefined,
  asked: Context,
  isRefused: (actor: KnownActor) => boolean,
): Promise<Identified> {
  if (isUnlimited(operation)) return STRANGER;
  if (credential === undefined) {
    lookAhead(c, operation, null);
    await countStranger(c, operation);
    return STRANGER;
  }
  if (credential.kind === 'api_key') return identifyKey(c, operation, credential.token, asked);
  const { tokens } = c.get('deps');
  const claims = await tokens.verify(credential.token, asked.now);
  if (!claims.ok) {
    c.set('guessed', claims.error === 'invalid_token');
    await countStranger(c, operation);
    throw unauthenticated('The access token is not valid.');
  }
  return identifyPerson(c, operation, claims.value, asked, isRefused);
}

/** Asks the cache for what the operation will need, in the round trip of the limits and the session. */
function lookAhead(c: HonoContext<AppEnv>, { caches }: Operation, userId: UserId | null): void {
  // A fault is that of whoever needs it.
  for (const read of caches?.(c.req, userId) ?? [])
    c.get('deps')
      .hot.look(read)
      .catch(() => {});
}

/** The role is that of the access token: a limit needs no fresher one, and so no round trip of its own (ADR 0265). */
async function identifyPerson(
  c: HonoContext<AppEnv>,
  operation: Operation,
  claims: AccessClaims,
  { now }: Context,
  isRefused: (actor: KnownActor) => boolean,
): Promise<Identified> {
  const deps = c.get('deps');
  const role = limitOfRole(claims.role);
  lookAhead(c, operation, claims.sub as UserId);
  const [{ block }, ofRole, ofOperation, remembered] = await Promise.all([
    standing(c),
    countLimit(c, role, claims.sub),
    countOperation(c, operation, role, claims.sub),
    authenticate(deps, claims, now),
  ]);
  refuseBlockedByHand(c, block);
  refuseOverLimit(c, ofRole, ofOperation);
  // Nobody is refused because of what was presumed. A body that is streamed is gone when the request would run again.
  const isDoubtful =
    remembered?.presumed !== undefined && (operation.streamsBody !== undefined || isRefused(remembered.actor));
  const { actor, presumed } = (isDoubtful ? await authenticate(deps, claims, now, 'database') : remembered) ?? {};
  return actor === undefined ? STRANGER : { actor, mustEnrol: actor.mfaEnrolmentRequired, presumed };
}

async function countOperation(
  c: HonoContext<AppEnv>,
  { roleLimits }: Operation,
  role: ReturnType<typeof limitOfRole>,
  personId: string,
) {
  if (roleLimits === undefined) return undefined;
  return countLimit(c, role === 'patient' ? roleLimits.patient : roleLimits.clinic, personId);
}

async function identifyKey(
  c: HonoContext<AppEnv>,
  operation: Operation,
  token: string,
  asked: Context,
): Promise<Identified> {
  const deps = c.get('deps');
  // A key that was used in the last seconds needs one round trip.
  let [key, { block }, ofKey] = await Promise.all([
    recognise(deps, token, 'cache', asked.now),
    standing(c),
    looksLikeApiKey(token) ? countLimit(c, 'api_key', apiKeySubject(token)) : undefined,
  ]);
  refuseBlockedByHand(c, block);
  if (key === undefined) {
    c.set('guessed', true);
    // Count the attempt before the database is queried, which limits the number of guesses per address.
    const counted = await countStranger(c, operation).catch((refusal) => {
      forgetLimit(c, ofKey);
      throw refusal;
    });
    key = await recognise(deps, token, 'database', asked.now);
    if (key === undefined) {
      forgetLimit(c, ofKey);
      await recordRejectedKey(deps, asked, token);
      throw unauthenticated('The API key is not valid.');
    }
    isNoStranger(c);
    // Refund the attempt when the key is valid.
    if (counted !== undefined) await giveBackLimit(c, counted);
  }
  const { actor, mfaEnrolmentRequired: mustEnrol, noteUse } = key;
  const counted = [ofKey, await countOperation(c, operation, actor.role, actor.userId)];
  refuseOverLimit(c, ...counted);
  return { actor, mustEnrol, noteUse };
}

export function unauthenticated(detail: string): Problem {
  return new Problem(unauthenticatedProblem(detail));
}

export function readCredential(c: HonoContext<AppEnv>): Credential | undefined {
  const header = c.req.header('authorization');
  if (header !== undefined) {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(header)?.[1];
    if (token === undefined) throw unauthenticated('Send Authorization: Bearer <access token>.');
    return { kind: 'bearer', token };
  }
  const key = c.req.header('x-api-key');
  if (key !== undefined) return { kind: 'api_key', token: key };
  const cookie = getCookie(c, ACCESS_COOKIE);
  return cookie === undefined ? undefined : { kind: 'cookie', token: cookie };
}
