/**
 * A typed client of Patient Portal: one function, `call`, which takes an operation by its id. Requests, answers and problems
 * have the types of the OpenAPI document. It needs `fetch` alone, and runs in browsers, Node, Deno and Workers.
 */
import { OPERATIONS } from './operations.ts';
import type { operations } from './schema.ts';

export type OperationId = keyof operations;

type Json<R> = R extends { content: { 'application/json': infer Body } } ? Body : undefined;
type ProblemIn<R> = R extends { content: { 'application/problem+json': infer Body } } ? Body : never;
type Responses<Id extends OperationId> = operations[Id]['responses'];
type Success = 200 | 201 | 202 | 204;

/** What an operation answers with when it succeeds. */
export type Answer<Id extends OperationId> = {
  [Status in keyof Responses<Id> & Success]: Json<Responses<Id>[Status]>;
}[keyof Responses<Id> & Success];

/** What it refuses with: a union, told apart by `code`. */
export type Problem<Id extends OperationId> = {
  [Status in keyof Responses<Id>]: ProblemIn<Responses<Id>[Status]>;
}[keyof Responses<Id>];

type Parameters<Id extends OperationId> = operations[Id]['parameters'];
type Part<Name extends string, Value> = [Value] extends [undefined]
  ? { readonly [N in Name]?: never }
  : undefined extends Value
    ? { readonly [N in Name]?: Value }
    : { readonly [N in Name]: Value };
type Content<R> = R extends { content: { 'application/json': infer Json } } ? Json : undefined;
type Body<Id extends OperationId> = operations[Id] extends { requestBody?: infer R } ? Content<R> : undefined;

/** What an operation takes: `path`, `query`, `header` and `body`, each where it has some. */
export type Input<Id extends OperationId> = Part<'path', Parameters<Id>['path']> &
  Part<'query', Parameters<Id>['query']> &
  Part<'header', Parameters<Id>['header']> &
  Part<'body', Body<Id>>;

interface Received {
  readonly status: number;
  readonly headers: Headers;
}

export type Outcome<Id extends OperationId> =
  | (Received & { readonly ok: true; readonly data: Answer<Id>; readonly etag: string | null })
  | (Received & { readonly ok: false; readonly problem: Problem<Id> });

/** An answer that is none of the portal’s: of a proxy on the way, for example. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
  readonly status: number;

  constructor(operationId: string, status: number, text: string) {
    super(`${operationId} was answered ${status}: ${text.slice(0, 200)}`);
    this.status = status;
  }
}

export interface ClientOptions {
  /** Where the portal is, without a path: `https://portal.example`. */
  readonly baseUrl: string;
  /** Sent as `Authorization: Bearer`, asked for before each request. Default: none. */
  readonly accessToken?: () => string | undefined;
  /** Default: the global one. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

export interface Client {
  /**
   * @returns the answer, or the problem: a refusal is a value, never thrown
   * @throws what `fetch` throws, and {@link UnexpectedAnswer}
   */
  call<Id extends OperationId>(operationId: Id, ...input: Arguments<Id>): Promise<Outcome<Id>>;
}

/** The input may be left out where nothing in it is required. */
export type Arguments<Id extends OperationId> =
  Record<string, never> extends Input<Id> ? [input?: Input<Id>] : [input: Input<Id>];

interface AnyInput {
  readonly path?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly header?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
}

export function createClient({ baseUrl, accessToken, fetch = globalThis.fetch }: ClientOptions): Client {
  return {
    async call<Id extends OperationId>(operationId: Id, ...[input]: Arguments<Id>): Promise<Outcome<Id>> {
      const token = accessToken?.();
      const request = requestOf(baseUrl, operationId, input ?? {});
      if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`);
      const response = await fetch(request);
      const { status, headers } = response;
      const text = await response.text();
      const isJson = /[/+]json\b/.test(headers.get('content-type') ?? '');
      if (response.ok && (isJson || text === '')) {
        const data = (text === '' ? undefined : JSON.parse(text)) as Answer<Id>;
        return { ok: true, status, headers, data, etag: headers.get('etag') };
      }
      if (response.ok || !isJson) throw new UnexpectedAnswer(operationId, status, text);
      return { ok: false, status, headers, problem: JSON.parse(text) as Problem<Id> };
    },
  };
}

function requestOf(baseUrl: string, operationId: OperationId, { path = {}, query, header, body }: AnyInput): Request {
  const [method, template] = OPERATIONS[operationId];
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
  const url = new URL(filled, baseUrl);
  for (const [name, value] of given(query)) url.searchParams.set(name, value);
  const headers = new Headers(given(header));
  if (body === undefined) return new Request(url, { method, headers });
  headers.set('Content-Type', 'application/json');
  return new Request(url, { method, headers, body: JSON.stringify(body) });
}

function given(parameters: Readonly<Record<string, unknown>> = {}): [string, string][] {
  return Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
}
