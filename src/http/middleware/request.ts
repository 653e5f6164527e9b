/** Checks of every request before its route: request id, security headers, a well-formed head and body. */
import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import { parseTraceParent } from '../../../domain/shared/tracing.ts';
import { newId } from '../../app/context.ts';
import { reportDamage } from '../../app/damage.ts';
import { MAXIMUM_HEADER_UNITS } from '../bounds.ts';
import type { AppEnv } from '../env.ts';
import { scanJson } from '../json-scan.ts';
import { type NegotiatedType, negotiatedType, type Operation } from '../operation.ts';
import { type FieldFault, Problem, pointerTo } from '../problems.ts';
import { refuseCoded, tooLarge } from '../streamed-body.ts';

const VALID_REQUEST_ID = /^[A-Za-z0-9._~:-]{8,128}$/;

/** Uses the caller's request id or trace id if it is valid, otherwise makes one, and returns it in the response. */
export const requestId: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { deps } = c.env.platform;
  const given = c.req.header('x-request-id') ?? '';
  const trace = parseTraceParent(c.req.header('traceparent'))?.traceId;
  const made = newId<'request'>(deps, deps.clock.now());
  const id = VALID_REQUEST_ID.test(given) ? given : (trace ?? made);
  c.set('requestId', id);
  // An id of version 7 is a valid trace id as well, and its last digits are random, as samplers expect.
  c.set('traceId', c.env.traceId ?? trace ?? made.replaceAll('-', ''));
  await next();
  // No cost unless the request has read a damaged value that is not reported yet.
  await reportDamage(deps);
  c.res.headers.set('X-Request-Id', id);
};

/** Default of `Retry-After`. */
const RETRY_AFTER_SECONDS = 5;

/** Sets `Retry-After` on every 503 that does not have it (RFC 9110 section 15.6.4). */
export const retryAfter: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.res.status === 503 && !c.res.headers.has('Retry-After')) {
    c.res.headers.set('Retry-After', String(RETRY_AFTER_SECONDS));
  }
};

const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Strict-Transport-Security', 'max-age=63072000; includeSubDomains'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Cache-Control', 'no-store'],
];

/** Sets defaults; a route that needs another value sets it itself (R35). */
export const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  for (const [name, value] of SECURITY_HEADERS) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
};

/** Largest body of JSON, in bytes. */
export const MAXIMUM_JSON_BYTES = 64 * 1024;
const MAXIMUM_DEPTH = 16;
/** Number of values in one body over all levels, because validating a value costs more than parsing it. */
const MAXIMUM_VALUES = 4000;
const MAXIMUM_FAULTS = 20;
/** Longest request target, in UTF-16 units (RFC 9110 section 4.1). */
const MAXIMUM_TARGET = 8 * 1024;
const FORMS = ['multipart/form-data', 'application/x-www-form-urlencoded'];
/** Longest time for a body to arrive. */
export const BODY_TIMEOUT_MS = 20_000;

/**
 * Refuses heads with parts that are too long, before they are split, matched or decoded (R62). Also refuses targets
 * that are not valid URLs, or that contain a user name or password, because a platform's `Request` cannot be built from
 * those (R69).
 */
export const soundHead: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { url } = c.req.raw;
  if (url.length > MAXIMUM_TARGET) throw new Problem({ code: 'target_too_long' });
  if (!URL.canParse(url) || (url.includes('@') && hasCredentials(new URL(url)))) {
    throw new Problem({ code: 'malformed_target' });
  }
  for (const value of c.req.raw.headers.values()) {
    if (value.length > MAXIMUM_HEADER_UNITS) throw new Problem({ code: 'header_too_large' });
  }
  return next();
};

function hasCredentials({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

/** Refuses bodies that are too large, of another media type or malformed, before a schema validates them (R30). */
export function soundBody(operation: Operation): MiddlewareHandler<AppEnv> {
  const { request, maximumBodyBytes } = operation;
  const limit = maximumBodyBytes ?? MAXIMUM_JSON_BYTES;
  const forms = Object.keys(request?.body?.content ?? {}).filter((each) => FORMS.includes(each));
  const served = negotiatedType(operation);
  return async (c, next) => {
    if (served !== undefined) refuseUnacceptable(c.req.header('accept'), served);
    if (c.req.method === 'GET' || c.req.method === 'HEAD' || c.req.raw.body === null) return next();
    const contentType = c.req.header('content-type') ?? '';
    const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
    const isForm = forms.includes(type);
    const bound = isForm ? limit : MAXIMUM_JSON_BYTES;
    if (Number(c.req.header('content-length') ?? 0) > bound) throw tooLarge(bound);
    const bytes = await readInTime(c.req.raw.body, bound);
    if (bytes === undefined) throw tooLarge(bound);
    if (bytes.length > 0) {
      refuseCoded(c.req.header('content-encoding'));
      if (!isForm) {
        refuseOtherThanJson(type, contentType);
        refuseHostile(bytes);
        refuseUnsound(parseJson(bytes));
      }
    }
    replaceBody(c, bytes);
    return next();
  };
}

/** Replaces the request's body with the bytes read, so that the network is read only once. */
function replaceBody(c: HonoContext<AppEnv>, bytes: Uint8Array): void {
  c.set('body', bytes);
  c.req.raw = new Request(c.req.raw.url, { method: c.req.method, headers: c.req.raw.headers, body: bytes.slice() });
}

/** The body before it is validated, because a signature covers the raw bytes. */
export async function readRaw(
  c: HonoContext<AppEnv>,
  limit: number = MAXIMUM_JSON_BYTES,
): Promise<Uint8Array<ArrayBuffer>> {
  if (c.req.raw.body === null) return new Uint8Array();
  const bytes = await readInTime(c.req.raw.body, limit);
  if (bytes === undefined) throw tooLarge(limit);
  replaceBody(c, bytes);
  return bytes;
}

/**
 * Other types ending in `+json` are refused, because they have a meaning of their own: a merge patch is not a whole
 * resource (RFC 7396).
 */
function refuseOtherThanJson(type: string, contentType: string): void {
  if (type !== 'application/json') throw new Problem({ code: 'unsupported_media_type' });
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType)?.[1];
  if (charset === undefined || /^utf-?8$/i.test(charset)) return;
  throw new Problem({ code: 'unsupported_media_type', detail: 'Send JSON in UTF-8.' });
}

/** Read time-out: a slow sender must not hold a connection (R60). */
async function readInTime(
  body: ReadableStream<Uint8Array>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Problem({ code: 'request_timeout' })), BODY_TIMEOUT_MS);
  });
  try {
    return await Promise.race([readAtMost(body, limit), late]);
  } catch (error) {
    // A client that disconnects while it sends is not a server error.
    throw error instanceof Problem ? error : new Problem({ code: 'request_timeout', detail: 'The body ended early.' });
  } finally {
    clearTimeout(timer);
  }
}

async function readAtMost(
  body: ReadableStream<Uint8Array>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (error) {
    throw new Problem({
      code: 'malformed_json',
      detail: error instanceof SyntaxError ? error.message : 'The body is not UTF-8.',
    });
  }
}

/**
 * Beyond this depth the body is refused without being parsed. Between the maximum and this, the fault can be located.
 */
const HOPELESS_DEPTH = 4 * MAXIMUM_DEPTH;

function refuseHostile(bytes: Uint8Array): void {
  const { depth, values } = scanJson(bytes);
  if (values > MAXIMUM_VALUES) throw unsound([tooManyValues('')]);
  if (depth > HOPELESS_DEPTH) throw unsound([tooDeep('')]);
}

/** Refuses texts that PostgreSQL (NUL) or UTF-8 (lone surrogates) cannot store, and too deep or too many values. */
function refuseUnsound(document: unknown): void {
  const errors: FieldFault[] = [];
  const path: string[] = [];
  let values = 0;
  const here = () => path.map(pointerTo).join('');
  const within = (name: string, member: unknown): void => {
    path.push(name);
    visit(member);
    path.pop();
  };
  const visit = (value: unknown): void => {
    values += 1;
    if (values > MAXIMUM_VALUES) throw unsound([tooManyValues(here())]);
    if (errors.length >= MAXIMUM_FAULTS) return;
    if (path.length > MAXIMUM_DEPTH) errors.push(tooDeep(here()));
    else if (typeof value === 'string') {
      if (!isSoundText(value)) {
        errors.push({ pointer: here(), code: 'unsound_text', message: 'contains NUL or half of a surrogate pair' });
      }
    } else if (Array.isArray(value)) {
      for (const [index, member] of value.entries()) within(String(index), member);
    } else if (typeof value === 'object' && value !== null) {
      for (const name in value) {
        if (isSoundText(name)) within(name, (value as Record<string, unknown>)[name]);
        else {
          const message = 'a name contains NUL or half of a surrogate pair';
          errors.push({ pointer: here(), code: 'unsound_text', message });
        }
      }
    }
  };
  visit(document);
  if (errors.length > 0) throw unsound(errors);
}

function unsound(errors: readonly FieldFault[]): Problem {
  return new Problem({ code: 'validation_failed', errors });
}

function tooDeep(pointer: string): FieldFault {
  return { pointer, code: 'too_deep', message: `nested deeper than ${MAXIMUM_DEPTH} levels` };
}

function tooManyValues(pointer: string): FieldFault {
  return { pointer, code: 'too_many_values', message: `expected at most ${MAXIMUM_VALUES} values in the whole body` };
}

export function isSoundText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** The ranges of `Accept` that allow a media type. */
const RANGES: Readonly<Record<NegotiatedType, RegExp>> = {
  'application/json': /^(\*\/\*|application\/\*|application\/json|application\/problem\+json)$/,
  'application/zip': /^(\*\/\*|application\/\*|application\/zip)$/,
};

function refuseUnacceptable(accept: string | undefined, served: NegotiatedType): void {
  if (accept === undefined) return;
  const acceptable = accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return RANGES[served].test(type) && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
  if (!acceptable) throw new Problem({ code: 'not_acceptable', detail: `Send Accept: ${served}.` });
}
