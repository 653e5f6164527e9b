/**
 * Reminders that are due in the same minute, sent by two processes: how many a second, how many round trips to the database for
 * each, and whether any was sent twice.
 *
 *     TEST_DATABASE_URL=postgres://… npm run bench:reminders -- [reminders] [milliseconds that the provider takes] [how many may leave in a minute]
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { generateIndexKey } from '../adapters/crypto/blind-index.ts';
import { generateCheckpointSeed } from '../adapters/crypto/checkpoint-signer.ts';
import { generateFieldKey } from '../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../adapters/crypto/token-keys.ts';
import { createTcpDriver } from '../adapters/postgres/driver/tcp.ts';
import type { MessageDraft } from '../domain/messages.ts';
import { decided } from '../domain/shared/changes.ts';
import type { AppointmentId, UserId } from '../domain/shared/ids.ts';
import { commit } from '../src/app/command.ts';
import { systemContext } from '../src/app/identity/first-admin.ts';
import { type Portal, startPortal } from '../tests/support/portal.ts';
import type { Cost } from './reminders-worker.ts';
import { inScratch } from './scratch.ts';

const [reminders = 10_000, providerMs = 20, perMinute = 0] = process.argv.slice(2).map(Number);
const PROCESSES = 2;
/** Reminders of one patient: so many appointments each has tomorrow, so that making the patients takes no minute. */
const OF_EACH = 5;
const WORKER = fileURLToPath(new URL('reminders-worker.ts', import.meta.url));
const DAY_MS = 86_400_000;
const TYPE = '01900000-0000-7000-8000-000000000001';

/** Takes what is sent, after the time that a provider takes, and notes each delivery. */
async function startProvider() {
  const taken = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const { personalizations } = JSON.parse(await text(request));
    const id: string = personalizations[0].custom_args.notification_id;
    taken.set(id, (taken.get(id) ?? 0) + 1);
    setTimeout(() => response.writeHead(202, { 'x-message-id': id }).end(), providerMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, taken, close: () => server.close() };
}

/** Appointments of tomorrow, and their reminders, which are due within one minute. */
async function fill(portal: Portal, client: pg.Client): Promise<void> {
  const { deps } = portal;
  const doctor = await portal.person('doctor', 'doctor');
  const context = { ...systemContext(deps), now: Date.now() - DAY_MS };
  for (let from = 0; from * OF_EACH < reminders; from += 20) {
    const count = Math.min(20, Math.ceil(reminders / OF_EACH) - from);
    const patients = await Promise.all(
      Array.from({ length: count }, (_, n) => portal.person('patient', `patient-${from + n}`)),
    );
    const visits = patients.flatMap(({ id }, patient) =>
      Array.from({ length: OF_EACH }, (_, n) => ({
        id: crypto.randomUUID() as string as AppointmentId,
        patient: id as UserId,
        start: Date.now() + DAY_MS + ((from + patient) * OF_EACH + n) * 60_000,
      })),
    );
    await client.query('SET session_replication_role = replica');
    await client.query(
      `INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status, created_at, updated_at)
       SELECT v.id, v.patient, $3, $4, v.start, v.start + interval '30 minutes', 'UTC', tstzrange(v.start, v.start + interval '30 minutes'),
         'scheduled', now(), now() FROM json_to_recordset($1::json) r (id uuid, patient uuid, start bigint),
         LATERAL (SELECT r.id, r.patient, to_timestamp(r.start / 1000.0) AS start) v WHERE $2::int > 0`,
      [JSON.stringify(visits), 1, doctor.id, TYPE],
    );
    const keys = new Map(
      await Promise.all(
        patients.map(async ({ id, email }) => {
          const [user] = await deps.database.load(deps.loads.identity.userByEmail(email));
          if (user === undefined) throw new Error('a patient is missing');
          return [id, user.dataKey] as const;
        }),
      ),
    );
    const messages = visits.map(({ id, patient, start }, n): MessageDraft => {
      const dataKey = keys.get(patient);
      if (dataKey === undefined) throw new Error('a key is missing');
      const [date = '', time = ''] = new Date(start).toISOString().split('T');
      const variables = { doctorName: 'Dr Dora Okafor', date, startTime: time.slice(0, 5), timezone: 'UTC' };
      const sendAt = Date.now() - 60_000 + n * 100;
      return {
        template: 'appointment-reminder',
        variables,
        userId: patient,
        dataKey,
        sendAt,
        appointment: { id, version: 1 },
      };
    });
    const made = await commit(deps, context, decided({ value: undefined, changes: [], audit: [], messages }));
    if (!made.ok) throw new Error('the reminders could not be written');
  }
  await client.query(`UPDATE users SET email_verified_at = now() WHERE role = 'patient'`);
  await client.query('VACUUM (ANALYZE)');
}

function work(url: string, provider: string, keys: object): Promise<Cost> {
  const child = spawn(process.execPath, [WORKER], {
    env: {
      ...process.env,
      BENCH_DATABASE: url,
      BENCH_PROVIDER: provider,
      BENCH_KEYS: JSON.stringify(keys),
      BENCH_RATE: String(perMinute),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return text(child.stdout).then((out) => JSON.parse(out) as Cost);
}

async function measure(client: pg.Client, url: string): Promise<boolean> {
  const keys = {
    FIELD_KEYS: JSON.stringify([generateFieldKey('1')]),
    TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
    INDEX_KEY: generateIndexKey(),
    CHECKPOINT_KEYS: JSON.stringify([generateCheckpointSeed()]),
  };
  const portal = await startPortal({ driver: createTcpDriver({ url }), environment: keys, now: Date.now() - DAY_MS });
  await fill(portal, client);
  await portal.driver.close();
  const provider = await startProvider();
  const began = performance.now();
  const costs = await Promise.all(Array.from({ length: PROCESSES }, () => work(url, provider.url, keys)));
  const seconds = Math.max(...costs.map((cost) => cost.seconds));
  provider.close();

  const { rows } = await client.query('SELECT state, count(*)::int AS n FROM deliveries GROUP BY state ORDER BY state');
  const twice = [...provider.taken.values()].filter((times) => times > 1).length;
  const trips = costs.reduce((sum, cost) => sum + cost.trips, 0);
  const perMessage = trips / Math.max(1, provider.taken.size);
  const rate = perMinute === 0 ? 'no rate' : `${perMinute} a minute at most`;
  console.log(`${reminders} reminders, ${PROCESSES} processes, a provider that takes ${providerMs} ms, ${rate}`);
  console.log(
    `sent: ${provider.taken.size}, twice: ${twice}, in ${((performance.now() - began) / 1000).toFixed(1)} s with the start`,
  );
  console.log(`a second: ${Math.round(provider.taken.size / seconds)}`);
  console.log(`round trips to the database: ${trips}, for each message: ${perMessage.toFixed(3)}`);
  console.log(`deliveries: ${rows.map(({ state, n }) => `${n} ${state}`).join(', ')}`);
  for (const { jobs, trips: own, peakMegabytes } of costs)
    console.log(`  a process: ${jobs} jobs, ${own} trips, ${peakMegabytes} MB at its peak`);
  // A rate decides how many are worked on together, and so what each costs.
  return provider.taken.size === reminders && twice === 0 && (perMinute > 0 || perMessage <= 0.1);
}

process.exit(await inScratch('reminders', measure));
