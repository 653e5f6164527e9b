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

const KINDS = new WeakMap<z.ZodType, string>();

/** Declares of which kind of resource a path parameter is the id. */
export function ofKind<S extends z.ZodType>(kind: string, schema: S): S {
  KINDS.set(schema, kind);
  return schema;
}

interface PathParameter {
  readonly name: string;
  readonly kind: string;
}

/** What a route declares. */
export interface DeclaredTargets {
  /** In the order of the path. */
  readonly path: readonly PathParameter[];
  /** Names of parameters and fields, some of which may be ids. */
  readonly query: readonly string[];
  readonly body: readonly string[];
}

/** @throws Error if the path has an `{id}` of no declared kind */
export function declaredTargets({ path, request }: Pick<RouteConfig, 'path' | 'request'>): DeclaredTargets {
  const json = request?.body?.content['application/json'];
  const body = json !== undefined && 'schema' in json ? json.schema : undefined;
  return { path: parametersOf(path, request?.params), query: membersOf(request?.query), body: membersOf(body) };
}

/** The name of a parameter tells its kind, unless that is declared: `doctorId`, but not `id`. */
function parametersOf(path: string, params: unknown): PathParameter[] {
  const { shape = {} } = (params ?? {}) as { readonly shape?: Readonly<Record<string, z.ZodType>> };
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const schema = shape[name];
    const kind = schema === undefined ? undefined : KINDS.get(schema);
    if (kind === undefined && name === 'id') throw new Error(`${path}: declare the kind of its id with targetId`);
    return { name, kind: kind ?? typeOf(name) };
  });
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
export async function targetsOf(c: Context<AppEnv>, declared: DeclaredTargets): Promise<readonly Target[]> {
  const inQuery = declared.query.map((name) => [name, c.req.query(name)] as const);
  const body = declared.body.length === 0 ? {} : await readBody(c);
  const inBody = declared.body.map((name) => [name, body[name]] as const);
  return [
    // Without the extension of a file: `{id}.ics`.
    ...declared.path.toReversed().flatMap(({ name, kind }) => target(kind, c.req.param(name)?.slice(0, 36))),
    ...[...inQuery, ...inBody].flatMap(([name, id]) => target(typeOf(name), id)),
  ];
}

function target(type: string, id: unknown): Target[] {
  return typeof id === 'string' && isUuid(id) ? [{ type, id }] : [];
}

/** Kind of resource by the name of its id: `patientId` is a patient. */
function typeOf(name: string): string {
  return name.replace(/Id$/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
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
