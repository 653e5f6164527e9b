/** Adds the examples to the document: requests, answers and code samples. */
import { type Example, type ExampleValue, filledIn, Given, type Plain, shownValue } from '../example.ts';
import type { Operation } from '../operation.ts';
import { codeSamples, type SampleRequest } from './code-samples.ts';
import { type JsonSchema, sampleOf } from './sample.ts';

type Json = Readonly<Record<string, unknown>>;

interface Documented {
  readonly paths?: object;
  readonly components?: object;
}

/**
 * @param publicUrl of the portal, which code samples ask
 * @param now dates of examples count from here
 */
export function withExamples<D extends Documented>(
  document: D,
  operations: readonly Operation[],
  publicUrl: string,
  now: number,
): D {
  const named = ((document.components as Json | undefined)?.schemas ?? {}) as Record<string, JsonSchema>;
  const paths = { ...document.paths } as Record<string, Json>;
  for (const operation of operations) {
    const { path, method, example } = operation;
    const described = paths[path]?.[method] as Json | undefined;
    if (described === undefined) continue;
    const responses = withAnswers(described.responses as Json, named);
    const request = 'none' in example ? {} : requestParts(described, operation, example, publicUrl, now);
    paths[path] = { ...paths[path], [method]: { ...described, ...request, responses } };
  }
  return { ...document, paths };
}

/** @returns the example with every value filled in as it is shown */
export function shownExample(example: Example, now: number) {
  const fill = (value: ExampleValue) => filledIn(value, (given) => shownValue(given, now));
  return {
    path: fill(example.path ?? {}) as Readonly<Record<string, Plain>>,
    query: fill(example.query ?? {}) as Readonly<Record<string, Plain>>,
    ifMatch: example.ifMatch === undefined ? undefined : String(fill(example.ifMatch)),
    body: example.body === undefined ? undefined : fill(example.body),
  };
}

function requestParts(described: Json, operation: Operation, example: Example, publicUrl: string, now: number): Json {
  const { path, query, body } = shownExample(example, now);
  const values: Readonly<Record<string, Json>> = { path, query };
  const parameters = ((described.parameters ?? []) as Json[]).map((parameter) => {
    const own = values[parameter.in as string]?.[parameter.name as string];
    return own === undefined ? parameter : { ...parameter, example: own };
  });
  return {
    description: [described.description, note(example)].filter(Boolean).join('\n\n'),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: withBody(described.requestBody as Json, body) }),
    'x-codeSamples': codeSamples(sampleRequest(operation, example, publicUrl, now)),
  };
}

export function sampleRequest(
  { method, path: template }: Operation,
  example: Example,
  publicUrl: string,
  now: number,
): SampleRequest {
  const { path, query, ifMatch, body } = shownExample(example, now);
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const url = new URL(filled, publicUrl);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return {
    method: method.toUpperCase(),
    url: url.href,
    isSignedIn: example.as !== 'anybody',
    headers: ifMatch === undefined ? {} : { 'If-Match': ifMatch },
    ...(body === undefined ? {} : { body }),
    ...(example.form === undefined ? {} : { files: Object.keys(example.form) }),
  };
}

function withBody(requestBody: Json, example: Plain): Json {
  const content = Object.entries(requestBody.content as Record<string, Json>);
  return { ...requestBody, content: Object.fromEntries(content.map(([media, type]) => [media, { ...type, example }])) };
}

/** Adds to JSON answers an example that matches their schema. */
function withAnswers(responses: Json, named: Readonly<Record<string, JsonSchema>>): Json {
  return Object.fromEntries(
    Object.entries(responses as Record<string, Json>).map(([status, response]) => {
      const content = response.content as Record<string, { readonly schema?: JsonSchema }> | undefined;
      const json = content?.['application/json'];
      if (json?.schema === undefined || !status.startsWith('2')) return [status, response];
      const example = sampleOf(json.schema, named);
      return [status, { ...response, content: { ...content, 'application/json': { ...json, example } } }];
    }),
  );
}

const CALLERS: Readonly<Record<Example['as'], string>> = {
  anybody: 'without signing in',
  patient: 'as the patient of the demo clinic',
  doctor: 'as the doctor Okafor of the demo clinic',
  admin: 'as the administrator of the demo clinic',
  newcomer: 'as the person who registered with `registerPatient`',
};

/** The caller of the example, and the sources of values that are not fixed. */
function note(example: Example): string {
  const sources = [...sourcesIn({ ...example.path, ...example.query, ...(example.body ?? {}) })];
  return [
    `The example is sent ${CALLERS[example.as]}.`,
    ...sources.map(([name, source]) => `\`${name}\` is ${source}.`),
    ...precedents(example).map((operationId) => `It comes after \`${operationId}\`.`),
    example.atStart ? 'It works once the appointment begins.' : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** The operations that must run before and give no value. */
function precedents(example: Example): readonly string[] {
  const values = JSON.stringify(example);
  return [...(example.after ?? []), ...(example.again ?? [])].filter((id) => !values.includes(`"of":["${id}"`));
}

function* sourcesIn(
  values: Readonly<Record<string, ExampleValue>>,
): Generator<readonly [name: string, source: string]> {
  for (const [name, value] of Object.entries(values)) {
    if (!(value instanceof Given)) continue;
    const [of] = value.of;
    if (value.kind === 'answer') yield [name, `from the answer to \`${of}\``];
    if (value.kind === 'mail') yield [name, `what was last sent to ${of}`];
    if (value.kind === 'code') yield [name, 'what the authenticator app shows'];
  }
}
