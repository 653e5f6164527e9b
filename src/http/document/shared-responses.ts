/** Operations with the same refusals share one response, which makes the document and generated clients much smaller. */

/** An OpenAPI response that the document describes where it is answered. */
interface Described {
  readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
  readonly headers?: Readonly<Record<string, unknown>>;
}

interface Shareable {
  readonly paths?: Readonly<Record<string, object>>;
  readonly components?: object;
}

/** @returns the document with each refusal once under `components.responses`, and references to it */
export function shareRefusals<D extends Shareable>(document: D): D {
  const shared: Record<string, Described> = {};
  const paths = mapValues(document.paths ?? {}, (path) =>
    mapValues(path as Record<string, object>, (operation) => ({
      ...operation,
      responses: mapValues((operation as { responses: Record<string, Described> }).responses, (response, status) => {
        const name = nameOf(status, response);
        if (name === undefined) return response;
        shared[name] ??= response;
        return { $ref: `#/components/responses/${name}` };
      }),
    })),
  );
  const ordered = Object.fromEntries(Object.entries(shared).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { ...document, paths, components: { ...document.components, responses: ordered } };
}

/** Identifies a refusal by status, problem codes and whether it has rate limit headers, which is all that differs. */
function nameOf(status: string, { content, headers }: Described): string | undefined {
  const schema = content?.['application/problem+json']?.schema as
    | { readonly $ref?: string; readonly oneOf?: readonly { readonly $ref: string }[] }
    | undefined;
  if (schema === undefined) return undefined;
  const references = schema.$ref === undefined ? (schema.oneOf ?? []) : [{ $ref: schema.$ref }];
  const problems = references.map(({ $ref }) =>
    $ref
      .split('/')
      .at(-1)
      ?.replace(/Problem$/, ''),
  );
  return [status, ...problems, ...(headers !== undefined && 'RateLimit' in headers ? [] : ['Unlimited'])].join('-');
}

function mapValues<T, R>(from: Readonly<Record<string, T>>, map: (value: T, key: string) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, map(value, key)]));
}
