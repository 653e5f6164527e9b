/**
 * Compares every answer that a test gets with the declaration of its operation: status, body, problem code, headers. So
 * the whole test suite proves that the OpenAPI document describes everything that the server does.
 */
import { isDeepStrictEqual } from 'node:util';
import type { z } from '@hono/zod-openapi';
import { headersOf, headersOfStatus, RESPONSE_HEADERS, SENT_AS } from '../../src/http/document/headers.ts';
import { headersOfCode, problemSchema } from '../../src/http/document/problem-responses.ts';
import { declaredRefusals } from '../../src/http/document/refusals.ts';
import type { Operation } from '../../src/http/operation.ts';
import { type ErrorCode, PROBLEMS } from '../../src/http/problems.ts';

interface Pattern {
  readonly method: string;
  readonly pattern: RegExp;
  readonly operation: Operation;
}

/** @returns a function that throws if an answer differs from its declaration */
export function contractOf(operations: readonly Operation[]): (request: Request, response: Response) => Promise<void> {
  const patterns: Pattern[] = operations
    .map((operation) => ({
      method: operation.method.toUpperCase(),
      pattern: new RegExp(`^${operation.path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
      operation,
    }))
    // A literal segment takes precedence over a parameter, as in the router.
    .toSorted((a, b) => placeholders(a) - placeholders(b));
  return async (request, response) => {
    if (!URL.canParse(request.url)) return;
    const { pathname } = new URL(request.url);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const found = patterns.find((each) => each.method === method && each.pattern.test(pathname));
    if (found === undefined) return;
    const fault = await faultOf(found.operation, request, response);
    if (fault !== undefined) {
      throw new Error(`${found.operation.operationId} (${found.operation.key}) answered ${response.status}: ${fault}`);
    }
  };
}

function placeholders({ operation: { path } }: Pattern): number {
  return path.split('{').length + (path.includes('}.') ? -0.5 : 0);
}

async function faultOf(operation: Operation, request: Request, response: Response): Promise<string | undefined> {
  const type = response.headers.get('content-type') ?? '';
  const body =
    request.method !== 'HEAD' && type.includes('json') && !type.includes('ndjson') ? await jsonOf(response) : undefined;
  if (type.startsWith('application/problem+json')) return faultOfProblem(operation, response, body);
  const declared = operation.responses[response.status];
  const isUnchanged = response.status === 304 && operation.versioned === true;
  if (declared === undefined && !isUnchanged) return 'the status is not declared';
  const content = declared !== undefined && 'content' in declared ? declared.content : undefined;
  const media = content?.['application/json'];
  const schema = media !== undefined && 'schema' in media ? (media.schema as z.ZodType) : undefined;
  const [sent = ''] = type.split(';');
  if (sent !== '' && !Object.hasOwn(content ?? {}, sent)) return `the media type ${sent} is not declared`;
  return (
    (body === undefined || schema === undefined ? undefined : differenceFrom(schema, body)) ??
    undeclaredHeader(response, Object.keys(headersOfStatus(operation, String(response.status))))
  );
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.clone().text();
  return text === '' ? undefined : JSON.parse(text);
}

function faultOfProblem(operation: Operation, response: Response, body: unknown): string | undefined {
  const { code } = (body ?? {}) as { readonly code?: ErrorCode };
  if (body === undefined || code === undefined) return undefined;
  // Requests that match no route or method do not belong to this operation.
  if (code === 'route_not_found' || code === 'method_not_allowed') return undefined;
  if (!declaredRefusals(operation).has(code)) return `the code ${code} is not declared`;
  if (PROBLEMS[code].status !== response.status) return `${code} has another status`;
  const { ofAll } = headersOf(operation);
  return (
    differenceFrom(problemSchema(code), body) ??
    undeclaredHeader(response, [...ofAll.map((name) => SENT_AS[name]), ...headersOfCode(code)])
  );
}

/** Parsing drops members that the schema does not know, so the result must equal the input. */
function differenceFrom(schema: z.ZodType, body: unknown): string | undefined {
  const parsed = schema.safeParse(body);
  if (!parsed.success) return `the body is not as declared: ${JSON.stringify(parsed.error.issues.slice(0, 3))}`;
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(parsed.data)), body)) return undefined;
  return `the body has more than is declared: ${JSON.stringify(body).slice(0, 600)} is not ${JSON.stringify(parsed.data).slice(0, 600)}`;
}

const TOLD = Object.keys(RESPONSE_HEADERS).map((name) => SENT_AS[name as keyof typeof SENT_AS]);

function undeclaredHeader(response: Response, declared: readonly string[]): string | undefined {
  const undeclared = TOLD.filter((name) => response.headers.has(name) && !declared.includes(name));
  return undeclared.length === 0 ? undefined : `it has headers that are not declared: ${undeclared.join(', ')}`;
}
