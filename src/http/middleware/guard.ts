/** Authentication, authorisation and rate limits of each operation, as it declares them. */

import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { stepUpRequired } from '../../../domain/identity/step-up.ts';
import type { Actor, KnownActor } from '../../../domain/shared/actor.ts';
import { equalBytes, utf8 } from '../../../domain/shared/bytes.ts';
import { CallerOver, type PresumingDatabase } from '../../../domain/shared/database.ts';
import { isUuid } from '../../../domain/shared/ids.ts';
import { ACCESS_GROUNDS, type Claim, type EmergencyAccessId } from '../../../domain/shared/viewer.ts';
import { addressSubject } from '../../app/address.ts';
import type { Context } from '../../app/context.ts';
import { apiKeySubject, recognise, recordRejectedKey } from '../../app/identity/api-keys.ts';
import { type Authenticated, authenticate, sessionCacheKey } from '../../app/identity/authenticate.ts';
import { recordDenial } from '../../app/identity/denials.ts';
import { type AppliedLimit, applyLimit, type LimitName } from '../../app/limits.ts';
import { isOpenTo, isSigned } from '../access.ts';
import { ACCESS_COOKIE } from '../cookies.ts';
import type { AppEnv } from '../env.ts';
import { isSameLoopback } from '../hosts.ts';
import { readIdempotencyKey } from '../idempotency-key.ts';
import { limitHeaders } from '../limits.ts';
import type { Operation } from '../operation.ts';
import { problemResponse, unauthenticatedProblem } from '../problem-response.ts';
import { Problem } from '../problems.ts';
import { type RecordRefused, refusalRecorder } from './refused.ts';

const ANONYMOUS: Actor = { kind: 'anonymous' };

/** The context of a request before its caller is identified. */
export function anonymousContext(c: HonoContext<AppEnv>): Context {
  return {
    actor: ANONYMOUS,
    now: c.env.platform.deps.clock.now(),
    requestId: c.get('requestId'),
    ip: c.env.clientAddress,
    userAgent: c.req.header('user-agent')?.slice(0, 512) ?? null,
    idempotency: null,
  };
}

/** Runs a request again from the beginning. */
export type Repeat = (c: HonoContext<AppEnv>) => Promise<Response>;

/**
 * Admits callers who may call the operation, and records refusals. A caller whose session was confirmed a while ago is
 * presumed, and confirmed by the request's first round trip. If the session has ended or changed since, nothing was read
 * or written, and the request runs again for whoever the caller is now.
 */
export function guard(operation: Operation, repeat: Repeat): MiddlewareHandler<AppEnv> {
  const { access } = operation;
  const recordRefused = refusalRecorder(operation);
  return async (c, next) => {
    const asked = anonymousContext(c);
    const { now } = asked;
    // The answer does not depend on the caller, so the caller is not authenticated: liveness must not depend on the
    // database (R58).
    const hasToken = bearsToken(c, operation);
    const needsCaller = access !== 'public' && !isSigned(access) && !hasToken;
    const credential = needsCaller ? readCredential(c) : undefined;
    if (credential?.kind === 'cookie') refuseCrossSite(c);
    const identified =
      isUnlimited(operation) || hasToken ? UNIDENTIFIED : await identify(c, operation, credential, asked);
    const { limit, actor, presumed } = identified;
    const database = presumed === undefined ? undefined : c.get('deps').database.presuming(presumed.presumption);
    if (database !== undefined) c.set('deps', { ...c.get('deps'), database });
    if (limit !== undefined) {
      const headers = limitHeaders(limit, now);
      for (const [name, value] of Object.entries(headers)) c.header(name, value);
      if (!limit.verdict.allowed) throw new Problem({ code: 'too_many_requests', headers });
    }

    const context: Context = {
      ...asked,
      actor,
      claim: claimOf(c),
      idempotency: await readIdempotencyKey(c, operation),
    };
    if (needsCaller) await authorize(c, operation, context, identified.mustEnrol, recordRefused);
    c.set('context', context);
    if (identified.noteUse !== undefined) c.env.platform.waitUntil(identified.noteUse(context));
    await next();
    if (presumed !== undefined) {
      // The repeated request presumes nothing.
      if (await isOver(c.error, database)) {
        await presumed.forget();
        c.res = undefined;
        c.res = await repeat(c);
        return;
      }
      // A command may have changed the session and forgotten it.
      const isRead = SAFE_METHODS.includes(c.req.method);
      if (isRead && database?.isConfirmed()) c.env.platform.waitUntil(presumed.noteConfirmed());
    }
    if (c.error instanceof CallerOver) {
      if (actor.kind === 'user') await c.get('deps').cache.delete([sessionCacheKey(actor.sessionId)]);
      const { method, path } = operation;
      const denial = { method: method.toUpperCase(), route: path, code: 'unauthenticated', targets: [], concerned: [] };
      await recordDenial(c.get('deps'), context, denial);
    }
    if (c.error instanceof Problem) {
      const { code } = c.error.details;
      const told = await recordRefused(c, context, code);
      if (told !== undefined) c.res = problemResponse(c, told);
    }
  };
}

/** Whether the request carries the token that the operation accepts instead of a caller. */
function bearsToken(c: HonoContext<AppEnv>, { orToken }: Operation): boolean {
  const expected = orToken?.(c.env.platform.config);
  const [, token] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
  return expected !== undefined && token !== undefined && equalBytes(utf8(token), utf8(expected));
}

/** Whether the presumed caller is not the caller any more. An answer that needed no round trip is confirmed by one. */
async function isOver(error: Error | undefined, database: PresumingDatabase<unknown> | undefined): Promise<boolean> {
  if (error !== undefined) return error instanceof CallerOver;
  try {
    await database?.confirm();
    return false;
  } catch (caught) {
    if (caught instanceof CallerOver) return true;
    throw caught;
  }
}

/** Headers that claim access beyond the role. Invalid values are ignored. */
function claimOf(c: HonoContext<AppEnv>): Claim | undefined {
  const ground = ACCESS_GROUNDS.find((each) => each === c.req.header('x-access-ground'));
  const access = c.req.header('x-emergency-access');
  const emergencyAccessId = access !== undefined && isUuid(access) ? (access as EmergencyAccessId) : undefined;
  if (ground === undefined && emergencyAccessId === undefined) return undefined;
  return {
    ...(ground === undefined ? {} : { ground }),
    ...(emergencyAccessId === undefined ? {} : { emergencyAccessId }),
  };
}

/** Queue and providers send bursts from few addresses and are authenticated by their signatures, so no limit applies to them. */
function isUnlimited({ access, unlimited }: Operation): boolean {
  return isSigned(access) || unlimited === true;
}

interface Identified {
  readonly actor: Actor;
  readonly limit: AppliedLimit | undefined;
  readonly mustEnrol: boolean;
  readonly noteUse?: ((context: Context) => Promise<void>) | undefined;
  readonly presumed?: Authenticated['presumed'];
}

const UNIDENTIFIED: Identified = { actor: ANONYMOUS, limit: undefined, mustEnrol: false };

/**
 * Limit and caller are looked up concurrently, in one round trip to Redis. API keys are the exception, because they can be
 * guessed.
 */
async function identify(
  c: HonoContext<AppEnv>,
  operation: Operation,
  credential: Credential | undefined,
  asked: Context,
): Promise<Identified> {
  const { config } = c.env.platform;
  const deps = c.get('deps');
  const { now } = asked;
  const limited = (name: LimitName, subject: string) =>
    applyLimit(deps.limiter, config.RATE_LIMIT_FACTOR, name, subject);
  const address = addressSubject(c.env.clientAddress);
  const anonymously = () => limited('anonymous', address);
  // Guesses are counted by address, because each guessed key would have a limit of its own.
  const countGuess = async (): Promise<AppliedLimit | undefined> => {
    const limit = await anonymously();
    if (limit?.verdict.allowed === false) {
      throw new Problem({ code: 'too_many_requests', headers: limitHeaders(limit, now) });
    }
    return limit;
  };

  if (credential === undefined) return { actor: ANONYMOUS, limit: await anonymously(), mustEnrol: false };
  if (credential.kind === 'api_key') {
    const { token } = credential;
    let key = await recognise(deps, token, 'cache', now);
    if (key === undefined) {
      // Count the attempt before the database is queried, which limits the number of guesses per address.
      const counted = await countGuess();
      key = await recognise(deps, token, 'database', now);
      if (key === undefined) {
        await recordRejectedKey(deps, asked, token);
        throw unauthenticated('The API key is not valid.');
      }
      // Refund the attempt when the key is valid.
      if (counted !== undefined) await deps.limiter.giveBack(counted.rule, address, counted.verdict);
    }
    const limit = await limited('api_key', apiKeySubject(token));
    return { actor: key.actor, limit, mustEnrol: key.mfaEnrolmentRequired, noteUse: key.noteUse };
  }

  const claims = await deps.tokens.verify(credential.token, now);
  if (!claims.ok) {
    await countGuess();
    throw unauthenticated('The access token is not valid.');
  }
  const [limit, remembered] = await Promise.all([
    limited('signed_in', claims.value.sub),
    authenticate(deps, claims.value, now),
  ]);
  // Nobody is refused because of what was presumed. A body that is streamed is gone when the request would run again.
  const isDoubtful =
    remembered?.presumed !== undefined &&
    (operation.streamsBody !== undefined || refusalOf(operation, remembered.actor) !== undefined);
  const { actor, presumed } = (isDoubtful ? await authenticate(deps, claims.value, now, 'database') : remembered) ?? {};
  return { actor: actor ?? ANONYMOUS, limit, mustEnrol: actor?.mfaEnrolmentRequired ?? false, presumed };
}

/** Why the operation is refused to a signed-in caller. */
function refusalOf(
  operation: Operation,
  actor: KnownActor,
  mustEnrol = actor.kind === 'user' && actor.mfaEnrolmentRequired,
) {
  const { access } = operation;
  if (actor.kind === 'user' && actor.lacksFactor && !operation.withoutFactor) return 'second_factor_required';
  if (!isOpenTo(access, actor)) return 'forbidden';
  return mustEnrol && !operation.beforeEnrolment ? 'mfa_enrolment_required' : undefined;
}

async function authorize(
  c: HonoContext<AppEnv>,
  operation: Operation,
  context: Context,
  mustEnrol: boolean,
  recordRefused: RecordRefused,
): Promise<void> {
  const { actor } = context;
  if (actor.kind === 'anonymous' || actor.kind === 'system') throw unauthenticated('This needs a valid access token.');
  const code = refusalOf(operation, actor, mustEnrol);
  if (code === undefined) return;
  await recordRefused(c, context, code);
  throw new Problem(
    code === 'second_factor_required' ? { code, members: { methods: stepUpRequired(true).methods } } : { code },
  );
}

function unauthenticated(detail: string): Problem {
  return new Problem(unauthenticatedProblem(detail));
}

interface Credential {
  readonly kind: 'bearer' | 'cookie' | 'api_key';
  readonly token: string;
}

function readCredential(c: HonoContext<AppEnv>): Credential | undefined {
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

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** CSRF protection (R23): a change that is authenticated by cookies needs an `Origin` of the portal, or `Sec-Fetch-Site`. */
export function refuseCrossSite(c: HonoContext<AppEnv>): void {
  if (SAFE_METHODS.includes(c.req.method)) return;
  const isProven = c.req.header('origin') !== undefined || c.req.header('sec-fetch-site') === 'same-origin';
  if (!isProven || isFromElsewhere(c)) throw new Problem({ code: 'cross_site_request' });
}

/** Whether the request comes from a page of another site. Browsers send `Origin` or `Sec-Fetch-Site`, programs do not. */
export function isFromElsewhere(c: HonoContext<AppEnv>): boolean {
  const origin = c.req.header('origin');
  return (origin !== undefined && !isOwnOrigin(c, origin)) || c.req.header('sec-fetch-site') === 'cross-site';
}

function isOwnOrigin(c: HonoContext<AppEnv>, origin: string): boolean {
  const { deps, config } = c.env.platform;
  const own = new URL(deps.settings.publicUrl).origin;
  if (origin === own || config.CORS_ORIGINS.includes(origin)) return true;
  // In development the page may be opened at another loopback name than that of PUBLIC_URL.
  const isLocal = config.mode === 'embedded' || config.APP_ENV === 'development';
  return isLocal && isSameLoopback(origin, own);
}
