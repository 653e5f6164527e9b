/** The links in answers to API keys: those that the key may follow. */
import type { MiddlewareHandler } from 'hono';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { type Access, isOpenTo } from '../access.ts';
import type { AppEnv } from '../env.ts';
import { OPERATION_PATHS } from '../operation-paths.ts';

/**
 * Presenters leave out links to what the caller's role may not do. A key may have any part of what its owner's role has, so each
 * link of an answer to a key is compared with the rule that the guard enforces at its operation, `self` and stored answers too.
 */
export const followable: MiddlewareHandler<AppEnv> = (c, next) => {
  const { actor } = c.get('context');
  if (actor.kind === 'api_key') {
    const { json } = c;
    c.json = ((body: object, ...rest: []) => json(openOf(body, actor), ...rest)) as typeof json;
  }
  return next();
};

/** A copy of the answer without the links that the actor may not follow. */
function openOf<T>(answer: T, actor: KnownActor): T {
  if (Array.isArray(answer)) return answer.map((each) => openOf(each, actor)) as T;
  if (typeof answer !== 'object' || answer === null) return answer;
  const open = Object.entries(answer).map(([name, part]) => [
    name,
    name === '_links' ? openLinks(part, actor) : openOf(part, actor),
  ]);
  return Object.fromEntries(open) as T;
}

function openLinks(links: Readonly<Record<string, Linked>>, actor: KnownActor): object {
  return Object.fromEntries(Object.entries(links).filter(([, link]) => isOpenTo(accessOf(link), actor)));
}

interface Linked {
  readonly href: string;
  readonly method?: string;
}

interface Pattern {
  readonly segments: readonly string[];
  readonly access: Access;
}

let patterns: ReadonlyMap<string, readonly Pattern[]> | undefined;

/**
 * The operations by method and number of segments; of those that match the same path the more literal one first. Made when the first
 * answer to an API key needs them.
 */
function operationPatterns(): ReadonlyMap<string, readonly Pattern[]> {
  patterns ??= Map.groupBy(
    Object.values(OPERATION_PATHS)
      .map(([method, path, access]) => ({ method, segments: path.split('/'), access: access as Access }))
      .sort((a, b) => literals(b.segments) - literals(a.segments)),
    ({ method, segments }) => `${method} ${segments.length}`,
  );
  return patterns;
}

function literals(segments: readonly string[]): number {
  return segments.join('').replaceAll(/\{\w+\}/g, '').length;
}

/** Of the operation that the link leads to; a link to anywhere else is open to everybody. */
function accessOf({ href, method = 'GET' }: Linked): Access {
  const segments = (/^[^?{]*/.exec(href)?.[0] ?? '').split('/');
  const candidates: readonly Pattern[] = operationPatterns().get(`${method} ${segments.length}`) ?? [];
  return candidates.find((pattern) => matches(pattern, segments))?.access ?? 'public';
}

function matches({ segments }: Pattern, path: readonly string[]): boolean {
  return segments.every((segment, index) => {
    const start = segment.indexOf('{');
    const given = path[index] ?? '';
    if (start === -1) return segment === given;
    return given.startsWith(segment.slice(0, start)) && given.endsWith(segment.slice(segment.indexOf('}') + 1));
  });
}
