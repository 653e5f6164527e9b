/** Finds links of an answer to operations that are refused to the role that got the answer. */
import { permissionsOf, type Role } from '../../../domain/shared/permissions.ts';
import { permissionsIn } from '../../../src/http/access.ts';
import { OPERATIONS } from '../../support/operations.ts';

const PATTERNS = OPERATIONS.map((operation) => ({
  operation,
  method: operation.method.toUpperCase(),
  // Fixed paths before those with parameters, as the router tries them.
  parameters: operation.path.split('{').length,
  pattern: new RegExp(`^${operation.path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
})).toSorted((a, b) => a.parameters - b.parameters);

/** @returns the links of a JSON answer that lead to no operation, or to one that the role may not call */
export function refusedLinks(answer: unknown, role: Role): string[] {
  const refused = linksIn(answer).flatMap(([relation, { href, method = 'GET' }]) => {
    const path = new URL(href.replace(/\{.*$/, ''), 'https://portal.example').pathname;
    if (!path.startsWith('/api/')) return [];
    const operation = PATTERNS.find((each) => each.method === method && each.pattern.test(path))?.operation;
    if (operation === undefined) return [`${relation}: no operation ${method} ${path}`];
    const { access, key } = operation;
    const isOpen =
      permissionsIn(access).length === 0 || permissionsIn(access).some((each) => permissionsOf(role).includes(each));
    return isOpen ? [] : [`${relation}: ${key}`];
  });
  return [...new Set(refused)];
}

interface Link {
  readonly href: string;
  readonly method?: string;
}

function linksIn(value: unknown): [relation: string, link: Link][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === '_links' ? (Object.entries(member) as [string, Link][]) : linksIn(member),
  );
}
