/** Who asks, whether they may, and how often: runs in front of each route, as its line in the access table says. */

import { sha256 } from '@noble/hashes/sha2.js';
import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { type Actor, isAllowed } from '../../../domain/shared/actor.ts';
import { concat, utf8 } from '../../../domain/shared/bytes.ts';
import type { Context, IdempotencyKey } from '../../app/context.ts';
import { authenticate } from '../../app/identity/authenticate.ts';
import { recordDenial } from '../../app/identity/denials.ts';
import { type Access, openBeforeEnrolment } from '../access.ts';
import { addressSubject } from '../address.ts';
import { ACCESS_COOKIE } from '../cookies.ts';
import type { AppEnv } from '../env.ts';
import { applyLimit, type LimitName, limitHeaders } from '../limits.ts';
import { Problem } from '../problems.ts';

const ANONYMOUS: Actor = { kind: 'anonymous' };

/** @param route `METHOD /path`, which scopes idempotency keys */
export function guard(access: Access, route: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { deps, config } = c.env.platform;
    const now = deps.clock.now();
    const credential = readCredential(c);
    if (credential?.transport === 'cookie') refuseCrossSite(c);
    const claims = credential === undefined ? undefined : await deps.tokens.verify(credential.token, now);
    if (claims !== undefined && !claims.ok && access !== 'public')
      throw unauthenticated('The access token is not valid.');

    // The limit and the session are asked for at once: one round trip to Redis.
    const signedIn = claims?.ok ? claims.value : undefined;
    const [limit, actor] = await Promise.all([
      applyLimit(deps.limiter, config.RATE_LIMIT_FACTOR, ...limitSubject(c, signedIn?.sub)),
      signedIn === undefined ? ANONYMOUS : authenticate(deps, signedIn, now),
    ]);
    if (limit !== undefined) {
      const headers = limitHeaders(limit, now);
      for (const [name, value] of Object.entries(headers)) c.header(name, value);
      if (!limit.verdict.allowed) throw new Problem({ code: 'too_many_requests', headers });
    }

    const context: Context = {
      actor: actor ?? ANONYMOUS,
      now,
      requestId: c.get('requestId'),
      ip: c.env.clientAddress,
      userAgent: c.req.header('user-agent')?.slice(0, 512) ?? null,
      idempotency: await readIdempotencyKey(c, route),
    };
    if (access !== 'public' && access !== 'queue') await authorize(c, access, context);
    c.set('context', context);
    await next();
  };
}

function limitSubject(c: HonoContext<AppEnv>, userId: string | undefined): [LimitName, string] {
  return userId === undefined ? ['anonymous', addressSubject(c.env.clientAddress)] : ['signed_in', userId];
}

async function authorize(
  c: HonoContext<AppEnv>,
  access: Exclude<Access, 'public' | 'queue'>,
  context: Context,
): Promise<void> {
  const { actor } = context;
  if (actor.kind === 'anonymous' || actor.kind === 'system') throw unauthenticated('This needs a valid access token.');
  const allowed = access === 'signed_in' ? actor.kind === 'user' : access !== 'operator' && isAllowed(actor, access);
  if (!allowed) {
    await recordDenial(c.get('deps'), context, c.req.method, c.req.routePath);
    throw new Problem({ code: 'forbidden' });
  }
  if (actor.kind === 'user' && actor.mfaEnrolmentRequired && !openBeforeEnrolment(c.req.path)) {
    throw new Problem({ code: 'mfa_enrolment_required' });
  }
}

/** RFC 6750 section 3. */
function unauthenticated(detail: string): Problem {
  return new Problem({ code: 'unauthenticated', detail, headers: { 'WWW-Authenticate': 'Bearer' } });
}

function readCredential(c: HonoContext<AppEnv>): { token: string; transport: 'bearer' | 'cookie' } | undefined {
  const header = c.req.header('authorization');
  if (header !== undefined) {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(header)?.[1];
    if (token === undefined) throw unauthenticated('Send Authorization: Bearer <access token>.');
    return { token, transport: 'bearer' };
  }
  const cookie = getCookie(c, ACCESS_COOKIE);
  return cookie === undefined ? undefined : { token: cookie, transport: 'cookie' };
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** With cookies, a change must come from our own pages (R23). */
export function refuseCrossSite(c: HonoContext<AppEnv>): void {
  if (SAFE_METHODS.includes(c.req.method)) return;
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const own = new URL(c.env.platform.deps.settings.publicUrl).origin;
  const allowed =
    origin === undefined
      ? site === 'same-origin'
      : origin === own || c.env.platform.config.CORS_ORIGINS.includes(origin);
  if (!allowed || site === 'cross-site') throw new Problem({ code: 'cross_site_request' });
}

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

async function readIdempotencyKey(c: HonoContext<AppEnv>, route: string): Promise<IdempotencyKey | null> {
  const key = c.req.header('idempotency-key');
  if (key === undefined || c.req.method !== 'POST') return null;
  if (!IDEMPOTENCY_KEY.test(key)) {
    throw new Problem({
      code: 'validation_failed',
      errors: [{ pointer: '#Idempotency-Key', code: 'invalid', message: 'use 1 to 255 visible ASCII characters' }],
    });
  }
  const body = new Uint8Array(await c.req.raw.clone().arrayBuffer());
  return { route, key, fingerprint: sha256(concat(utf8(`${c.req.path}\n`), body)) };
}
