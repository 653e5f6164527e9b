import { describe, expect, test } from 'vitest';
import { sampleProblem } from '../../../src/http/document/problem-explanations.ts';
import { problemSchema } from '../../../src/http/document/problem-responses.ts';
import { declaredRefusals, impliedRefusals } from '../../../src/http/document/refusals.ts';
import { TAGS } from '../../../src/http/operation.ts';
import { type ErrorCode, PROBLEMS } from '../../../src/http/problems.ts';
import { DOCUMENT, OPERATIONS } from '../../support/operations.ts';

const ids = OPERATIONS.map(({ operationId }) => operationId);

describe('the OpenAPI document', () => {
  test('has a unique operationId of verb and noun for every operation', () => {
    expect(ids.filter((id, place) => ids.indexOf(id) !== place)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z]+[A-Z][A-Za-z]+$|^(signIn|signOut|stepUp)$/.test(id))).toEqual([]);
  });

  test('has a unique summary for every operation, which begins with a verb', () => {
    const summaries = OPERATIONS.map(({ summary }) => summary);
    expect(summaries.filter((summary, place) => summaries.indexOf(summary) !== place)).toEqual([]);
    expect(summaries.filter((summary) => /^(The|My|A|An|One|All|What|Where|When|How|Who)\b/.test(summary))).toEqual([]);
  });

  test('has 1 to 15 operations in each group', () => {
    const sizes = Object.keys(TAGS).map((tag) => [tag, OPERATIONS.filter((each) => each.tag === tag).length] as const);
    expect(sizes.filter(([, size]) => size === 0 || size > 15)).toEqual([]);
  });

  test('no operation repeats a refusal that its declaration implies', () => {
    const repeated = OPERATIONS.flatMap((operation) =>
      (operation.refusals ?? [])
        .filter((code) => impliedRefusals(operation).has(code))
        .map((code) => `${operation.operationId}: ${code}`),
    );
    expect(repeated).toEqual([]);
  });

  test('declares every problem code in an operation, except those that are answered before routing', () => {
    const named = new Set(OPERATIONS.flatMap((operation) => [...declaredRefusals(operation)]));
    const unnamed = (Object.keys(PROBLEMS) as ErrorCode[]).filter((code) => !named.has(code));
    expect(unnamed).toEqual(['method_not_allowed']);
  });

  test('declares a format, a pattern or a maximum length for every text in an answer', () => {
    expect(looseTexts({ ...DOCUMENT })).toEqual([]);
  });

  test('declares a format, a pattern or a maximum length for every text in a request and for every header', () => {
    expect(looseInput({ ...DOCUMENT })).toEqual([]);
  });

  test('marks deprecated operations, and names what replaces them, whose path has the same parameters', () => {
    const deprecated = OPERATIONS.filter(({ deprecation }) => deprecation !== undefined);
    expect(deprecated.map(({ operationId }) => operationId)).toEqual(['deleteOverride']);
    for (const { method, path, deprecation } of deprecated) {
      const { deprecated: isMarked, description } = described(path, method);
      const successor = OPERATIONS.find(({ operationId }) => operationId === deprecation?.successor);
      expect([isMarked, description]).toEqual([true, expect.stringContaining(`\`${successor?.key}\``)]);
      expect(successor?.path.match(/\{\w+\}/g)).toEqual(path.match(/\{\w+\}/g));
    }
  });

  test('declares the format of every id, instant and date in an answer', () => {
    expect(looseNames({ ...DOCUMENT })).toEqual([]);
  });

  test('has an example of every problem that conforms to its schema', () => {
    for (const code of Object.keys(PROBLEMS) as ErrorCode[]) {
      const sample = sampleProblem(code);
      expect(problemSchema(code).strict().safeParse(sample), code).toEqual({ success: true, data: sample });
    }
  });

  test('resolves every reference within itself', () => {
    const text = JSON.stringify(DOCUMENT);
    const references = new Set([...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path as string));
    const missing = [...references].filter(
      (path) =>
        path
          .split('/')
          .reduce<unknown>((node, part) => (node as Record<string, unknown> | undefined)?.[part], DOCUMENT) ===
        undefined,
    );
    expect(references.size).toBeGreaterThan(50);
    expect(missing).toEqual([]);
  });
});

type Json = Readonly<Record<string, unknown>>;

function described(path: string, method: string): Json {
  const { paths }: Json = { ...DOCUMENT };
  return (paths as Record<string, Record<string, Json>>)[path]?.[method] ?? {};
}

/** Every schema within the answers, with where it is. Of references each target once. */
function* answerSchemas(document: Json): Generator<readonly [place: string, name: string, schema: Json]> {
  const { paths, components } = document as { paths: Record<string, Record<string, Json>>; components: Json };
  const named = new Set<string>();
  for (const [name, { content }] of Object.entries(components.responses as Record<string, Json>)) {
    for (const { schema } of Object.values(content as Record<string, Json>))
      yield* within(name, '', schema as Json, named);
  }
  for (const operations of Object.values(paths)) {
    for (const { operationId, responses } of Object.values(operations)) {
      for (const [status, response] of Object.entries(responses as Record<string, Json>)) {
        for (const [media, { schema }] of Object.entries((response.content ?? {}) as Record<string, Json>)) {
          if (!/[/+]json$/.test(media)) continue;
          yield* within(`${operationId} ${status}`, '', schema as Json, named);
        }
      }
    }
  }
  // The set grows while it is read: a reference within a named schema is followed too.
  const schemas = components.schemas as Record<string, Json>;
  for (const name of named) yield* within(name, '', schemas[name] as Json, named);
}

/** Every schema of what clients send in JSON, in paths and in queries, and of all headers. Of references each target once. */
function* inputSchemas(document: Json): Generator<readonly [place: string, name: string, schema: Json]> {
  const { paths, components } = document as { paths: Record<string, Record<string, Json>>; components: Json };
  const named = new Set<string>();
  for (const kind of ['parameters', 'headers']) {
    for (const [name, { schema }] of Object.entries(components[kind] as Record<string, Json>))
      yield* within(`${kind}/${name}`, name, schema as Json, named);
  }
  for (const { operationId, parameters, requestBody } of Object.values(paths).flatMap((path) => Object.values(path))) {
    for (const { name, schema } of (parameters ?? []) as Json[]) {
      if (schema !== undefined) yield* within(`${operationId} ${name}`, String(name), schema as Json, named);
    }
    const { 'application/json': json } = ((requestBody as Json | undefined)?.content ?? {}) as Record<string, Json>;
    if (json !== undefined) yield* within(`${operationId} body`, '', json.schema as Json, named);
  }
  const schemas = components.schemas as Record<string, Json>;
  for (const name of named) yield* within(name, '', schemas[name] as Json, named);
}

function* within(
  place: string,
  name: string,
  schema: Json,
  named: Set<string>,
): Generator<readonly [string, string, Json]> {
  if (typeof schema.$ref === 'string') {
    named.add(schema.$ref.split('/').at(-1) as string);
    return;
  }
  yield [place, name, schema];
  for (const [field, inner] of Object.entries((schema.properties ?? {}) as Record<string, Json>)) {
    yield* within(`${place}/${field}`, field, inner, named);
  }
  const parts = [schema.items, schema.additionalProperties, schema.anyOf, schema.oneOf, schema.allOf].flat();
  for (const part of parts) {
    if (typeof part === 'object' && part !== null) yield* within(`${place}/*`, name, part as Json, named);
  }
}

function isText({ type }: Json): boolean {
  return type === 'string' || (Array.isArray(type) && type.includes('string'));
}

const FORMS = ['format', 'pattern', 'enum', 'const', 'maxLength'];

function looseTexts(document: Json): string[] {
  return [...answerSchemas(document)]
    .filter(([, , schema]) => isText(schema) && !FORMS.some((form) => form in schema))
    .map(([place]) => place);
}

function looseInput(document: Json): string[] {
  return [...inputSchemas(document)]
    .filter(([, , schema]) => isText(schema) && !FORMS.some((form) => form in schema))
    .map(([place]) => place);
}

const FORM_OF_NAME: readonly (readonly [name: RegExp, forms: readonly string[]])[] = [
  [/^id$|[a-z]Id$|[a-z]Ids$|^by$|[a-z]By$/, ['uuid']],
  [/^at$|[a-z]At$|^timestamp$|^earliest$/, ['date-time']],
  [/^date$|[a-z]Date$|^dateOfBirth$/, ['date']],
  [/^(start|end|from|until)$/, ['date-time', 'date']],
  [/^email$|[a-z]Email$/, ['email']],
  [/^href$|^url$|[a-z]Url$/, ['uri', 'uri-reference']],
];

/** Ids that are not UUIDs: a request's id may be chosen by the client, and the resource of an event may have a name. */
const NO_FORM = ['requestId', 'resourceId'];

/** Places where wall-clock times have the names of instants. */
const WALL_CLOCK = /[\d]{2}|24:00/;

function looseNames(document: Json): string[] {
  return [...answerSchemas(document)]
    .filter(([, name, schema]) => {
      const forms = FORM_OF_NAME.find(([pattern]) => pattern.test(name))?.[1];
      if (forms === undefined || !isText(schema) || NO_FORM.includes(name)) return false;
      const isWallClock = typeof schema.pattern === 'string' && WALL_CLOCK.test(schema.pattern);
      return !forms.includes(schema.format as string) && !isWallClock && !('enum' in schema);
    })
    .map(([place, , schema]) => `${place}: ${JSON.stringify(schema)}`);
}
