/**
 * Links to operations, made from their declared paths: a path that changes takes its links along, and a link to an
 * operation that does not exist does not compile.
 */
import type { KnownActor } from '../../domain/shared/actor.ts';
import { isOpenTo } from './access.ts';
import { OPERATION_PATHS } from './operation-paths.ts';

export type OperationId = keyof typeof OPERATION_PATHS;

type PathOf<O extends OperationId> = (typeof OPERATION_PATHS)[O][1];

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;

/** A value for each parameter of the path; nothing if it has none. */
type Parameters<O extends OperationId> = [NamesIn<PathOf<O>>] extends [never]
  ? []
  : [parameters: Readonly<Record<NamesIn<PathOf<O>>, string>>];

/** How texts for people name an operation: `GET /api/v1/doctors/{id}`. */
export function requestOf(operationId: OperationId): string {
  const [method, path] = OPERATION_PATHS[operationId];
  return `${method} ${path}`;
}

/** The path of an operation, with the values of its parameters. */
export function pathTo<O extends OperationId>(operationId: O, ...[parameters]: Parameters<O>): string {
  return hrefOf(operationId, parameters ?? {});
}

/** As {@link pathTo}, where the operation is known only when it runs. */
export function hrefOf(operationId: OperationId, values: Readonly<Record<string, string>>): string {
  const [, path] = OPERATION_PATHS[operationId];
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}

export interface Link {
  readonly href: string;
  /** Left out: GET. */
  readonly method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
}

/** A link to an operation, with the values of its parameters. */
export function linkTo<O extends OperationId>(operationId: O, ...parameters: Parameters<O>): Link {
  const href = pathTo(operationId, ...parameters);
  const [method] = OPERATION_PATHS[operationId];
  return method === 'GET' ? { href } : { href, method };
}

/** Whether the access rule of the operation lets the actor in. */
export function isPermitted(actor: KnownActor, operationId: OperationId): boolean {
  return isOpenTo(OPERATION_PATHS[operationId][2], actor);
}

/** An operation with the values of its parameters. */
type Target = { [O in OperationId]: readonly [operationId: O, ...Parameters<O>] }[OperationId];

/**
 * Links to operations, without those whose access rule refuses the actor. Rules about the object, such as whose hours
 * they are, are the caller's.
 */
export function permitted(actor: KnownActor, targets: Readonly<Record<string, Target>>): Record<string, Link> {
  const open = Object.entries(targets).filter(([, [operationId]]) => isPermitted(actor, operationId));
  // The parameters are those of the operation: a tuple of the union keeps both together.
  type Pair = readonly ['getDoctor', { readonly id: string }];
  return Object.fromEntries(open.map(([relation, target]) => [relation, linkTo(...(target as Pair))]));
}
