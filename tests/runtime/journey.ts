/** One journey through the whole portal over HTTP, the same on every runtime. */
import { expect } from 'vitest';
import { unzip } from '../support/unzip.ts';
import { keepDocuments } from './journey-files.ts';

export interface JourneyTarget {
  readonly url: string;
  readonly admin: { readonly email: string; readonly password: string };
  /** The newest code mailed to this address, once it has arrived. */
  mailedCode(to: string): Promise<string>;
  /** The templates or subjects of all mails to this address, once there are at least `count`. */
  mailedSubjects(to: string, count: number): Promise<readonly string[]>;
  /** What the clinic tells reaches a browser, if the portal is set up for it. */
  readonly browser?: {
    /** What the browser sends to register. */
    subscribe(): { readonly endpoint: string; readonly keys: { readonly p256dh: string; readonly auth: string } };
    /** The texts of the push messages that came to the endpoint, once there is one. */
    pushed(endpoint: string): Promise<readonly string[]>;
  };
  /** Makes delayed jobs due, if the test controls the queue's clock. */
  advanceQueue?(seconds: number): Promise<void>;
}

type Reply = { status: number; headers: Headers; body: Record<string, unknown> & { data?: Record<string, unknown>[] } };

function client(url: string) {
  return async (
    method: string,
    path: string,
    token?: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : {} };
  };
}

const ALL_DAY = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));

const JPEG_BEGINS = [0xff, 0xd8, 0xff];
/** The smallest PNG. */
const PNG = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='),
  (character) => character.charCodeAt(0),
);

export interface Journeyed {
  readonly patientEmail: string;
  readonly patientPassword: string;
  readonly kept: { readonly id: string };
}

type Call = ReturnType<typeof client>;

/** What the steps of one journey share. */
interface Trip {
  readonly target: JourneyTarget;
  readonly call: Call;
  /** Makes addresses and keys unique. */
  readonly tag: string;
}

interface Traveller {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

/** @returns what was acknowledged and must survive the process */
export async function journey(target: JourneyTarget): Promise<Journeyed> {
  const trip = { target, call: client(target.url), tag: crypto.randomUUID().slice(0, 8) };
  const adminLogin = await trip.call('POST', '/api/v1/auth/login', undefined, target.admin);
  expect(adminLogin).toMatchObject({ status: 200 });
  const admin = String(adminLogin.body.accessToken);
  const doctorId = await inviteDoctor(trip, admin);
  const patient = await registerPatient(trip);
  const { first, second } = await bookTwice(trip, patient, doctorId);
  await cancel(trip, patient, first);
  await getPushed(trip, patient);
  await changePicture(trip, patient);
  await keepDocuments(target, patient.token);
  await expectCopy(trip, patient);
  const verdict = await trip.call('GET', '/api/v1/audit/verify', admin);
  expect(verdict).toMatchObject({ status: 200, body: { ok: true, problems: [] } });
  return { patientEmail: patient.email, patientPassword: patient.password, kept: { id: second } };
}

/** @returns the id of a doctor who has accepted the invitation and works all day */
async function inviteDoctor({ target, call, tag }: Trip, admin: string): Promise<string> {
  const doctorEmail = `doctor-${tag}@example.org`;
  const invited = await call('POST', '/api/v1/users', admin, {
    email: doctorEmail,
    firstName: 'Dora',
    lastName: 'Okafor',
    role: 'doctor',
    timezone: 'UTC',
  });
  expect(invited).toMatchObject({ status: 201 });
  const doctorId = String(invited.body.id);
  const invitation = await target.mailedCode(doctorEmail);
  const accepted = await call('POST', '/api/v1/auth/accept-invitation', undefined, {
    token: invitation,
    password: 'the tides of march 77',
  });
  expect(accepted.status).toBe(204);
  const hours = await call('PUT', `/api/v1/doctors/${doctorId}/availability`, admin, {
    timezone: 'UTC',
    weekly: ALL_DAY,
  });
  expect(hours.status).toBe(200);
  return doctorId;
}

async function registerPatient({ target, call, tag }: Trip): Promise<Traveller> {
  const email = `patient-${tag}@example.org`;
  const password = 'a quiet river at dawn 9';
  const registered = await call('POST', '/api/v1/auth/register', undefined, {
    email,
    password,
    firstName: 'Maria',
    lastName: 'Silva',
    dateOfBirth: '1988-02-29',
  });
  expect(registered).toMatchObject({ status: 202, body: { status: 'verification_sent' } });
  const token = await target.mailedCode(email);
  expect((await call('POST', '/api/v1/auth/verify-email', undefined, { token })).status).toBe(204);
  const login = await call('POST', '/api/v1/auth/login', undefined, { email, password });
  expect(login.status).toBe(200);
  const { id } = login.body.user as { id: string };
  return { id, email, password, token: String(login.body.accessToken) };
}

/** Books two times, one of them twice with one key, and gets the mails. @returns the ids */
async function bookTwice(trip: Trip, { email, token }: Traveller, doctorId: string) {
  const { target, call, tag } = trip;
  const free = await freeTimes(trip, token, doctorId);
  const book = (slot: Record<string, unknown> | undefined, key: string) =>
    call(
      'POST',
      '/api/v1/appointments',
      token,
      {
        doctorId,
        appointmentDate: slot?.date,
        startTime: slot?.startTime,
        appointmentType: 'consultation',
        reason: 'a cough',
      },
      { 'Idempotency-Key': key },
    );
  const [first, second] = [await book(free[0], `first-${tag}`), await book(free[2], `second-${tag}`)];
  expect(first).toMatchObject({ status: 201, body: { status: 'scheduled', reason: 'a cough' } });
  expect(second.status).toBe(201);
  expect((await book(free[0], `first-${tag}`)).body).toEqual(first.body);
  expect(await book(free[0], `third-${tag}`)).toMatchObject({ status: 422, body: { code: 'slot_unavailable' } });
  expect(await target.mailedSubjects(email, 4)).toContainEqual(
    expect.stringMatching(new RegExp(`^Your appointment on .* at ${free[0]?.startTime}`)),
  );

  if (target.advanceQueue !== undefined) {
    await target.advanceQueue(60 * 60);
    const subjects = await target.mailedSubjects(email, 5);
    expect(subjects).toContainEqual(expect.stringMatching(/^Reminder: your appointment on /));
  }
  return { first: String(first.body.id), second: String(second.body.id) };
}

/** Times from two and a quarter hours ahead, so that only the reminder two hours before is still due. */
async function freeTimes({ call }: Trip, token: string, doctorId: string) {
  const earliest = new Date(Date.now() + 135 * 60_000);
  const date = earliest.toISOString().slice(0, 10);
  const next = new Date(earliest.getTime() + 86_400_000).toISOString().slice(0, 10);
  const slots = await call(
    'GET',
    `/api/v1/appointments/available-slots?doctorId=${doctorId}&from=${date}&to=${next}`,
    token,
  );
  expect(slots.status).toBe(200);
  const free = (slots.body.data ?? []).filter(({ start }) => Date.parse(String(start)) >= earliest.getTime());
  expect(free.length).toBeGreaterThan(2);
  return free;
}

async function cancel({ call }: Trip, { token }: Traveller, id: string): Promise<void> {
  const cancelled = await call('POST', `/api/v1/appointments/${id}/cancel`, token, { reason: 'better' });
  expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', version: 2 } });
}

/** Registers a browser, and gets the notice of it there too. */
async function getPushed({ target, call }: Trip, { token }: Traveller): Promise<void> {
  if (target.browser === undefined) return;
  const devices = '/api/v1/notifications/push-subscriptions';
  const { endpoint, keys } = target.browser.subscribe();
  const registered = await call('POST', devices, token, { endpoint, keys, expirationTime: null });
  expect(registered).toMatchObject({ status: 201, body: { kind: 'web', current: true } });
  expect(await target.browser.pushed(endpoint)).toContainEqual(
    expect.stringMatching(/^A device gets push messages of your account now\./),
  );
  expect((await call('GET', devices, token)).body.data).toMatchObject([{ lastUsedAt: expect.any(String) }]);
}

async function changePicture({ target }: Trip, { id, token }: Traveller): Promise<void> {
  const form = new FormData();
  form.set('file', new Blob([PNG], { type: 'image/png' }), 'me.png');
  const avatar = await fetch(`${target.url}/api/v1/users/${id}/avatar`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
    body: form,
  });
  expect(avatar.status).toBe(200);
  const picture = await fetch(`${target.url}/api/v1/users/${id}/avatar`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const bytes = await picture.bytes();
  expect(picture.headers.get('content-type'), `${picture.status} ${new TextDecoder().decode(bytes)}`).toBe(
    'image/jpeg',
  );
  expect([...bytes].slice(0, 3)).toEqual(JPEG_BEGINS);
}

async function expectCopy({ target }: Trip, { email, token }: Traveller): Promise<void> {
  const copy = await copyOfData(target, token);
  expect([...(copy.get('files/avatar.jpg') ?? [])].slice(0, 3)).toEqual(JPEG_BEGINS);
  expect(JSON.parse(new TextDecoder().decode(copy.get('personal-data.json')))).toMatchObject({
    profile: [{ email, firstName: 'Maria' }],
    appointments: expect.arrayContaining([expect.objectContaining({ reason: 'a cough' })]),
  });
}

/** Requests the copy of the caller's data, waits until the job has made it, and downloads it. */
async function copyOfData(target: JourneyTarget, token: string): Promise<Map<string, Uint8Array>> {
  const call = client(target.url);
  const requested = await call('POST', '/api/v1/privacy/exports', token);
  expect(requested.status).toBe(202);
  const path = `/api/v1/privacy/exports/${requested.body.id}`;
  const state = async () => (await call('GET', path, token)).body.status;
  for (let attempt = 0; attempt < 100 && (await state()) !== 'ready'; attempt++) {
    await target.advanceQueue?.(0);
    await new Promise((wake) => setTimeout(wake, 100));
  }
  expect(await state()).toBe('ready');
  const download = await fetch(`${target.url}${path}/download`, { headers: { Authorization: `Bearer ${token}` } });
  expect(download.status).toBe(200);
  const archive = new Uint8Array(await download.arrayBuffer());
  // workerd sends a streamed body in chunks, without this header.
  expect([null, String(archive.length)]).toContain(download.headers.get('content-length'));
  return unzip(archive);
}

/** Checks that everything acknowledged before still exists. */
export async function stillThere(url: string, journeyed: Journeyed): Promise<void> {
  const call = client(url);
  const login = await call('POST', '/api/v1/auth/login', undefined, {
    email: journeyed.patientEmail,
    password: journeyed.patientPassword,
  });
  expect(login.status).toBe(200);
  const appointment = await call('GET', `/api/v1/appointments/${journeyed.kept.id}`, String(login.body.accessToken));
  expect(appointment).toMatchObject({ status: 200, body: { status: 'scheduled', reason: 'a cough' } });
}
