/** One trace from the browser over the queue to the mail, under Deno and on workerd. The receiver prints it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEdge } from '../../tools/edge.ts';
import { freePort } from '../support/embedded-postgres.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres, needsRedis, redisUrl } from '../tools/services.ts';
import { mailbox, startProcess } from './deno-process.ts';

const ADDRESS = 'planted-patient@example.org';
const traceOf = (digit: string) => digit.repeat(32);

let collector: OtlpReceiver;
let folder: string;
beforeAll(async () => {
  collector = await startOtlpReceiver();
  folder = await mkdtemp(`${tmpdir()}/portal-traces-test-`);
});
afterAll(async () => {
  await collector.close();
  await rm(folder, { recursive: true, force: true });
});

const settings = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, TRACE_SAMPLE_RATIO: '0' });

async function register(url: string, traceId: string): Promise<number> {
  const { status } = await fetch(`${url}/api/v1/auth/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    body: JSON.stringify({
      ...{ email: ADDRESS, password: 'a quiet river at dawn 9', firstName: 'Planted', lastName: 'Word' },
      ...{ dateOfBirth: '1990-04-23', timezone: 'UTC', language: 'en' },
    }),
  });
  return status;
}

/** Prints the trace. @param steps which follow each other in it */
function expectTrace(traceId: string, steps: readonly string[]): void {
  const tree = collector.tree(traceId);
  process.stdout.write(`${tree}\n\n`);
  const places = steps.map((step) => tree.indexOf(step));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(collector.bodies.join().toLowerCase()).not.toContain('planted');
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await isSo()) return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error('it did not happen in 20 s');
}

describe('one trace', () => {
  test('R84: from the browser to the mail, under Deno', async () => {
    const portal = await startProcess({ DATA_DIR: folder, DEMO: '0', MFA_REQUIRED_ROLES: '', ...settings() });
    expect(await register(portal.url, traceOf('a'))).toBeLessThan(300);
    await until(async () => (await mailbox(portal.url, ADDRESS)).length > 0);
    // What has not been exported yet is exported when it stops.
    await portal.stop();
    expectTrace(traceOf('a'), ['POST /api/v1/auth/register', 'INSERT', 'process notification.deliver', 'send email']);
  }, 60_000);

  test.skipIf(databaseUrl === undefined || redisUrl === undefined)(
    `R84: from the browser over QStash to the mail, on workerd${needsPostgres}${needsRedis}`,
    async () => {
      const database = await freshDatabase({ migrated: false });
      const edge = await startEdge({
        ...{ port: await freePort(), databaseUrl: database.url, redisUrl: redisUrl ?? '' },
        cloudPorts: { neon: 0, upstash: 0, qstash: 0, sendgrid: 0 },
        secretsFolder: `${folder}/keys`,
        variables: { MFA_REQUIRED_ROLES: '', FILE_SCANNER: 'none', ...settings() },
      });
      try {
        expect(await register(edge.url, traceOf('b'))).toBeLessThan(300);
        await until(async () => {
          await edge.cloud.qstash.advance(0);
          const isSent = collector.spans.some((span) => span.name === 'send email' && span.traceId === traceOf('b'));
          return isSent && (await edge.cloud.sendgrid.mailbox(ADDRESS)).length > 0;
        });
      } finally {
        await edge.stop();
        await database.drop();
      }
      expectTrace(traceOf('b'), [
        ...['POST /api/v1/auth/register', 'redis', 'INSERT', 'publish qstash'],
        ...['POST /api/v1/callbacks/qstash/{topic}', 'process notification.deliver', 'send email'],
      ]);
    },
    90_000,
  );
});
