/** R30: no request of any kind, of anybody, is answered with a 5xx, and every answer is as its operation declares. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonSchema } from '../../../src/http/document/sample.ts';
import { sampleOf } from '../../../src/http/document/sample.ts';
import type { Operation } from '../../../src/http/operation.ts';
import { ExampleRun } from '../../support/examples.ts';
import { type Malformed, malformed, type Sound } from '../../support/fuzz/requests.ts';
import { DOCUMENT, OPERATIONS } from '../../support/operations.ts';
import { PASSWORD } from '../../support/portal.ts';

const SEED = Number(process.env.FUZZ_SEED ?? 20260302);
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 10_000);

const CALLERS = ['nobody', 'patient', 'doctor', 'staff', 'admin', 'api key'] as const;
type Caller = (typeof CALLERS)[number];

/** Those that wait for the start of an appointment come last, because the clock only moves forward. */
const IN_ORDER = OPERATIONS.toSorted((a, b) => Number('atStart' in a.example) - Number('atStart' in b.example));

let run: ExampleRun;
beforeAll(async () => {
  run = await ExampleRun.begin(OPERATIONS);
  for (const { operationId } of IN_ORDER) await run.use(operationId);
}, 120_000);
afterAll(() => run.close());

const named = (DOCUMENT.components?.schemas ?? {}) as Readonly<Record<string, JsonSchema>>;

interface Described {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: JsonSchema }>> };
}

const describedAs = ({ path, method }: Operation): Described =>
  ((DOCUMENT.paths ?? {}) as Record<string, Record<string, Described>>)[path]?.[method] ?? {};

/** The example of the operation with real ids, or what its schema gives. */
function soundRequest(operation: Operation): Sound {
  const used = run.used.find((each) => each.operation.operationId === operation.operationId)?.request;
  const text = (values: object) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  if (used !== undefined) {
    const json = used.body === undefined ? {} : { 'Content-Type': 'application/json' };
    const { path, query, headers, body } = used;
    return { path: text(path), query: Object.entries(text(query)), headers: { ...headers, ...json }, body };
  }
  const { parameters = [], requestBody } = describedAs(operation);
  const path = parameters
    .filter(({ in: place }) => place === 'path')
    .map(({ name, example }) => [name, example ?? 'x']);
  const schema = requestBody?.content['application/json']?.schema;
  return {
    path: text(Object.fromEntries(path)),
    query: [],
    headers: schema === undefined ? {} : { 'Content-Type': 'application/json' },
    body: schema === undefined ? undefined : sampleOf(schema, named),
  };
}

/** Makes a new caller whenever the one before was signed out, paused or closed by what was sent. */
class Tokens {
  readonly #known = new Map<Caller, string>();
  #made = 0;

  async of(caller: Caller): Promise<string | undefined> {
    if (caller === 'nobody') return undefined;
    const known = this.#known.get(caller);
    if (known !== undefined) return known;
    const made = await this.#make(caller);
    this.#known.set(caller, made);
    return made;
  }

  forget(caller: Caller): void {
    this.#known.delete(caller);
  }

  async #make(caller: Exclude<Caller, 'nobody'>): Promise<string> {
    const role = caller === 'api key' ? 'patient' : caller;
    this.#made += 1;
    const { email } = await run.portal.person(role, `fuzz-${role}-${this.#made}`);
    const token = await run.signIn(email, PASSWORD);
    if (caller !== 'api key') return token;
    const { status, body } = await run.portal.request('POST', '/api/v1/api-keys', {
      token,
      body: { name: 'fuzz', scopes: ['read:own_appointments', 'read:own_profile'] },
    });
    if (status !== 201) throw new Error(`no key was made: ${status} ${JSON.stringify(body)}`);
    return body.key as string;
  }
}

interface Fault {
  readonly of: string;
  readonly caller: Caller;
  readonly fault: string;
  readonly request: Malformed;
}

test(`${REQUESTS} malformed requests, as nobody and as each role`, async () => {
  const tokens = new Tokens();
  const faults: Fault[] = [];
  const statuses = new Map<string, number>();
  const each = Math.ceil(REQUESTS / OPERATIONS.length / CALLERS.length);
  for (const [n, operation] of OPERATIONS.entries()) {
    const parameters = (describedAs(operation).parameters ?? [])
      .filter(({ in: place }) => place === 'query')
      .map(({ name }) => name);
    const requests = fc.sample(malformed(operation, soundRequest(operation), parameters), {
      numRuns: each * CALLERS.length,
      seed: SEED + n,
    });
    for (const [place, request] of requests.entries()) {
      const caller = CALLERS[place % CALLERS.length] as Caller;
      const { status, fault } = await outcomeOf(request, await tokens.of(caller));
      if (status === 401) tokens.forget(caller);
      statuses.set(`${status}`, (statuses.get(`${status}`) ?? 0) + 1);
      if (fault !== undefined) faults.push({ of: operation.operationId, caller, fault, request });
    }
  }
  console.info(
    [...statuses]
      .sort()
      .map(([status, count]) => `${status}: ${count}`)
      .join(', '),
  );
  expect(distinct(faults)).toEqual([]);
}, 600_000);

async function outcomeOf(
  { method, target, headers, body }: Malformed,
  token: string | undefined,
): Promise<{ readonly status: number; readonly fault?: string }> {
  const request = new Request(`https://portal.example${target}`, {
    method,
    headers: sendable({ ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }), ...headers }),
    body,
  });
  try {
    const response = await run.portal.fetch(request);
    await response.arrayBuffer();
    return response.status >= 500
      ? { status: response.status, fault: `answered ${response.status}` }
      : { status: response.status };
  } catch (error) {
    return { status: 0, fault: (error as Error).message };
  }
}

/** Without what no client can send. */
function sendable(headers: Readonly<Record<string, string>>): Headers {
  const sent = new Headers();
  for (const [name, value] of Object.entries(headers)) sent.set(name, value);
  return sent;
}

/** One of each kind, with a request that shows it. */
function distinct(faults: readonly Fault[]): readonly unknown[] {
  const kinds = new Map<string, Fault>();
  for (const fault of faults) {
    const kind = `${fault.of} ${fault.fault.slice(0, 160)}`;
    if (!kinds.has(kind)) kinds.set(kind, fault);
  }
  return [...kinds.values()].map(({ request, ...fault }) => ({
    ...fault,
    request: { ...request, target: request.target.slice(0, 400), body: request.body?.slice(0, 400) ?? null },
  }));
}
