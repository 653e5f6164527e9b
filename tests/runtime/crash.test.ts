import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PortalProcess, startProcess } from './deno-process.ts';
import { preparedFolder } from './prepared-folder.ts';

const json = { 'Content-Type': 'application/json' };

async function signIn(portal: PortalProcess, password: string): Promise<string> {
  const response = await fetch(`${portal.url}/api/v1/auth/login`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email: 'patient@demo.example', password }),
  });
  expect(response.status).toBe(200);
  return `Bearer ${((await response.json()) as { accessToken: string }).accessToken}`;
}

/** The times of the next week that the first doctor of the directory has free. */
async function freeSlots(get: (path: string) => Promise<unknown>) {
  const { data: doctors } = (await get('/api/v1/doctors')) as { data: { id: string }[] };
  const from = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const to = new Date(Date.now() + 8 * 86_400_000).toISOString().slice(0, 10);
  const query = `doctorId=${doctors[0]?.id}&from=${from}&to=${to}&type=follow_up`;
  const { data: slots } = (await get(`/api/v1/appointments/available-slots?${query}`)) as {
    data: { date: string; startTime: string; start: string }[];
  };
  return { doctorId: doctors[0]?.id, slots };
}

describe('R40: killed during bookings', () => {
  let dataDir: string;
  let portal: PortalProcess;
  beforeAll(async () => {
    dataDir = await preparedFolder('portal-crash-');
    portal = await startProcess({ DATA_DIR: dataDir });
  });
  afterAll(async () => {
    await portal.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('every acknowledged booking exists afterwards, and a retry with the same key books once', async () => {
    const password = /password of all accounts: (\S+)/.exec(portal.output())?.[1] ?? '';
    let authorization = await signIn(portal, password);
    const get = async (path: string) =>
      (await fetch(`${portal.url}${path}`, { headers: { Authorization: authorization } })).json();
    const { doctorId, slots } = await freeSlots(get);
    expect(slots.length).toBeGreaterThan(40);

    const book = async (n: number) => {
      const response = await fetch(`${portal.url}/api/v1/appointments`, {
        method: 'POST',
        headers: { ...json, Authorization: authorization, 'Idempotency-Key': `crash-${n}` },
        body: JSON.stringify({
          doctorId,
          appointmentDate: slots[n]?.date,
          startTime: slots[n]?.startTime,
          appointmentType: 'follow_up',
        }),
      });
      return { n, status: response.status, id: ((await response.json()) as { id: string }).id };
    };
    const acknowledged: Awaited<ReturnType<typeof book>>[] = [];
    let kill: Promise<void> | undefined;
    await Promise.allSettled(
      Array.from({ length: 40 }, async (_, n) => {
        const booked = await book(n);
        if (booked.status !== 201) return;
        acknowledged.push(booked);
        if (acknowledged.length === 12) kill = portal.kill();
      }),
    );
    await kill;
    expect(acknowledged.length).toBeGreaterThanOrEqual(12);
    expect(acknowledged.length).toBeLessThan(40);

    portal = await startProcess({ DATA_DIR: dataDir });
    authorization = await signIn(portal, password);
    for (const { id, n } of acknowledged) {
      expect(await get(`/api/v1/appointments/${id}`)).toMatchObject({ status: 'scheduled', start: slots[n]?.start });
    }
    // Requests without an answer are sent again: together they book each slot once.
    const again = await Promise.all(Array.from({ length: 40 }, (_, n) => book(n)));
    // All of them want the time of one doctor. Those that have waited for too long on a busy machine are told to come again.
    for (const { n } of again.filter(({ status }) => status === 503)) again[n] = await book(n);
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set([201]));
    for (const { n, id } of acknowledged) expect(again[n]?.id).toBe(id);
    expect(new Set(again.map(({ id }) => id)).size).toBe(40);
  }, 120_000);
});
