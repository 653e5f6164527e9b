import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { migrateServer } from '../../adapters/postgres/migrate/migrate.ts';
import { overlaps } from '../concurrency/scheduling-load.ts';
import { startEmbeddedPostgres } from '../support/embedded-postgres.ts';
import { migrationFiles } from '../support/postgres.ts';
import { mailbox, type PortalProcess, startProcess } from './deno-process.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const PASSWORD = 'a quiet river at dawn 9';
const SLOTS = 40;

const cluster = await startEmbeddedPostgres();

interface Answer {
  readonly slot: number;
  readonly patient: number;
  readonly status: number;
  readonly body: Body;
}

interface Slot {
  readonly date: string;
  readonly startTime: string;
  readonly start: string;
}

/** The members of the answers that these tests look at. */
interface Body {
  readonly id?: string;
  readonly code?: string;
  readonly accessToken?: string;
  readonly data?: readonly Slot[];
}

describe.skipIf(cluster === undefined)('R40: the database is killed during bookings', () => {
  let dataDir: string;
  let portal: PortalProcess;
  let doctorId: string;
  let slots: readonly Slot[];
  const patients: string[] = [];

  beforeAll(async () => {
    if (cluster === undefined) return;
    await migrateServer(cluster.url, await migrationFiles());
    dataDir = await mkdtemp(`${tmpdir()}/portal-database-crash-`);
    portal = await startProcess({
      DATA_DIR: dataDir,
      DATABASE_URL: cluster.url,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      MFA_REQUIRED_ROLES: '',
      RATE_LIMIT_FACTOR: '0',
      DEV_MAILBOX: '1',
    });
    const admin = await signIn(ADMIN.email, ADMIN.password);
    doctorId = await join('doctor', admin);
    const weekly = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));
    await send('PUT', `/doctors/${doctorId}/availability`, admin, { timezone: 'UTC', weekly });
    for (const name of ['first', 'second']) {
      const id = await join(name, admin);
      const token = await signIn(`${name}@clinic.example`, PASSWORD);
      const known = await send('PUT', `/users/${id}/profile`, token, { dateOfBirth: '1990-04-23' });
      expect(known.status).toBe(200);
      patients.push(token);
    }
    const date = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const found = await send('GET', `/appointments/available-slots?doctorId=${doctorId}&date=${date}`, patients[0]);
    slots = found.body.data?.slice(0, SLOTS) ?? [];
    expect(slots).toHaveLength(SLOTS);
  }, 120_000);
  afterAll(async () => {
    await portal?.kill();
    await cluster?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function send(method: string, path: string, token?: string, body?: unknown, key?: string) {
    const response = await fetch(`${portal.url}/api/v1${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { Authorization: token }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(key === undefined ? {} : { 'Idempotency-Key': key }),
        ...(method === 'PUT' ? { 'If-Match': '*' } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Body };
  }

  async function signIn(email: string, password: string): Promise<string> {
    const { status, body } = await send('POST', '/auth/login', undefined, { email, password });
    expect(status).toBe(200);
    return `Bearer ${body.accessToken}`;
  }

  /** Creates an account by an invitation of the administrator, and accepts it. */
  async function join(name: string, admin: string): Promise<string> {
    const email = `${name}@clinic.example`;
    const role = name === 'doctor' ? 'doctor' : 'patient';
    const person = { email, firstName: name, lastName: 'Example', role, timezone: 'UTC' };
    const { status, body } = await send('POST', '/users', admin, person);
    expect(status, JSON.stringify(body)).toBe(201);
    let token: string | undefined;
    while (token === undefined) token = (await mailbox(portal.url, email))[0]?.codes[0];
    expect((await send('POST', '/auth/accept-invitation', undefined, { token, password: PASSWORD })).status).toBe(204);
    return body.id ?? '';
  }

  /** Both patients try to book each of the times. */
  async function bookAll(answered: (answer: Answer) => void): Promise<Answer[]> {
    const wanted = Array.from({ length: 2 * SLOTS }, (_, n) => ({ slot: n >> 1, patient: n % 2 }));
    return Promise.all(
      wanted.map(async ({ slot, patient }) => {
        const { date, startTime } = slots[slot] ?? {};
        const booking = { doctorId, appointmentDate: date, startTime, appointmentType: 'consultation' };
        const { status, body } = await send(
          'POST',
          '/appointments',
          patients[patient],
          booking,
          `${patient}-wants-${slot}`,
        );
        const answer = { slot, patient, status, body };
        answered(answer);
        return answer;
      }),
    );
  }

  test('acknowledged bookings exist, retries book once, nothing overlaps, and the portal recovers by itself', async () => {
    if (cluster === undefined) return;
    let killed: Promise<void> | undefined;
    let acknowledged = 0;
    const before = await bookAll(({ status }) => {
      if (status === 201) acknowledged += 1;
      if (acknowledged === 12) killed ??= cluster.kill();
    });
    await killed;
    const booked = before.filter(({ status }) => status === 201);
    expect(booked.length).toBeGreaterThanOrEqual(12);
    expect(booked.length).toBeLessThan(SLOTS);
    // Every other answer says that the time is taken, or to try again.
    expect(before.filter(({ status }) => ![201, 409, 503].includes(status))).toEqual([]);
    expect(before.map(({ status }) => status)).toContain(503);

    await cluster.restart();
    let ready = 0;
    while (ready !== 200) ready = (await fetch(`${portal.url}/ready`)).status;
    for (const { slot, patient, body } of booked) {
      const kept = await send('GET', `/appointments/${body.id}`, patients[patient]);
      expect(kept.body).toMatchObject({ status: 'scheduled', start: slots[slot]?.start });
    }

    const again = await bookAll(() => {});
    const winners = again.filter(({ status }) => status === 201);
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([201, 409]));
    expect(new Set(winners.map(({ slot }) => slot)).size).toBe(SLOTS);
    expect(winners).toHaveLength(SLOTS);
    for (const { slot, patient, body } of booked) {
      expect(winners).toContainEqual(expect.objectContaining({ slot, patient, body: expect.objectContaining(body) }));
    }
    const driver = createTcpDriver({ url: cluster.url, maxConnections: 1 });
    expect(await overlaps(driver)).toBe(0);
    await driver.close();
  }, 120_000);
});
