/**
 * A short journey at a portal that was just deployed, as a patient who exists for this alone: is it up, does it take a sign-in,
 * a booking and a cancellation? Exits with 1 at the first step that fails, and says which.
 *
 *     SMOKE_EMAIL=… SMOKE_PASSWORD=… SMOKE_TOTP_SECRET=… SMOKE_DOCTOR_ID=… node tools/smoke.ts https://portal.example
 *
 * It may run against production: what it books is cancelled, also when a later step fails. Give the doctor of `SMOKE_DOCTOR_ID` hours
 * in a calendar that no patient sees; each run leaves a cancelled appointment there.
 */
import { argv, env, exit } from 'node:process';
import { pathToFileURL } from 'node:url';
import {
  type Answer,
  type Client,
  createClient,
  type OperationId,
  type Outcome,
} from '../clients/typescript/client.ts';
import { decodeSecret, timeStep, totpCode } from '../domain/mfa/totp.ts';

export interface SmokeOptions {
  readonly baseUrl: string;
  readonly email: string;
  readonly password: string;
  /** Base32, where the account has an authenticator app. */
  readonly totpSecret?: string | undefined;
  /** Default: the first doctor of the directory. */
  readonly doctorId?: string | undefined;
  /** Default: the global one. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly tell: (line: string) => void;
}

const DAY_MS = 86_400_000;
const DAYS_AHEAD = 14;

/** @throws Error that names the step and what was answered */
export async function smoke(options: SmokeOptions): Promise<void> {
  const { baseUrl, tell, fetch } = options;
  let token: string | undefined;
  const client = createClient({ baseUrl, accessToken: () => token, ...(fetch === undefined ? {} : { fetch }) });
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    try {
      const value = await work();
      tell(`ok    ${name}`);
      return value;
    } catch (error) {
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  };

  await step('is alive', async () => expected(await client.call('getHealth')));
  await step('is ready', async () => expected(await client.call('getReadiness')));
  await step('serves its contract', async () => expected(await client.call('getOpenApiDocument')));
  token = await step('signs in', () => signIn(client, options));
  try {
    const { booked, wanted, header } = await step('books a free time', () => book(client, options));
    try {
      await step('books once when it is asked twice', async () => {
        const again = expected(await client.call('bookAppointment', { header, body: wanted }));
        if (again.id !== booked.id) throw new Error(`booked ${booked.id} and ${again.id}`);
      });
    } finally {
      await step('cancels', async () =>
        expected(await client.call('cancelAppointment', { path: { id: booked.id }, body: { reason: 'Smoke test' } })),
      );
    }
  } finally {
    await step('signs out', async () => expected(await client.call('signOut')));
  }
}

function expected<Id extends OperationId>(outcome: Outcome<Id>): Answer<Id> {
  if (outcome.ok) return outcome.data;
  const { code, detail, requestId } = outcome.problem as { code?: string; detail?: string; requestId?: string };
  throw new Error(`answered ${outcome.status} ${code}: ${detail} (request ${requestId})`);
}

async function signIn(client: Client, { email, password, totpSecret, now }: SmokeOptions): Promise<string> {
  const answer = expected(await client.call('signIn', { body: { email, password } }));
  if (answer.kind === 'tokens') return tokenOf(answer.accessToken);
  if (totpSecret === undefined) throw new Error('a second factor is asked for: set SMOKE_TOTP_SECRET');
  const { mfaToken } = answer;
  const body = { mfaToken, token: totpCode(decodeSecret(totpSecret), timeStep(now())) };
  return tokenOf(expected(await client.call('completeSignIn', { body })).accessToken);
}

function tokenOf(token: string | undefined): string {
  if (token === undefined) throw new Error('no access token was answered');
  return token;
}

async function book(client: Client, options: SmokeOptions) {
  const day = (ahead: number) => new Date(options.now() + ahead * DAY_MS).toISOString().slice(0, 10);
  const doctorId = options.doctorId ?? expected(await client.call('listDoctors')).data[0]?.id;
  if (doctorId === undefined) throw new Error('the clinic has no doctor: set SMOKE_DOCTOR_ID');
  const query = { doctorId, from: day(1), to: day(DAYS_AHEAD) };
  // The last one: people want the first.
  const slot = expected(await client.call('listAvailableSlots', { query })).data.at(-1);
  if (slot === undefined) throw new Error(`no free time of ${doctorId} until ${query.to}: set its availability`);
  const wanted = {
    ...{ doctorId, appointmentDate: slot.date, startTime: slot.startTime },
    ...{ appointmentType: 'consultation', reason: 'Smoke test' },
  };
  const header = { 'Idempotency-Key': crypto.randomUUID() };
  return { booked: expected(await client.call('bookAppointment', { header, body: wanted })), wanted, header };
}

async function main(): Promise<void> {
  const [, , baseUrl] = argv;
  const { SMOKE_EMAIL, SMOKE_PASSWORD, SMOKE_TOTP_SECRET, SMOKE_DOCTOR_ID } = env;
  if (baseUrl === undefined || !SMOKE_EMAIL || !SMOKE_PASSWORD) {
    console.error('SMOKE_EMAIL and SMOKE_PASSWORD of a patient are needed: node tools/smoke.ts https://portal.example');
    exit(2);
  }
  try {
    await smoke({
      ...{ baseUrl, email: SMOKE_EMAIL, password: SMOKE_PASSWORD },
      ...{ totpSecret: SMOKE_TOTP_SECRET || undefined, doctorId: SMOKE_DOCTOR_ID || undefined },
      now: Date.now,
      tell: console.log,
    });
  } catch (error) {
    console.error(`FAILED ${(error as Error).message}`);
    exit(1);
  }
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) await main();
