/**
 * The whole way of a patient, as a program makes it: register, verify, sign in, find a free time, book, change, meet a
 * refusal, cancel. `node clients/typescript/main.ts http://127.0.0.1:8787` makes it at a portal in development.
 */
import { type Answer, type Client, createClient, type OperationId, type Outcome, type Problem } from './client.ts';

export interface Journey {
  readonly baseUrl: string;
  /** Default: the global one. */
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly email: string;
  readonly password: string;
  /** The token of the link that was mailed to the address. */
  readonly mailedToken: (email: string) => Promise<string>;
  /** The code of the authenticator app, where the account has one. Default: it has none. */
  readonly appCode?: () => Promise<string>;
  /** Hears of each step. */
  readonly tell: (line: string) => void;
  /** The first date to look for a free time, `YYYY-MM-DD`, and the last. */
  readonly from: string;
  readonly to: string;
}

/** Ends the program where a refusal was not expected. */
function expected<Id extends OperationId>(outcome: Outcome<Id>): Answer<Id> {
  if (outcome.ok) return outcome.data;
  throw new Error(`refused: ${JSON.stringify(outcome.problem)}`);
}

export async function makeJourney(journey: Journey): Promise<void> {
  const { baseUrl, email, password, tell, from, to } = journey;
  let token: string | undefined;
  const transport = journey.fetch === undefined ? {} : { fetch: journey.fetch };
  const client = createClient({ baseUrl, accessToken: () => token, ...transport });

  const person = { firstName: 'Maria', lastName: 'Silva', dateOfBirth: '1988-02-29' };
  expected(await client.call('registerPatient', { body: { email, password, ...person } }));
  expected(await client.call('verifyEmail', { body: { token: await journey.mailedToken(email) } }));
  token = await signIn(client, journey);
  tell('Signed in.');

  const [doctor] = expected(await client.call('listDoctors')).data;
  if (doctor === undefined) throw new Error('the clinic has no doctor');
  const free = expected(await client.call('listAvailableSlots', { query: { doctorId: doctor.id, from, to } })).data;
  const [slot] = free;
  if (slot === undefined) throw new Error(`${doctor.name} has no free time`);

  const wanted = {
    doctorId: doctor.id,
    appointmentDate: slot.date,
    startTime: slot.startTime,
    appointmentType: 'consultation',
    reason: 'A cough',
  };
  const header = { 'Idempotency-Key': crypto.randomUUID() };
  const booked = expected(await client.call('bookAppointment', { header, body: wanted }));
  // An answer that was lost is asked for again: one appointment, not two.
  const again = expected(await client.call('bookAppointment', { header, body: wanted }));
  if (again.id !== booked.id) throw new Error('booked twice');
  tell(`Booked ${booked.appointmentDate} at ${booked.startTime} with ${booked.doctorName}.`);

  const path = { id: booked.id };
  const read = await client.call('getAppointment', { path });
  expected(read);
  const version = { 'If-Match': read.ok ? (read.etag ?? '*') : '*' };
  const changed = expected(
    await client.call('updateAppointment', { path, header: version, body: { reason: 'A cough, for two weeks' } }),
  );
  tell(`Changed to "${changed.reason}".`);
  // With the version of before, the change would overwrite what somebody else has changed: it is refused.
  const stale = await client.call('updateAppointment', { path, header: version, body: { reason: 'Nothing' } });
  if (stale.ok || stale.problem.code !== 'precondition_failed') throw new Error('a stale change was taken');
  tell(`Version ${stale.problem.version} is there now.`);

  const night = await client.call('bookAppointment', { body: { ...wanted, startTime: '03:00' } });
  if (night.ok) throw new Error('booked at night');
  tell(explained(night.problem));

  const cancelled = expected(await client.call('cancelAppointment', { path, body: { reason: 'I feel better' } }));
  tell(`It is ${cancelled.status}.`);
}

/** `kind` tells whether the answer has tokens, or asks for the second factor. */
async function signIn(client: Client, { email, password, appCode }: Journey): Promise<string> {
  const answer = expected(await client.call('signIn', { body: { email, password } }));
  if (answer.kind === 'tokens') return required(answer.accessToken);
  if (appCode === undefined) throw new Error(`a second factor is asked for: ${answer.methods.join(', ')}`);
  const passed = expected(
    await client.call('completeSignIn', { body: { mfaToken: answer.mfaToken, token: await appCode() } }),
  );
  return required(passed.accessToken);
}

/** With the cookie transport there is no token in the body. */
function required(token: string | undefined): string {
  if (token === undefined) throw new Error('the tokens are in cookies');
  return token;
}

/** The members of a problem are there once `code` says which it is. */
function explained(problem: Problem<'bookAppointment'>): string {
  switch (problem.code) {
    case 'slot_unavailable': {
      const reasons = problem.reasons.map((reason) =>
        reason.code === 'too_soon' ? `too soon: from ${reason.earliest} on` : reason.code,
      );
      return `Not bookable (${reasons.join(', ')}); free: ${problem.alternatives.map(({ start }) => start).join(', ')}.`;
    }
    case 'slot_taken':
      return `Just taken; free: ${problem.alternatives.map(({ start }) => start).join(', ')}.`;
    case 'validation_failed':
      return (problem.errors ?? []).map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
    default:
      return problem.detail;
  }
}
