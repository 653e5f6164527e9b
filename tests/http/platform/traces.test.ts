/** What traces say of requests and jobs, and what they never say. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SqlDriver } from '../../../adapters/postgres/driver/driver.ts';
import { toFault } from '../../../adapters/postgres/driver/fault.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { testDatabase } from '../../support/test-database.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = (isSampled: boolean, traceId = TRACE) => `00-${traceId}-00f067aa0ba902b7-0${isSampled ? 1 : 0}`;

let collector: OtlpReceiver;
let portal: Portal;
let isBroken = false;

beforeAll(async () => {
  collector = await startOtlpReceiver();
  const { driver } = await testDatabase();
  const run: SqlDriver['run'] = async (statements, mode, bounds) => {
    if (isBroken) throw toFault(Object.assign(new Error('value PLANTED of a row'), { code: '22012' }), mode);
    return driver.run(statements, mode, bounds);
  };
  portal = await startPortal({
    driver: { ...driver, run },
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20collector-token',
      TRACE_SAMPLE_RATIO: '0',
      LOG_LEVEL: 'info',
    },
  });
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
const lines: string[] = [];
beforeEach(async () => {
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  collector.answer(200);
  isBroken = false;
  await portal.deps.tracer.flush();
  collector.spans.length = 0;
  collector.bodies.length = 0;
  lines.length = 0;
});
afterAll(async () => {
  vi.restoreAllMocks();
  await portal.close();
  await collector.close();
});

const register = (name: string, parent: string) =>
  portal.request('POST', '/api/v1/auth/register', {
    headers: { traceparent: parent, 'User-Agent': 'PLANTED-agent' },
    body: {
      ...{ email: `${name}@example.org`, password: PASSWORD, firstName: 'Planted', lastName: 'Word' },
      ...{ dateOfBirth: '1990-04-23', timezone: 'UTC', language: 'en' },
    },
  });

describe('a trace', () => {
  test('R84: follows a registration from the browser over the outbox to the mail, without a word that anybody typed', async () => {
    expect((await register('planted-address', traceparent(true))).status).toBeLessThan(300);
    await portal.mails();
    await portal.deps.tracer.flush();
    const tree = collector.tree(TRACE);
    process.stdout.write(`${tree}\n`);
    const inOrder = ['POST /api/v1/auth/register', 'INSERT', 'process notification.deliver', 'deliver delivery.email'];
    const places = [...inOrder, 'send email'].map((name) => tree.indexOf(name));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBe(0);
    const named = (name: string) => collector.spans.find((span) => span.name === name && span.traceId === TRACE);
    // The queue hop is a link besides.
    const request = named('POST /api/v1/auth/register');
    expect(request?.parentSpanId).toBe('00f067aa0ba902b7');
    expect(named('process notification.deliver')?.links).toMatchObject([{ traceId: TRACE, spanId: request?.spanId }]);
    expect(request?.resource).toMatchObject({ 'service.name': 'patient-portal' });
    expect(collector.headers.at(-1)).toMatchObject({ authorization: 'Bearer collector-token' });
    const text = collector.bodies.join().toLowerCase();
    for (const word of ['planted', PASSWORD, '203.0.113.7', '1990-04-23'])
      expect(text).not.toContain(word.toLowerCase());
    expect(text).toMatch(/insert[^"]* users/);
  });

  test('the log names the trace besides the request, also where nobody has sent one', async () => {
    await portal.request('GET', '/health', {
      headers: { traceparent: traceparent(true), 'X-Request-Id': 'mine-0001' },
    });
    await portal.request('GET', '/health');
    await portal.request('GET', '/health', {
      headers: { traceparent: '00-00000000000000000000000000000000-00f067aa0ba902b7-01' },
    });
    const [given, made, wrong] = lines.map((line) => JSON.parse(line) as Record<string, string>);
    expect(given).toMatchObject({ requestId: 'mine-0001', traceId: TRACE });
    expect(made?.traceId).toBe(made?.requestId?.replaceAll('-', ''));
    expect(wrong?.traceId).toMatch(/^[0-9a-f]*[1-9a-f][0-9a-f]*$/);
  });

  test('what the caller has not sampled is not exported, unless it fails', async () => {
    await portal.request('GET', '/api/v1/legal/documents', { headers: { traceparent: traceparent(false) } });
    await portal.deps.tracer.flush();
    expect(collector.spans).toEqual([]);
    isBroken = true;
    const token = await portal.signIn('nobody@example.org').catch(() => undefined);
    expect(token).toBeUndefined();
    isBroken = false;
    await portal.deps.tracer.flush();
    const [request] = collector.spans.filter(({ name }) => name === 'POST /api/v1/auth/login');
    expect(request).toMatchObject({ status: 2, attributes: { 'http.response.status_code': 500 } });
    expect(collector.spans.filter(({ parentSpanId }) => parentSpanId === request?.spanId).length).toBeGreaterThan(0);
    expect(collector.bodies.join()).not.toContain('PLANTED');
  });

  test('a reminder of another day is linked to what planned it, and is not in its trace', async () => {
    const { tracer } = portal.deps;
    const { causeOf } = await import('../../../src/app/job-spans.ts');
    const id = '0195571e-5c00-7000-8000-000000000000' as never;
    const made = 0x0195571e5c00;
    const job = { id, topic: 'delivery.email', traceParent: traceparent(true) };
    expect(causeOf({ ...job, notBefore: made })).toBe(job.traceParent);
    expect(causeOf({ ...job, notBefore: made + 86_400_000 })).toBeUndefined();
    expect(tracer.current()).toBeUndefined();
  });
});

describe('a collector that does not work', () => {
  test.each([503, 400] as const)(
    'R57: requests are served when it answers %i, and what was lost is counted',
    async (status) => {
      collector.answer(status);
      expect((await portal.request('GET', '/health', { headers: { traceparent: traceparent(true) } })).status).toBe(
        200,
      );
      await portal.deps.tracer.flush();
      collector.answer(200);
      await portal.deps.tracer.flush();
      // Refused ones are dropped; others are sent again.
      expect(collector.spans.map(({ name }) => name)).toEqual(status === 503 ? ['GET /health'] : []);
      const { text } = await portal.platform.exposeMetrics();
      expect(text.includes('portal_trace_spans_dropped_total{reason="refused"} 1')).toBe(status === 400);
    },
  );

  test('R57: only so many spans wait for one that is away; the others are dropped and counted', async () => {
    collector.answer(503);
    for (let n = 0; n < 4; n++) {
      for (let span = 0; span < 1_100; span++) {
        await portal.deps.tracer.span('step', { kind: 'internal', parent: traceparent(true) }, async () => {});
      }
    }
    await portal.deps.tracer.flush();
    const { text } = await portal.platform.exposeMetrics();
    expect(text).toContain('portal_trace_spans_dropped_total{reason="queue_full"} 304');
    collector.answer(200);
    await portal.deps.tracer.flush();
    expect(collector.spans).toHaveLength(4_096);
  });
});
