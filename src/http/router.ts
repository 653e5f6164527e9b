/** Declares operations: enforces each declaration, which the OpenAPI document also shows. */
import { type Hook, OpenAPIHono, type RouteConfig, type RouteHandler, z } from '@hono/zod-openapi';
import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import type { StepUpRequired } from '../../domain/identity/step-up.ts';
import type { Priority } from '../../domain/shared/bounds.ts';
import type { Result } from '../../domain/shared/result.ts';
import type { StaleVersion } from '../../domain/shared/version.ts';
import { isSigned } from './access.ts';
import { unboundedPlaces } from './bounds.ts';
import type { AppEnv } from './env.ts';
import { etag, unlessHeld } from './etag.ts';
import { importanceOf } from './importance.ts';
import { signedCallback } from './middleware/callback.ts';
import { deadline, stepwise } from './middleware/deadline.ts';
import { deprecated } from './middleware/deprecation.ts';
import { admitted } from './middleware/door.ts';
import { followable } from './middleware/followable.ts';
import { guard, type Repeat } from './middleware/guard.ts';
import { answersWithFile, recentProof } from './middleware/proof.ts';
import { signedByProvider } from './middleware/provider-call.ts';
import { soundBody } from './middleware/request.ts';
import { type Operation, type OperationConfig, operationOf } from './operation.ts';
import { type ErrorCode, type FieldFault, Problem, type ProblemDetails, pointerTo } from './problems.ts';
import { RememberingRouter } from './remembering-router.ts';
import { bodySchemas, openPlaces } from './strict.ts';
import { useValidationMessages } from './validation-messages.ts';

/** What serves one group of routes, with its declared operations. */
export class App extends OpenAPIHono<AppEnv> {
  readonly #operations = new Map<string, Operation>();
  readonly #openToAnyOrigin: RegExp[] = [];
  /** The operations of all groups, not of this one alone. Loads those that are not loaded yet. */
  readonly allOperations: () => Promise<readonly Operation[]>;

  constructor(options: ConstructorParameters<typeof OpenAPIHono<AppEnv>>[0], allOperations: App['allOperations']) {
    super(options);
    this.allOperations = allOperations;
  }

  /** The operations of this group. */
  get operations(): readonly Operation[] {
    return [...this.#operations.values()];
  }

  /** The methods that are declared for a path. */
  methodsAt(path: string): string[] {
    const methods = this.operations.filter((operation) => patternOf(operation).test(path)).map(methodOf);
    return [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)];
  }

  /** Asked before the route is known: a preflight has no route. */
  isOpenToAnyOrigin(path: string): boolean {
    return this.#openToAnyOrigin.some((pattern) => pattern.test(path));
  }

  /** Runs a request once more from the beginning, under the same id. */
  async repeat(c: HonoContext<AppEnv>): Promise<Response> {
    const { url, method, headers } = c.req.raw;
    const body = c.get('body');
    const request = new Request(url, { method, headers, ...(body === undefined ? {} : { body: body.slice() }) });
    request.headers.set('X-Request-Id', c.get('requestId'));
    return this.fetch(request, { ...c.env, isRepeated: true, traceId: c.get('traceId') });
  }

  declare(operation: Operation): void {
    const { operationId, key } = operation;
    const taken = this.operations.find((other) => other.operationId === operationId || other.key === key);
    if (taken !== undefined) throw new Error(`${operationId} (${key}) is already declared: ${taken.key}`);
    this.#operations.set(operationId, operation);
    if (operation.anyOrigin) this.#openToAnyOrigin.push(patternOf(operation));
  }
}

function methodOf({ method }: Operation): string {
  return method.toUpperCase();
}

function patternOf({ path }: Operation): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`);
}

/** @param allOperations see {@link App.allOperations} */
export function newApp(allOperations: App['allOperations']): App {
  useValidationMessages();
  return new App({ router: new RememberingRouter(), defaultHook: refuseInvalid }, allOperations);
}

const refuseInvalid: Hook<unknown, AppEnv, string, unknown> = (result) => {
  if (!result.success) throw invalid(result.error.issues, result.target);
};

function invalid(issues: readonly z.core.$ZodIssue[], target: string): Problem {
  const errors = issues.flatMap((issue) => fieldFaults(issue, target)).slice(0, 50);
  return new Problem({ code: 'validation_failed', errors });
}

/** The fields of a form that a handler reads by itself. @throws Problem if they are not valid */
export function validFields<T extends z.ZodType>(schema: T, fields: unknown): z.output<T> {
  const result = schema.safeParse(fields);
  if (!result.success) throw invalid(result.error.issues, 'form');
  return result.data;
}

function faultyPart(path: readonly PropertyKey[], target: string): { pointer: string } | { parameter: string } {
  if (target !== 'json' && target !== 'form') return { parameter: path.map(String).join('.') };
  return { pointer: path.map((part) => pointerTo(String(part))).join('') };
}

function fieldFaults(issue: z.core.$ZodIssue, target: string): FieldFault[] {
  if (issue.code === 'unrecognized_keys') {
    const unknown =
      target === 'query'
        ? { code: 'unknown_parameter', message: 'is not a parameter of this operation' }
        : { code: 'unknown_field', message: 'is not a field of this operation' };
    return issue.keys.map((key) => ({ ...faultyPart([...issue.path, key], target), ...unknown }));
  }
  return [{ ...faultyPart(issue.path, target), code: issue.code, message: issue.message }];
}

/** Operations, each declared by {@link route}, in the order in which the router tries them. */
export type Routes = readonly ((app: App) => void)[];

/**
 * An operation with its schemas, its access, its refusals and its handler. Its declaration takes effect in an application.
 */
export function route<const C extends OperationConfig>(config: C, handler: RouteHandler<C, AppEnv>): Routes[number] {
  return (app) => define(app, config, handler);
}

function define<const C extends OperationConfig>(app: App, config: C, handler: RouteHandler<C, AppEnv>): void {
  const query = strictQuery(config);
  const operation = operationOf(query === undefined ? config : { ...config, request: { ...config.request, query } });
  const { key, path, method } = operation;
  const unbounded = requestSchemas(operation.request).flatMap((schema) => unboundedPlaces(schema));
  if (unbounded.length > 0)
    throw new Error(`${key} takes texts or lists without a bound (R62): ${unbounded.join(' ')}`);
  // The queue's callbacks carry what the outbox wrote, in this version or the one before.
  const open = isSigned(operation.access) ? [] : bodySchemas(operation.request).flatMap((schema) => openPlaces(schema));
  if (open.length > 0)
    throw new Error(`${key} ignores unknown fields of its body at: ${open.map((place) => place || '/').join(' ')}`);
  app.declare(operation);
  const middleware = middlewareOf(operation, (c) => app.repeat(c));
  const file = /\/\{(\w+)\}(\.\w+)$/.exec(path);
  if (file === null) {
    const request = query === undefined && !operation.streamsBody ? {} : { request: validatedParts(operation) };
    const route: C & { getRoutingPath(): string } = {
      ...config,
      ...request,
      middleware,
      hide: true,
      getRoutingPath: () => path,
    };
    app.openapi(route, handler);
    return;
  }
  // The router matches a segment such as `{id}.ics` only with a pattern. The handler reads its parameter.
  const [segment = '', name = '', extension = ''] = file;
  const pattern = `${path.slice(0, -segment.length)}/:${name}{[^/]+\\${extension}}`;
  app.on([method.toUpperCase()], [pattern], ...middleware, handler as MiddlewareHandler<AppEnv>);
}

/** The parts of a request that are validated before the handler runs: a body that it streams is not among them. */
function validatedParts({ request, streamsBody }: Operation): RouteConfig['request'] {
  if (streamsBody === undefined) return request;
  const { body: _, ...others } = request ?? {};
  return others;
}

/** The middleware that runs before the handler, in order. */
function middlewareOf(operation: Operation, repeat: Repeat): MiddlewareHandler<AppEnv>[] {
  const isFile = answersWithFile(operation);
  return [
    ...(operation.deprecation ? [deprecated(operation.deprecation)] : []),
    enter(operation, operation.priority ?? (isFile ? 'bulk' : 'ordinary')),
    admitted(importanceOf(operation)),
    ...(operation.access === 'queue' ? [signedCallback] : []),
    ...bodyMiddleware(operation),
    deadline,
    guard(operation, repeat),
    followable,
    ...(operation.versioned && operation.method === 'get' ? [unlessHeld] : []),
    ...(isFile ? [recentProof] : []),
    ...(isFile || operation.inSteps ? [stepwise] : []),
  ];
}

/** What reads the body before the caller is known; a body that the handler streams is looked at there. */
function bodyMiddleware(operation: Operation): MiddlewareHandler<AppEnv>[] {
  if (operation.streamsBody !== undefined) return [];
  return [operation.access === 'provider' ? signedByProvider(operation) : soundBody(operation)];
}

/** Stores the operation for the rest of the request. */
function enter(operation: Operation, priority: Priority): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    c.set('operation', operation);
    c.get('prioritise')(priority);
    return next();
  };
}

/**
 * The schemas of a client's input. Forms are left out: they hold files, whose size is limited while they are received.
 */
function requestSchemas(request: RouteConfig['request']): z.ZodType[] {
  const { params, query, headers, body } = request ?? {};
  const json = body?.content['application/json'];
  const document = json !== undefined && 'schema' in json ? json.schema : undefined;
  return [params, query, headers, document].flat().filter((schema) => schema instanceof z.ZodType);
}

/**
 * Refuses unknown query parameters, as unknown fields: with a misspelt filter a list would return everything. Public
 * GET routes without parameters accept any, because programs that fetch them add parameters of their own.
 */
function strictQuery({ method, request, access }: OperationConfig): z.ZodObject | undefined {
  if (request?.query instanceof z.ZodObject) return request.query.strict();
  const takesAny = isSigned(access) || (access === 'public' && method === 'get');
  return request?.query === undefined && !takesAny ? z.strictObject({}) : undefined;
}

/** The code of a refusal; some have further members. */
type Refusal = { readonly code: ErrorCode } | StaleVersion;

/**
 * Returns the value of a result, or ends the request with its problem.
 * @param describe adds a detail, field errors and members to the problem, or replaces its code
 */
export function unwrap<T, E extends Refusal>(
  result: Result<T, E>,
  describe?: (error: E) => Partial<ProblemDetails> | undefined,
): T {
  if (result.ok) return result.value;
  const { error } = result;
  if (error.code === 'stale_version') {
    const { version } = error as StaleVersion;
    throw new Problem({ code: 'precondition_failed', members: { version }, headers: { ETag: etag(version) } });
  }
  if (error.code === 'step_up_required') {
    throw new Problem({ code: error.code, members: { methods: (error as StepUpRequired).methods } });
  }
  throw new Problem({ code: error.code, ...describe?.(error) });
}

export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema } } };
}

/** JSON for programs, and a page for browsers: the handler returns either (see `prefersHtml`). */
export function jsonOrPage<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { 'application/json': { schema }, ...PAGE } };
}

/** A page for people. */
export function page(description: string) {
  return { description, content: PAGE };
}

const PAGE = { 'text/html': { schema: z.string().openapi({ description: 'A page for browsers' }) } };

export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } } as const;
}
