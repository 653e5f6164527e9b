/** Uses the examples of operations as a reader of the document would, at the demo clinic. */

import { sealAuditLog } from '../../src/app/audit/seal.ts';
import { newDemoPlan, seedDemo } from '../../src/app/demo.ts';
import { PATIENT, PEOPLE } from '../../src/app/demo-clinic.ts';
import {
  type Example,
  type ExampleCaller,
  type ExampleValue,
  filledIn,
  type Given,
  NEWCOMER,
  type Plain,
  shownValue,
} from '../../src/http/example.ts';
import type { Operation, Tag } from '../../src/http/operation.ts';
import { codeOf } from '../http/identity/support.ts';
import { type Portal, type Reply, startPortal } from './portal.ts';

/** Groups whose operations need what the portal does by itself once a minute. */
const SEALED: readonly Tag[] = ['Audit verification', 'Public log'];
const BASE = 'https://portal.example';

/** With every value filled in. */
export interface ExampleRequest {
  readonly path: Readonly<Record<string, Plain>>;
  readonly query: Readonly<Record<string, Plain>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Plain | undefined;
}

export interface Used {
  readonly operation: Operation;
  readonly request: ExampleRequest;
  readonly status: number;
  readonly body: unknown;
}

export class ExampleRun {
  readonly used: Used[] = [];
  readonly portal: Portal;
  readonly #operations: ReadonlyMap<string, Operation>;
  readonly #password: string;
  readonly #answers = new Map<string, Reply>();

  private constructor(portal: Portal, operations: readonly Operation[], password: string) {
    this.portal = portal;
    this.#operations = new Map(operations.map((operation) => [operation.operationId, operation]));
    this.#password = password;
  }

  static async begin(operations: readonly Operation[]): Promise<ExampleRun> {
    const portal = await startPortal();
    const plan = newDemoPlan(portal.deps);
    await seedDemo(portal.deps, plan, () => {});
    return new ExampleRun(portal, operations, plan.password);
  }

  close(): Promise<void> {
    return this.portal.close();
  }

  /** Once, with what it needs before. */
  async use(operationId: string): Promise<void> {
    if (this.#answers.has(operationId)) return;
    const operation = this.#operations.get(operationId);
    if (operation === undefined) throw new Error(`an example names ${operationId}, which is no operation`);
    const { example } = operation;
    if ('none' in example) return;
    for (const before of example.after ?? []) await this.use(before);
    for (const before of example.again ?? []) await this.#once(before);
    await this.#send(operation, example);
  }

  async #once(operationId: string): Promise<void> {
    const isNew = !this.#answers.has(operationId);
    await this.use(operationId);
    const operation = this.#operations.get(operationId);
    if (!isNew && operation !== undefined && !('none' in operation.example))
      await this.#send(operation, operation.example);
  }

  async #send(operation: Operation, example: Example): Promise<void> {
    const { operationId } = operation;
    if (example.atStart) await this.#waitForStart(example);
    await this.portal.platform.jobs.runDue();
    if (SEALED.includes(operation.tag)) await sealAuditLog(this.portal.deps);
    const token = await this.#tokenOf(example.as);
    const filled = await this.#filled(example);
    const request = requestOf(operation, example, filled);
    if (token !== undefined) request.headers.set('Authorization', `Bearer ${token}`);
    const response = await this.portal.fetch(request);
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    const body = isJson && text !== '' && !text.includes('}\n{') ? JSON.parse(text) : text;
    const { status, headers } = response;
    if (!(status in operation.responses) || status >= 300) {
      throw new Error(`the example of ${operationId} was answered ${status}: ${text.slice(0, 600)}`);
    }
    this.#answers.set(operationId, { status, headers, body });
    this.used.push({ operation, request: filled, status, body });
  }

  async #filled(example: Example): Promise<ExampleRequest> {
    const fill = (value: ExampleValue) => this.#fill(value);
    return {
      path: (await fill(example.path ?? {})) as Readonly<Record<string, Plain>>,
      query: (await fill(example.query ?? {})) as Readonly<Record<string, Plain>>,
      headers: example.ifMatch === undefined ? {} : { 'If-Match': String(await fill(example.ifMatch)) },
      body: example.body === undefined ? undefined : await fill(example.body),
    };
  }

  async #fill(value: ExampleValue): Promise<Plain> {
    const found = new Map<Given, string | number>();
    const collect: Given[] = [];
    filledIn(value, (given) => {
      collect.push(given);
      return '';
    });
    for (const given of collect) found.set(given, await this.#resolve(given));
    return filledIn(value, (given) => found.get(given) ?? '');
  }

  async #resolve(given: Given): Promise<string | number> {
    const [of, pointer, part] = given.of.map(String);
    const { clock } = this.portal;
    if (given.kind === 'date' || given.kind === 'instant') return shownValue(given, clock.now());
    if (given.kind === 'code') return this.#appCode();
    if (given.kind === 'mail') {
      const [code] = (await this.portal.mails(of)).flatMap(({ codes }) => codes);
      if (code === undefined) throw new Error(`nothing was sent to ${of}`);
      return code;
    }
    const answer = this.#answers.get(of ?? '');
    if (answer === undefined) throw new Error(`an example takes a value of ${of}, which was not used before`);
    const value = pointer?.startsWith('/')
      ? valueAt(answer.body, pointer.slice(1).split('/'))
      : answer.headers.get(pointer ?? '');
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new Error(`${of} has no ${pointer}: ${JSON.stringify(answer.body).slice(0, 600)}`);
    }
    return part === undefined ? value : (new RegExp(part).exec(String(value))?.[1] ?? '');
  }

  /** A code works once: each is of the next half minute. */
  #appCode(): string {
    this.portal.clock.advance(30);
    const { body } = this.#answers.get('beginFactorSetup') ?? {};
    return codeOf(body?.secret ?? '', this.portal.clock.now());
  }

  async #tokenOf(caller: ExampleCaller): Promise<string | undefined> {
    if (caller === 'anybody') return undefined;
    if (caller === 'newcomer') await this.use('verifyEmail');
    return this.signIn(
      caller === 'newcomer' ? NEWCOMER.email : caller === 'patient' ? PATIENT.email : emailOf(caller),
      caller === 'newcomer' ? NEWCOMER.password : this.#password,
    );
  }

  /** @returns an access token of a person who has no second factor, or the one of the examples */
  async signIn(email: string, password: string): Promise<string> {
    const { body } = await this.portal.request('POST', '/api/v1/auth/login', { body: { email, password } });
    if (body.kind === 'tokens') return body.accessToken;
    if (body.kind !== 'mfa_challenge') throw new Error(`${email} cannot sign in: ${JSON.stringify(body)}`);
    const passed = await this.portal.request('POST', '/api/v1/mfa/verify', {
      body: { mfaToken: body.mfaToken, token: this.#appCode() },
    });
    return passed.body.accessToken;
  }

  async #waitForStart(example: Example): Promise<void> {
    const { id } = (await this.#fill(example.path ?? {})) as { readonly id: string };
    const token = await this.#tokenOf('admin');
    const { body } = await this.portal.request('GET', `/api/v1/appointments/${id}`, { token });
    const seconds = (Date.parse(body.start) - this.portal.clock.now()) / 1000;
    if (seconds > 0) this.portal.clock.advance(seconds);
  }
}

function requestOf(
  { method: name, path: template }: Operation,
  { form: files, fields = {} }: Example,
  { path, query, headers, body }: ExampleRequest,
): Request {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const url = new URL(filled, BASE);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const method = name.toUpperCase();
  if (files !== undefined) {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    for (const [name, file] of Object.entries(files)) {
      form.set(name, new Blob([Buffer.from(file, 'base64')], { type: 'image/png' }), `${name}.png`);
    }
    return new Request(url, { method, headers, body: form });
  }
  if (body === undefined) return new Request(url, { method, headers });
  return new Request(url, {
    method,
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function emailOf(role: 'doctor' | 'admin'): string {
  const person = PEOPLE.find((each) => each.role === role);
  if (person === undefined) throw new Error(`the demo clinic has no ${role}`);
  return person.email;
}

/** @param steps of an RFC 6901 pointer; `*` is the first entry in which the rest is found */
function valueAt(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (step !== '*') return valueAt((value as Record<string, unknown>)[step], rest);
  return Object.values(value)
    .map((entry) => valueAt(entry, rest))
    .find((found) => found !== undefined && found !== null);
}
