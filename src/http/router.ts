/** How routes are declared: schema, access and handler in one place, refusals turned into problems. */
import { createRoute, OpenAPIHono, type RouteConfig, type RouteHandler, z } from '@hono/zod-openapi';
import type { StepUpRequired } from '../../domain/identity/step-up.ts';
import type { Priority } from '../../domain/shared/bounds.ts';
import type { Result } from '../../domain/shared/result.ts';
import type { StaleVersion } from '../../domain/shared/version.ts';
import { ACCESS, type Access, permissionsIn, type RouteKey } from './access.ts';
import { unboundedPlaces } from './bounds.ts';
import type { AppEnv } from './env.ts';
import { etag } from './etag.ts';
import { stepwise } from './middleware/deadline.ts';
import { guard } from './middleware/guard.ts';
import { answersWithFile, recentProof } from './middleware/proof.ts';
import { type ErrorCode, type FieldFault, PROBLEMS, Problem, type ProblemDetails, pointerTo } from './problems.ts';
import { declaredNames } from './targets.ts';
import { useValidationMessages } from './validation-messages.ts';

export type App = OpenAPIHono<AppEnv>;

const problemSchema = z
  .object({
    type: z.string().openapi({ example: '/problems/validation_failed' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string().openapi({
            description: 'RFC 6901 pointer into the body; where parameter is named, into the parameters by their names',
            example: '/email',
          }),
          parameter: z.string().optional().openapi({
            description: 'Name of the parameter of the query, the path or the header, where that is at fault',
            example: 'limit',
          }),
          code: z.string(),
          message: z.string(),
        }),
      )
      .optional(),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details' });

const PROBLEM_CONTENT = { 'application/problem+json': { schema: problemSchema } };

/** What any route may refuse. */
const GENERAL: readonly ErrorCode[] = ['not_acceptable', 'too_many_requests', 'unavailable'];

export function newApp(): App {
  useValidationMessages();
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (!result.success) {
        throw new Problem({
          code: 'validation_failed',
          errors: result.error.issues.flatMap((issue) => fieldFaults(issue, result.target)).slice(0, 50),
        });
      }
    },
  });
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

/**
 * Declares a route under its line of the access table.
 * @param refusals the codes it may answer with, beside those of its access and its body
 * @param inSteps the priority of a route that works in steps with a deadline each; those that answer with a file do so as `bulk`
 */
export function define<const R extends RouteConfig>(
  app: App,
  route: R,
  refusals: readonly ErrorCode[],
  handler: RouteHandler<R, AppEnv>,
  { inSteps }: { readonly inSteps?: Priority } = {},
): void {
  const key = `${route.method.toUpperCase()} ${route.path}` as RouteKey;
  const access: Access = ACCESS[key];
  if (access === undefined) throw new Error(`${key} has no line in the access table`);
  const query = strictQuery(route, access);
  const request = query === undefined ? route.request : { ...route.request, query };
  const unbounded = [...requestSchemas(route.request), query].flatMap((schema) =>
    schema === undefined ? [] : unboundedPlaces(schema),
  );
  if (unbounded.length > 0)
    throw new Error(`${key} takes texts or lists without a bound (R62): ${unbounded.join(' ')}`);
  const isFile = answersWithFile(route);
  const steps = inSteps ?? (isFile ? 'bulk' : undefined);
  const codes = new Set<ErrorCode>([
    ...(access === 'public' ? [] : (['unauthenticated', 'forbidden'] as const)),
    ...bodyRefusals(route),
    ...(request === undefined ? [] : (['validation_failed'] as const)),
    ...(isFile ? (['step_up_required'] as const) : []),
    ...GENERAL,
    ...refusals,
  ]);
  const full = createRoute({
    ...route,
    ...(request === undefined ? {} : { request }),
    middleware: [
      guard(access, key, declaredNames(route)),
      ...(isFile ? [recentProof] : []),
      ...(steps === undefined ? [] : [stepwise(steps)]),
    ],
    responses: { ...problemResponses(codes), ...route.responses },
    ...(access === 'public' || access === 'queue' ? { security: [] } : { security: [{ bearer: [] }, { apiKey: [] }] }),
    description: [route.description, accessNote(access), isFile ? PROOF_NOTE : ''].filter(Boolean).join('\n\n'),
  });
  app.openapi(full as unknown as R, handler);
}

/** The schemas of what a client sends. A form holds files, whose size is limited while they are received. */
function requestSchemas(request: RouteConfig['request']): z.ZodType[] {
  const { params, query, headers, body } = request ?? {};
  const json = body?.content['application/json'];
  const document = json !== undefined && 'schema' in json ? json.schema : undefined;
  return [params, query, headers, document].flat().filter((schema) => schema instanceof z.ZodType);
}

/**
 * A parameter that is not known is refused as a field is: a misspelt filter would list everything. What anybody may read is
 * fetched by programs that add parameters of their own, and takes them, unless it has some itself.
 */
function strictQuery({ method, path, request }: RouteConfig, access: Access): z.ZodType | undefined {
  if (request?.query instanceof z.ZodObject) return request.query.strict();
  const takesAny = !path.startsWith('/api/') || access === 'queue' || (access === 'public' && method === 'get');
  return request?.query === undefined && !takesAny ? z.strictObject({}) : undefined;
}

function bodyRefusals({ request }: RouteConfig): readonly ErrorCode[] {
  if (request?.body === undefined) return [];
  const malformed = 'multipart/form-data' in request.body.content ? 'malformed_form' : 'malformed_json';
  return [malformed, 'unsupported_media_type', 'payload_too_large'];
}

const PROOF_NOTE = 'In a session it needs a recent proof of who asks: see /auth/step-up.';

function accessNote(access: Access): string {
  if (access === 'public' || access === 'queue') return '';
  if (access === 'signed_in') return 'Needs a session.';
  const names = permissionsIn(access).map((permission) => `\`${permission}\``);
  return `Needs the permission ${names.join(' or ')}.`;
}

function problemResponses(codes: ReadonlySet<ErrorCode>): RouteConfig['responses'] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      { description: list.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '), content: PROBLEM_CONTENT },
    ]),
  );
}

/** The members of a refusal that clients may see, beside its code. */
type Refusal = { readonly code: ErrorCode } | StaleVersion;

/**
 * The value of a result, or the end of the request with its problem.
 * @param describe adds detail, field errors and members to the problem, or gives it another code
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

export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { 'application/json': { schema } } } as const;
}
