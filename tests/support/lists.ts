/** The lists of the OpenAPI document, for tests over all of them. */
import { DOCUMENT } from './operations.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Record<
    string,
    { content?: Record<string, { schema: { properties?: Record<string, unknown> } }> }
  >;
}

/** As clients read it. */
const document: { readonly paths: Readonly<Record<string, { readonly get?: Operation }>> } = JSON.parse(
  JSON.stringify(DOCUMENT),
);

/** Operations that answer with `{ data, page }`, with the names of the parameters of their query. */
export const LISTS = Object.entries(document.paths).flatMap(([path, { get }]) => {
  const properties = get?.responses['200']?.content?.['application/json']?.schema.properties;
  if (get === undefined || properties?.data === undefined || properties.page === undefined) return [];
  const query = (get.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  return [{ path, operationId: get.operationId, query }];
});
