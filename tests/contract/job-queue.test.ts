import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { qstashQueue } from '../../adapters/upstash/queue.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { serve } from '../../tools/cloud/http.ts';
import { startQStash } from '../../tools/cloud/qstash.ts';
import { startDestination } from '../tools/destination.ts';
import { describeJobQueue } from './job-queue.contract.ts';

const token = 'a-token-for-tests';
const signingKeys = { current: 'sig_current_key_of_the_tests', next: 'sig_next_key_of_the_tests' };
const clock = { now: () => Date.now() };

// The vendor's client also prints its failures; the tests check what is thrown.
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

describeJobQueue('QStash', async () => {
  const server = await startQStash({ token, signingKeys, automatic: false, requiresFlowControl: true });
  const destination = await startDestination();
  let passedSeconds = 0;
  return {
    queue: qstashQueue(
      {
        ...{ url: server.url, token, publicUrl: `${destination.url}/`, timeoutMilliseconds: 1000 },
        rates: { 'delivery.sms': 60 },
      },
      clock,
    ),
    now: () => Date.now() + passedSeconds * 1000,
    async pass(seconds) {
      passedSeconds += seconds;
      const before = destination.received.length;
      await server.advance(seconds);
      return destination.received.slice(before).map(({ path, body }) => {
        const { id } = JSON.parse(body);
        return { id, topic: path.replace('/api/v1/callbacks/qstash/', '') };
      });
    },
    hang: server.stall,
    async stop() {
      await server.close();
      destination.close();
    },
  };
});

describe('QStash queue', () => {
  const job = (id: string) => ({ id, topic: 'reminder', notBefore: 0, priority: 5 });
  const queueAt = (url: string) => qstashQueue({ url, token, publicUrl: 'https://portal.example.org' }, clock);

  test('QStash only gets the id, in one request, with three retries', async () => {
    const requests: { readonly target: string; readonly body: string }[] = [];
    const server = await serve('QStash', async ({ target, body }) => {
      requests.push({ target, body });
      return { status: 200, json: JSON.parse(body).map((_: unknown, i: number) => ({ messageId: `msg_${i}` })) };
    });
    await queueAt(server.url).publish([job('1'), { ...job('2'), notBefore: 4_000_000_000_001 }]);
    expect(requests.map(({ target }) => target)).toEqual(['/v2/batch']);
    const destination = 'https://portal.example.org/api/v1/callbacks/qstash/reminder';
    const headers = {
      ...{ 'content-type': 'application/json', 'upstash-method': 'POST', 'upstash-retries': '3' },
      'upstash-flow-control-key': 'portal.example.org.reminder',
      'upstash-flow-control-value': 'parallelism=10',
    };
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual([
      { destination, body: '{"id":"1"}', headers: { ...headers, 'upstash-deduplication-id': '1-0' } },
      {
        destination,
        body: '{"id":"2"}',
        headers: { ...headers, 'upstash-deduplication-id': '2-4000000000001', 'upstash-not-before': '4000000001' },
      },
    ]);
    await server.close();
  });

  test('flow control is by topic, at the rate of the topic, and apart for what is urgent', async () => {
    const told: unknown[] = [];
    const server = await serve('QStash', async ({ body }) => {
      const messages: { readonly headers: Readonly<Record<string, string>> }[] = JSON.parse(body);
      for (const { headers } of messages)
        told.push([headers['upstash-flow-control-key'], headers['upstash-flow-control-value']]);
      return { status: 200, json: messages.map((_, i) => ({ messageId: `msg_${i}` })) };
    });
    const rates = { 'delivery.sms': 60, 'delivery.email': 100 };
    const queue = qstashQueue(
      { url: server.url, token, publicUrl: 'https://portal.example.org:8443/', rates, parallelism: 3 },
      clock,
    );
    const of = (topic: string, priority: number) => ({ ...job(`${topic}-${priority}`), topic, priority });
    await queue.publish([
      of('delivery.sms', 6),
      of('delivery.sms', 2),
      of('delivery.email', 3),
      of('notification.deliver', 1),
      of('notification.deliver', 6),
    ]);
    const host = 'portal.example.org-8443';
    expect(told).toEqual([
      [`${host}.delivery.sms`, 'parallelism=3, rate=10, period=10s'],
      [`${host}.delivery.sms.urgent`, 'parallelism=3'],
      [`${host}.delivery.email`, 'parallelism=3, rate=100, period=60s'],
      [`${host}.notification.deliver.urgent`, 'parallelism=3'],
      [`${host}.notification.deliver`, 'parallelism=3'],
    ]);
    await server.close();
  });

  test.each([
    ['refuses the token', { status: 401, json: { error: 'unauthenticated' } }],
    ['limits the rate', { status: 429, json: { error: 'too many' } }],
    ['is broken', { status: 500 }],
    ['answers nonsense', { status: 200 }],
    ['accepts only a part', { status: 200, json: [{ messageId: 'msg_1' }, { error: 'no' }] }],
    ['forgets one', { status: 200, json: [{ messageId: 'msg_1' }] }],
  ])('a QStash that %s is unavailable', async (_, reply) => {
    const server = await serve('QStash', async () => reply);
    await expect(queueAt(server.url).publish([job('1'), job('2')])).rejects.toBeInstanceOf(Unavailable);
    await server.close();
  });

  test('a QStash that cannot be reached is unavailable', async () => {
    await expect(queueAt('http://127.0.0.1:1').publish([job('1')])).rejects.toBeInstanceOf(Unavailable);
  });

  test('R47: QSTASH_DEV in the environment does not send jobs elsewhere', async () => {
    vi.stubEnv('QSTASH_DEV', 'true');
    const server = await startQStash({ token, signingKeys, automatic: false });
    await queueAt(server.url).publish([job('1')]);
    expect(server.pending()).toHaveLength(1);
    await server.close();
    vi.unstubAllEnvs();
  });
});
