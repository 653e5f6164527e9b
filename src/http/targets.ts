/**
 * The targets of a request: the ids among its path and query parameters and the fields of its body, as its route
 * declares them. Undeclared names are ignored, because the client chooses their values freely (ADR 0101).
 */
import type { RouteConfig, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isUuid } from '../../domain/shared/ids.ts';
import type { AppEnv } from './env.ts';

export interface Target {
  /** The kind of resource, in the singular: `appointment`, `patient`. */
  readonly type: string;
  readonly id: string;
}

/** The names that a route declares, apart from those in its path. */
export interface DeclaredNames {
  readonly query: readonly string[];
  readonly body: readonly string[];
}

export function declaredNames({ request }: Pick<RouteConfig, 'request'>): DeclaredNames {
  const json = request?.body?.content['application/json'];
  const body = json !== undefined && 'schema' in json ? json.schema : undefined;
  return { query: membersOf(request?.query), body: membersOf(body) };
}

/** The members of an object schema, including wrapped ones, and of every option of a union. */
function membersOf(schema: unknown): string[] {
  const { shape, def } = (schema ?? {}) as {
    readonly shape?: Readonly<Record<string, z.ZodType>>;
    readonly def?: { readonly in?: unknown; readonly innerType?: unknown; readonly options?: readonly unknown[] };
  };
  if (shape !== undefined) return Object.keys(shape);
  return [def?.in, def?.innerType, ...(def?.options ?? [])].filter((part) => part !== undefined).flatMap(membersOf);
}

/** Path targets come first, and among several the last one in the path, because the others only lead to it. */
export async function targetsOf(
  c: Context<AppEnv>,
  template: string,
  declared: DeclaredNames,
): Promise<readonly Target[]> {
  const inQuery = declared.query.map((name) => [name, c.req.query(name)] as const);
  const body = declared.body.length === 0 ? {} : await readBody(c);
  const inBody = declared.body.map((name) => [name, body[name]] as const);
  return [...inPath(c, template), ...[...inQuery, ...inBody].flatMap(([name, id]) => target(typeOf(name), id))];
}

/** The kinds of resource that the path parameters identify. */
export function targetTypesIn(template: string): readonly string[] {
  return parametersIn(template).map(({ type }) => type);
}

/** The parameters of a path: `{id}` is of the kind that the segment before it names, the others of their own name's. */
function parametersIn(template: string): { readonly name: string; readonly type: string }[] {
  return [...template.matchAll(/([\w-]*)\/\{(\w+)\}/g)].map(([, before = '', name = '']) => ({
    name,
    type: name === 'id' ? singular(before) : typeOf(name),
  }));
}

function inPath(c: Context<AppEnv>, template: string): Target[] {
  // Without the extension of a file: `{id}.ics`.
  const targets = parametersIn(template).flatMap(({ name, type }) => target(type, c.req.param(name)?.slice(0, 36)));
  return targets.reverse();
}

function target(type: string, id: unknown): Target[] {
  return typeof id === 'string' && isUuid(id) ? [{ type, id }] : [];
}

/** Kind of resource by the name of its id: `patientId` is a patient. */
function typeOf(name: string): string {
  return name.replace(/Id$/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function singular(segment: string): string {
  return segment.replace(/s$/, '').replaceAll('-', '_');
}

/** The body was not validated yet, so it may be anything; a body that cannot be parsed names no targets. */
async function readBody(c: Context<AppEnv>): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) return {};
  try {
    const body: unknown = await c.req.json();
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    // Malformed JSON is refused later; it contains nothing to record.
    return {};
  }
}
