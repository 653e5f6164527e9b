/** Authentication, authorisation and rate limits of each operation, as it declares them. */

import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import { stepUpRequired } from '../../../domain/identity/step-up.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { equalBytes, utf8 } from '../../../domain/shared/bytes.ts';
import { CallerOver, type PresumingDatabase } from '../../../domain/shared/database.ts';
import { isUuid } from '../../../domain/shared/ids.ts';
import { ACCESS_GROUNDS, type Claim, type EmergencyAccessId } from '../../../domain/shared/viewer.ts';
import type { Context } from '../../app/context.ts';
import { recordDenial } from '../../app/identity/denials.ts';
import { isOpenTo, isSigned } from '../access.ts';
import type { AppEnv } from '../env.ts';
import { readIdempotencyKey } from '../idempotency-key.ts';
import type { Operation } from '../operation.ts';
import { problemResponse } from '../problem-response.ts';
import { Problem } from '../problems.ts';
import { anonymousContext } from './anonymous.ts';
import { refuseCrossSite, SAFE_METHODS } from './cross-site.ts';
import { identify, readCredential, STRANGER, unauthenticated } from './identify.ts';
import { type RecordRefused, refusalRecorder } from './refused.ts';

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
    c.set('deps', { ...c.get('deps'), hot: c.get('deps').hot.forRequest() });
    // The answer does not depend on the caller, so the caller is not authenticated: liveness must not depend on the
    // database (R58).
    const hasToken = bearsToken(c, operation);
    const needsCaller = access !== 'public' && !isSigned(access) && !hasToken;
    const credential = needsCaller ? readCredential(c) : undefined;
    if (credential?.kind === 'cookie') refuseCrossSite(c);
    const isRefused = (caller: KnownActor) => refusalOf(operation, caller) !== undefined;
    const identified = hasToken ? STRANGER : await identify(c, operation, credential, asked, isRefused);
    const { actor, presumed } = identified;
    const database = presumed === undefined ? undefined : c.get('deps').database.presuming(presumed.presumption);
    if (database !== undefined) c.set('deps', { ...c.get('deps'), database });
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
      if (await isOver(c.error, database, presumed.isMarked)) {
        await presumed.forget();
        c.res = undefined;
        c.res = await repeat(c);
        return;
      }
      // A command may have changed the session and forgotten it.
      const isRead = SAFE_METHODS.includes(c.req.method);
      if (isRead && database?.isConfirmed()) presumed.noteConfirmed();
    }
    if (c.error instanceof CallerOver) {
      if (actor.kind === 'user') await c.get('deps').hot.forget([{ kind: 'sessions', key: actor.sessionId }]);
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

/**
 * Whether the presumed caller is not the caller any more. An answer that needed no round trip is confirmed by one, unless the
 * cache has said in the round trip of the limits that nothing changed the session.
 */
async function isOver(
  error: Error | undefined,
  database: PresumingDatabase<unknown> | undefined,
  isMarked: boolean,
): Promise<boolean> {
  if (error !== undefined) return error instanceof CallerOver;
  if (isMarked) return false;
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
