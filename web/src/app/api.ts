/**
 * Calls the API as the signed-in person. The session is in cookies that scripts cannot read; when it needs a refresh, one tab
 * does it for all.
 */
import {
  type Answer,
  type Arguments,
  createClient,
  type OperationId,
  type Outcome,
} from '../../../clients/typescript/client.ts';

export type { Answer, Arguments, Input, OperationId } from '../../../clients/typescript/client.ts';

/** What all problems have (RFC 9457). */
export interface AnyProblem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string; readonly message: string }[];
  /** Of `step_up_required`: how the person can prove who they are. */
  readonly methods?: readonly ProofMethod[];
}

export type ProofMethod = 'password' | 'totp' | 'backup_code';

/** A refusal of the API, so that queries and error boundaries can tell it from a failed connection. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: AnyProblem;
  /** `null` if the answer does not say. */
  readonly retryAfterSeconds: number | null;

  constructor(problem: AnyProblem, headers: Headers) {
    super(problem.title);
    this.problem = problem;
    const seconds = Number(headers.get('Retry-After') ?? Number.NaN);
    this.retryAfterSeconds = Number.isFinite(seconds) ? seconds : null;
  }
}

const client = createClient({ baseUrl: window.location.origin, fetch: (request) => fetch(request) });

/** Told when the session has ended, so that nothing of the person stays on the page. */
let whenSignedOut: () => void = () => {};
export function onSignedOut(tell: () => void): void {
  whenSignedOut = tell;
}

/** Asks the person to prove who they are; told by the page, because it needs a dialog. `false`: they would rather not. */
let whenProofIsNeeded: (methods: readonly ProofMethod[]) => Promise<boolean> = async () => false;
export function onProofNeeded(ask: typeof whenProofIsNeeded): void {
  whenProofIsNeeded = ask;
}

/** @throws Refused, or what `fetch` throws without a connection */
export async function call<Id extends OperationId>(operationId: Id, ...rest: Arguments<Id>): Promise<Answer<Id>> {
  return (await callForAll(operationId, ...rest)).data;
}

/** With the entity tag of the answer, which a later change names. */
export async function callForAll<Id extends OperationId>(
  operationId: Id,
  ...rest: Arguments<Id>
): Promise<{ readonly data: Answer<Id>; readonly etag: string | null }> {
  const outcome = await withSession(
    () => send(operationId, rest),
    (answer) => (answer.ok || ENTRANCES.includes(operationId) ? null : (answer.problem as AnyProblem)),
  );
  if (outcome.ok) return { data: outcome.data, etag: outcome.etag };
  throw new Refused(outcome.problem as AnyProblem, outcome.headers);
}

/** A file of the API, which `callForAll` cannot read. @throws Refused, or what `fetch` throws without a connection */
export async function callForFile(path: string): Promise<Blob> {
  const read = async () => {
    const response = await fetch(path);
    return { response, problem: response.ok ? null : ((await response.json()) as AnyProblem) };
  };
  const { response, problem } = await withSession(read, (answer) => answer.problem);
  if (problem !== null) throw new Refused(problem, response.headers);
  return response.blob();
}

/** Sends once more after a refresh of the session, or after a proof of identity, where the refusal asks for it. */
export async function withSession<Sent>(
  attempt: () => Promise<Sent>,
  refusalOf: (sent: Sent) => AnyProblem | null,
): Promise<Sent> {
  let sent = await attempt();
  // Other refusals with 401 are about a password or a code that was typed.
  const hasEnded = () => refusalOf(sent)?.code === 'unauthenticated';
  if (hasEnded() && (await refresh())) sent = await attempt();
  if (hasEnded()) whenSignedOut();
  const refusal = refusalOf(sent);
  if (refusal?.code === 'step_up_required' && (await whenProofIsNeeded(refusal.methods ?? ['password'])))
    sent = await attempt();
  return sent;
}

/** Their refusals are about what was typed. */
const ENTRANCES: readonly OperationId[] = ['signIn', 'completeSignIn', 'refreshTokens', 'stepUp'];

function send<Id extends OperationId>(operationId: Id, rest: Arguments<Id>): Promise<Outcome<Id>> {
  return client.call(operationId, ...rest);
}

const NOTED = 'portal-signed-in';

/** Notes that this browser has a session, so that strangers are not refreshed in vain. It gives no access. */
export function noteSession(isThere: boolean): void {
  if (isThere) localStorage.setItem(NOTED, '1');
  else localStorage.removeItem(NOTED);
}

export const wasSignedIn = (): boolean => localStorage.getItem(NOTED) !== null;

/** @returns whether there is a session again */
async function refresh(): Promise<boolean> {
  if (!wasSignedIn()) return false;
  return navigator.locks.request('portal-refresh', async () => {
    // Another tab may have refreshed while this one waited.
    if ((await client.call('getMe')).ok) return true;
    return (await client.call('refreshTokens', { body: {} })).ok;
  });
}

/** Of one form: kept over its retries, so that what was sent twice is done once. */
export function newIdempotencyKey(): string {
  return crypto.randomUUID();
}
