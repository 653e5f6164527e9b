/** A person who fills in every field, over HTTP, with words that occur nowhere else. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { codeOf } from '../http/identity/support.ts';
import { mailbox } from './deno-process.ts';

const PASSWORD = 'a quiet river at dawn 9';
const ALL_DAY = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));
const PICTURE = readFileSync(new URL('../vectors/pictures/plain.png', import.meta.url));

/** No word is longer than 40 bytes: PostgreSQL compresses values only from 2 kB on, so all are stored uncompressed. */
export const PLANTED = {
  email: 'qz-planted-mail@example.org',
  firstName: 'Qzplänted-Vorname',
  lastName: 'Qzplanted-Lastname',
  formerLastName: 'Qzplanted-Formername',
  dateOfBirth: '1901-03-17',
  phoneNumber: '+4930555017739',
  mfaPhone: '+4930555017740',
  language: 'de-x-qzlangua-planted',
  street: 'Qzplanted-Street 1',
  city: 'Qzplanted-City',
  state: 'Qzplanted-State',
  postalCode: 'QZ-90210-PLT',
  bio: 'qzplanted bio "quoted" ünd more',
  userAgent: 'QzPlantedAgent/7.31',
  address: '198.51.100.177',
  deviceName: 'Qzplanted-Phone of mine',
  trustedName: 'Qzplanted-Laptop of mine',
  apiKeyName: 'Qzplanted-Script',
  idempotencyKey: 'qzplanted-idempotency-key',
  reason: 'Qzplanted-Reason of mine',
  editedReason: 'Qzplanted-Edited reason',
  symptoms: 'Qzplanted-Symptoms: cough',
  notes: 'Qzplanted-Notes of the clinic',
  cancellationReason: 'Qzplanted-Cancellation',
  formerAvatar: 'qzplanted-bytes-of-the-former-avatar',
  avatar: 'qzplanted-bytes-of-the-avatar',
} as const;

/** Public data of another person, which the search must find. */
export const CONTROL = { directoryName: 'Controldoctor' } as const;

type Call = (
  method: string,
  path: string,
  more?: { readonly token?: string; readonly body?: unknown; readonly headers?: Record<string, string> },
) => Promise<{ readonly status: number; readonly headers: Headers; readonly body: Body }>;
// biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies of every shape
type Body = any;

export interface PlantedPerson {
  readonly id: string;
  /** Secrets that the portal made for the person; they must not be found either. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
  verifyAudit(): Promise<void>;
}

/** @param headers of each request of the person */
function client(url: string, headers: Record<string, string> = {}): Call {
  return async (method, path, { token, body, headers: more = {} } = {}) => {
    const isForm = body instanceof FormData;
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...headers,
        ...more,
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined || isForm ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
}

async function must(expected: number, reply: ReturnType<Call>): Promise<Awaited<ReturnType<Call>>> {
  const found = await reply;
  expect(found, JSON.stringify(found.body)).toMatchObject({ status: expected });
  return found;
}

function picture(words: string): FormData {
  const form = new FormData();
  form.set('file', new Blob([PICTURE, words], { type: 'image/png' }), 'me.png');
  return form;
}

/** Those who act: the person without and with a session, and the administrator. */
interface Acting {
  /** As an unknown client, without the person's headers. */
  readonly clinic: Call;
  /** From the person's browser, not signed in. */
  readonly call: Call;
  readonly own: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => ReturnType<Call>;
  readonly asStaff: Acting['own'];
  /** All codes mailed to the person, newest first. */
  codes(): Promise<string[]>;
  /** Later requests of {@link Acting.own} are made with it. */
  hold(token: string): void;
}

export async function plantPerson(
  url: string,
  admin: { readonly email: string; readonly password: string },
): Promise<PlantedPerson> {
  const acting = await actors(url, admin);
  const { own, call, asStaff, codes } = acting;
  const doctorId = await inviteDoctor(acting);
  await register(acting);
  const first = await logIn(acting);
  const id = first.user.id as string;
  acting.hold(first.accessToken);
  await fillInProfile(acting, id);
  const secrets = await protect(acting);
  await book(acting, doctorId);
  const asked = (await must(202, own('POST', '/privacy/exports'))).body.id as string;
  await codes();
  await must(200, own('GET', `/privacy/exports/${asked}`)).then(({ body }) => expect(body.status).toBe('ready'));

  return {
    id,
    secrets: [PASSWORD, ...secrets, ...(await codes())],
    async close() {
      await must(204, own('DELETE', `/users/${id}`));
      const told = await mailbox(url, PLANTED.email);
      expect(told.map(({ subject }) => subject)).toEqual(['Your account is closed']);
      await must(401, own('GET', '/users/me'));
      await must(401, call('POST', '/auth/login', { body: { email: PLANTED.email, password: PASSWORD } }));
    },
    async verifyAudit() {
      const verdict = await must(200, asStaff('GET', '/audit/verify'));
      expect(verdict.body).toMatchObject({ ok: true, problems: [] });
    },
  };
}

async function actors(url: string, admin: { readonly email: string; readonly password: string }): Promise<Acting> {
  const clinic = client(url);
  const call = client(url, { 'User-Agent': PLANTED.userAgent, 'X-Client-Address': PLANTED.address });
  const staff = (await must(200, clinic('POST', '/auth/login', { body: admin }))).body.accessToken as string;
  let token = '';
  return {
    clinic,
    call,
    own: (method, path, body, headers = {}) => call(method, path, { token, body, headers }),
    asStaff: (method, path, body, headers = {}) => clinic(method, path, { token: staff, body, headers }),
    codes: async () => (await mailbox(url, PLANTED.email)).flatMap(({ codes }) => codes),
    hold: (given) => {
      token = given;
    },
  };
}

/** @returns the id of a doctor who works all day */
async function inviteDoctor({ asStaff }: Acting): Promise<string> {
  const invitation = {
    email: 'doctor@example.org',
    firstName: CONTROL.directoryName,
    lastName: 'Okafor',
    role: 'doctor',
  };
  const doctorId = (await must(201, asStaff('POST', '/users', invitation))).body.id as string;
  await must(200, asStaff('PUT', `/doctors/${doctorId}/availability`, { timezone: 'UTC', weekly: ALL_DAY }));
  return doctorId;
}

/** Registers, guesses a wrong password, and asks for what is mailed. */
async function register({ call, asStaff, codes }: Acting): Promise<void> {
  const { email, firstName, formerLastName, dateOfBirth, language } = PLANTED;
  const registration = { email, password: PASSWORD, firstName, lastName: formerLastName, dateOfBirth, language };
  await must(202, call('POST', '/auth/register', { body: registration }));
  await must(204, call('POST', '/auth/verify-email', { body: { token: (await codes())[0] ?? 'none' } }));
  await must(401, call('POST', '/auth/login', { body: { email, password: 'not the password at all' } }));
  await must(202, call('POST', '/auth/register', { body: registration }));
  await must(202, call('POST', '/auth/forgot-password', { body: { email } }));
  // Violates a constraint, which the server logs with the value.
  await must(409, asStaff('POST', '/users', { email, firstName: 'Any', lastName: 'One', role: 'staff' }));
}

async function logIn({ call }: Acting): Promise<Body> {
  const body = { email: PLANTED.email, password: PASSWORD, deviceName: PLANTED.deviceName };
  return (await must(200, call('POST', '/auth/login', { body }))).body;
}

async function fillInProfile({ own }: Acting, id: string): Promise<void> {
  const profile = await must(200, own('GET', `/users/${id}/profile`));
  const { lastName, phoneNumber, bio, street, city, state, postalCode } = PLANTED;
  const address = { street, city, state, postalCode };
  const match = { 'If-Match': profile.headers.get('etag') ?? '' };
  await must(200, own('PUT', `/users/${id}/profile`, { lastName, phoneNumber, bio, address }, match));
  await must(200, own('PUT', `/users/${id}/preferences`, { theme: 'dark' }));
  await must(201, own('POST', '/consents', { kind: 'cookies', version: '1', given: true }));
  await must(200, own('POST', `/users/${id}/avatar`, picture(PLANTED.formerAvatar)));
  await must(200, own('POST', `/users/${id}/avatar`, picture(PLANTED.avatar)));
}

/** Signs in with a second factor, trusts the device, and makes an API key. @returns the secrets of all of these */
async function protect(acting: Acting): Promise<string[]> {
  const { clinic, call, own, hold } = acting;
  const setup = (await must(200, own('POST', '/mfa/setup'))).body;
  const enabled = (await must(200, own('POST', '/mfa/enable', { token: codeOf(setup.secret, Date.now()) }))).body;
  const { mfaToken } = await logIn(acting);
  const answer = { mfaToken, backupCode: enabled.backupCodes[0], trustDevice: true, deviceName: PLANTED.trustedName };
  const signedIn = (await must(200, call('POST', '/mfa/verify', { body: answer }))).body;
  hold(signedIn.accessToken);
  const phone = await own('POST', '/mfa/phone', { phoneNumber: PLANTED.mfaPhone });
  expect(phone.status, JSON.stringify(phone.body)).toBeLessThan(300);
  const wanted = { name: PLANTED.apiKeyName, scopes: ['read:own_profile'] };
  const apiKey = (await must(201, own('POST', '/api-keys', wanted))).body.key as string;
  await must(200, clinic('GET', '/users/me', { headers: { 'X-API-Key': apiKey } }));
  const { accessToken, refreshToken, trustedDeviceToken } = signedIn;
  return [setup.secret, ...enabled.backupCodes, apiKey, accessToken, refreshToken, trustedDeviceToken];
}

/** One appointment that is kept and edited, one that is cancelled, and a place on the waitlist. */
async function book({ own, asStaff }: Acting, doctorId: string): Promise<void> {
  const date = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
  const bookAt = (startTime: string, headers = {}) => {
    const { reason, symptoms } = PLANTED;
    const body = { doctorId, appointmentDate: date, startTime, appointmentType: 'consultation', reason, symptoms };
    return must(201, own('POST', '/appointments', body, headers));
  };
  const kept = await bookAt('10:00', { 'Idempotency-Key': PLANTED.idempotencyKey });
  const edited = `/appointments/${kept.body.id}`;
  const words = { notes: PLANTED.notes, reason: PLANTED.editedReason };
  await must(200, asStaff('PUT', edited, words, { 'If-Match': `"v${kept.body.version}"` }));
  const dropped = await bookAt('12:00');
  await must(200, own('POST', `/appointments/${dropped.body.id}/cancel`, { reason: PLANTED.cancellationReason }));
  await must(201, own('POST', '/waitlist', { type: 'consultation', from: date, to: date }));
}
