/** The people of a run: an administrator, and as many doctors with hours as patients, who prove their addresses by mail. */
import { client, type Reply, type Sent } from './http.ts';
import type { Provider } from './provider.ts';
import { pause } from './services.ts';

export const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const PASSWORD = 'the tides of march 77';
const ALL_DAY = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));

export interface Patient {
  readonly id: string;
  readonly email: string;
  readonly password: string;
}

export interface Clinic {
  readonly doctors: readonly string[];
  readonly patients: readonly Patient[];
}

const ATTEMPTS = 20;

/** Asks again as long as the portal is busy. */
export async function done(url: string, method: string, path: string, sent: Sent): Promise<Reply> {
  for (let attempt = 1; ; attempt++) {
    const reply = await client(url)(method, path, sent);
    if (reply.status < 300) return reply;
    if (reply.status !== 503 || attempt === ATTEMPTS) {
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    }
    await pause(500);
  }
}

export async function signInAdmin(url: string): Promise<string> {
  const reply = await done(url, 'POST', '/auth/login', { body: ADMIN });
  return String(reply.body.accessToken);
}

export async function openClinic(url: string, provider: Provider, size: number): Promise<Clinic> {
  const admin = await signInAdmin(url);
  const doctors: string[] = [];
  const patients: Patient[] = [];
  // One after the other: passwords cost.
  for (let number = 0; number < size; number++) {
    doctors.push(await makeDoctor(url, provider, admin, `doctor-${number}@example.org`));
    patients.push(await makePatient(url, provider, `patient-${number}@example.org`));
  }
  return { doctors, patients };
}

async function makeDoctor(url: string, provider: Provider, admin: string, email: string): Promise<string> {
  const person = { email, firstName: 'Dora', lastName: 'Okafor', role: 'doctor', timezone: 'UTC' };
  const invited = await done(url, 'POST', '/users', { token: admin, body: person, key: `invite-${email}` });
  const id = String(invited.body.id);
  const acceptance = { token: await provider.tokenFor(email), password: PASSWORD };
  await done(url, 'POST', '/auth/accept-invitation', { body: acceptance });
  const hours = { timezone: 'UTC', weekly: ALL_DAY };
  await done(url, 'PUT', `/doctors/${id}/availability`, { token: admin, body: hours });
  return id;
}

async function makePatient(url: string, provider: Provider, email: string): Promise<Patient> {
  const person = { email, password: PASSWORD, firstName: 'Maria', lastName: 'Silva', dateOfBirth: '1988-02-29' };
  await done(url, 'POST', '/auth/register', { body: person });
  await done(url, 'POST', '/auth/verify-email', { body: { token: await provider.tokenFor(email) } });
  const login = await done(url, 'POST', '/auth/login', { body: { email, password: PASSWORD } });
  return { id: (login.body.user as { id: string }).id, email, password: PASSWORD };
}
