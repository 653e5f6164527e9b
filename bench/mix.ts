/**
 * What people do in a clinic, at random but the same in each run: 70 % look for a time, 15 % look at what is theirs, 10 %
 * book, move or cancel, 5 % sign in.
 */
import type { createClient } from './http-client.ts';
import { PASSWORD, type PreparedClinic } from './live-clinic.ts';

type Client = ReturnType<typeof createClient>;

/** A generator of numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Patient {
  readonly email: string;
  token: string;
  /** The appointment that is booked, if one is, and how often it was moved. */
  booked: { readonly id: string; readonly moves: number } | undefined;
}

export interface Mix {
  /** Sends one request. @returns what it was */
  next(): Promise<string>;
}

const DAYS_AHEAD = 60;
/** Below the clinic's limit. */
const MAXIMUM_MOVES = 5;
/** Half-hours from 8:00 to 18:00. */
const TIMES_A_DAY = 20;

interface World {
  readonly client: Client;
  readonly doctorIds: readonly string[];
  readonly random: () => number;
  /** A time that nobody was given before: no request fails because another was quicker. */
  readonly nextTime: () => { readonly doctorId: string; readonly appointmentDate: string; readonly startTime: string };
}

function dateIn(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

function timesOf(doctorIds: readonly string[]): World['nextTime'] {
  let given = 0;
  return () => {
    const place = given++;
    const half = Math.floor(place / doctorIds.length);
    const minutes = 8 * 60 + 30 * (half % TIMES_A_DAY);
    return {
      doctorId: doctorIds[place % doctorIds.length] ?? '',
      appointmentDate: dateIn(2 + (Math.floor(half / TIMES_A_DAY) % DAYS_AHEAD)),
      startTime: `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${minutes % 60 === 0 ? '00' : '30'}`,
    };
  };
}

function oneOf<T>({ random }: World, all: readonly T[]): T {
  return all[Math.floor(random() * all.length)] as T;
}

async function browse(world: World, { token }: Patient): Promise<string> {
  const days = 2 + Math.floor(world.random() * 30);
  const range = { from: dateIn(days), to: dateIn(days + 6) };
  const query = new URLSearchParams({ doctorId: oneOf(world, world.doctorIds), type: 'consultation', ...range });
  const times = ['free times', `/appointments/available-slots?${query}`] as const;
  const [what, path] = oneOf(world, [
    ['doctors', '/doctors?limit=20'] as const,
    times,
    times,
    ['earliest times', '/appointments/next-available?type=consultation&limit=5'] as const,
  ]);
  await world.client.send({ path: `/api/v1${path}`, token });
  return what;
}

async function lookAtOwn(world: World, { token }: Patient): Promise<string> {
  const what = oneOf(world, ['users/me', 'appointments/my']);
  await world.client.send({ path: `/api/v1/${what}`, token });
  return what;
}

/** Books if nothing is booked. */
async function change(world: World, patient: Patient): Promise<string> {
  const [time, { booked: open }] = [world.nextTime(), patient];
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    world.client.send({ method: 'POST', path: `/api/v1/appointments${path}`, token: patient.token, body, headers });
  if (open === undefined) {
    const made = await post('', { appointmentType: 'consultation', ...time });
    patient.booked = { id: (JSON.parse(made) as { id: string }).id, moves: 0 };
    return 'book';
  }
  patient.booked = undefined;
  if (world.random() < 0.5 || open.moves === MAXIMUM_MOVES) {
    await post(`/${open.id}/cancel`, {}, { 'If-Match': '*' });
    return 'cancel';
  }
  await post(`/${open.id}/reschedule`, time, { 'If-Match': '*' });
  patient.booked = { id: open.id, moves: open.moves + 1 };
  return 'move';
}

/** One change of a person at a time: two could meet at one time. */
async function changeOne(world: World, idle: Patient[]): Promise<string> {
  const patient = idle.shift();
  if (patient === undefined) throw new Error('everybody is changing something: take more patients');
  try {
    return await change(world, patient);
  } finally {
    idle.push(patient);
  }
}

/** Signs everybody in. @param signIns their share; the others keep their shares among each other */
export async function createMix(
  client: Client,
  clinic: PreparedClinic,
  random: () => number,
  signIns = 0.05,
): Promise<Mix> {
  const { doctorIds, emails } = clinic;
  const world: World = { client, doctorIds, random, nextTime: timesOf(doctorIds) };
  const people: Patient[] = [];
  for (const email of emails) people.push({ email, token: await signIn(client, email), booked: undefined });
  const idle = [...people];
  return {
    async next() {
      const [share, patient] = [random() / (1 - signIns), oneOf(world, people)];
      if (share < 70 / 95) return browse(world, patient);
      if (share < 85 / 95) return lookAtOwn(world, patient);
      if (share < 1) return changeOne(world, idle);
      patient.token = await signIn(client, patient.email);
      return 'sign in';
    },
  };
}

async function signIn(client: Client, email: string): Promise<string> {
  const body = { email, password: PASSWORD };
  const answer = await client.send({ method: 'POST', path: '/api/v1/auth/login', token: null, body });
  return (JSON.parse(answer) as { accessToken: string }).accessToken;
}
