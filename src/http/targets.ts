/**
 * What a request is about: the ids among the parameters of its path and query and the fields of its body, as its route
 * declares them. Values of names that are not declared are not looked at: they are a client's free choice (ADR 0101).
 */
import type { RouteConfig, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { isUuid } from '../../domain/shared/ids.ts';
import type { AppEnv } from './env.ts';

export interface Target {
  /** What it is, in the singular: `appointment`, `patient`. */
  readonly type: string;
  readonly id: string;
}

/** The names that a route declares, beside those in its path. */
export interface DeclaredNames {
  readonly query: readonly string[];
  readonly body: readonly string[];
}

export function declaredNames({ request }: Pick<RouteConfig, 'request'>): DeclaredNames {
  const json = request?.body?.content['application/json'];
  const body = json !== undefined && 'schema' in json ? json.schema : undefined;
  return { query: membersOf(request?.query), body: membersOf(body) };
}

/** The members of an object, through whatever it is wrapped in; of all the objects that it may be. */
function membersOf(schema: unknown): string[] {
  const { shape, def } = (schema ?? {}) as {
    readonly shape?: Readonly<Record<string, z.ZodType>>;
    readonly def?: { readonly in?: unknown; readonly innerType?: unknown; readonly options?: readonly unknown[] };
  };
  if (shape !== undefined) return Object.keys(shape);
  return [def?.in, def?.innerType, ...(def?.options ?? [])].filter((part) => part !== undefined).flatMap(membersOf);
}

/** The one in the path comes first: the last of several, which is what the others lead to. */
export async function targetsOf(
  c: Context<AppEnv>,
  template: string,
  declared: DeclaredNames,
): Promise<readonly Target[]> {
  const inQuery = declared.query.map((name) => [name, c.req.query(name)] as const);
  const body = declared.body.length === 0 ? {} : await readBody(c);
  const inBody = declared.body.map((name) => [name, body[name]] as const);
  return [
    ...inPath(template, c.req.path),
    ...[...inQuery, ...inBody].flatMap(([name, id]) => target(typeOf(name), id)),
  ];
}

/** What the parameters of a path are ids of. */
export function targetTypesIn(template: string): readonly string[] {
  const names = template.split('/');
  return names.flatMap((part, at) => pathType(part, names[at - 1]) ?? []);
}

function pathType(part: string, before = ''): string | undefined {
  const [, name] = /^\{(\w+)\}/.exec(part) ?? [];
  if (name === undefined) return undefined;
  // `/doctors/{id}` is a doctor, `/appointments/{id}.ics` an appointment.
  return name === 'id' ? singular(before) : typeOf(name);
}

function inPath(template: string, path: string): Target[] {
  const names = template.split('/');
  const parts = path.split('/');
  return names
    .flatMap((part, at) => {
      const type = pathType(part, names[at - 1]);
      return type === undefined ? [] : target(type, parts[at]?.slice(0, 36));
    })
    .reverse();
}

function target(type: string, id: unknown): Target[] {
  return typeof id === 'string' && isUuid(id) ? [{ type, id }] : [];
}

/** `patientId` is a patient. */
function typeOf(name: string): string {
  return name.replace(/Id$/, '').replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function singular(segment: string): string {
  return segment.replace(/s$/, '').replaceAll('-', '_');
}

/** What was not checked yet may be anything; what cannot be read names nothing. */
async function readBody(c: Context<AppEnv>): Promise<Readonly<Record<string, unknown>>> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) return {};
  try {
    const body: unknown = await c.req.json();
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    // Malformed: the answer says so where it is its turn, and there is nothing in it to record.
    return {};
  }
}
