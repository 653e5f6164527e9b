import { Client, Receiver } from '@upstash/qstash';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type QStashServer, startQStash } from '../../tools/cloud/qstash.ts';
import { type Destination, startDestination } from './destination.ts';

const token = 'a-token-for-tests';
const signingKeys = { current: 'sig_current_key_of_the_tests', next: 'sig_next_key_of_the_tests' };
const DAY = 86_400;

describe('QStash stand-in, asked by the vendor’s client', () => {
  let server: QStashServer;
  let destination: Destination;
  let client: Client;

  beforeEach(async () => {
    server = await startQStash({ token, signingKeys, automatic: false });
    destination = await startDestination();
    client = new Client({ baseUrl: server.url, token, devMode: false, retry: false, enableTelemetry: false });
    // The client prints each refusal; the tests look at the error it throws.
    vi.spyOn(console, 'error').mockImplementation(() => {});
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await server.close();
    destination.close();
  });

  const inDays = (days: number) => Math.floor(Date.now() / 1000) + days * DAY;

  test('a message arrives with method, path, body, content type and forwarded headers', async () => {
    const url = `${destination.url}/api/jobs?topic=reminder&x=1`;
    await client.publishJSON({ url, body: { id: 'job-1' }, headers: { 'X-Kind': 'reminder' } });
    const [delivery] = await server.advance(0);
    expect(delivery).toMatchObject({ url, retried: 0, status: 200, outcome: 'delivered' });
    const [received] = destination.received;
    expect(received).toMatchObject({ method: 'POST', path: '/api/jobs?topic=reminder&x=1', body: '{"id":"job-1"}' });
    expect(received?.headers.get('content-type')).toBe('application/json');
    expect(received?.headers.get('x-kind')).toBe('reminder');
    expect(received?.headers.get('upstash-message-id')).toBe(delivery?.messageId);
    expect(received?.headers.get('upstash-retried')).toBe('0');
  });

  test('R47: the signature is accepted by the vendor’s receiver, and by it alone for this body and URL', async () => {
    const url = `${destination.url}/jobs`;
    await client.publishJSON({ url, body: { id: 'ü' } });
    await server.advance(0);
    const signature = destination.received[0]?.headers.get('upstash-signature') ?? '';
    const body = destination.received[0]?.body ?? '';
    const receiver = new Receiver({
      currentSigningKey: signingKeys.current,
      nextSigningKey: signingKeys.next,
      devMode: false,
    });
    expect(await receiver.verify({ signature, body, url })).toBe(true);
    await expect(receiver.verify({ signature, body: `${body} `, url })).rejects.toThrow('body hash');
    await expect(receiver.verify({ signature, body, url: `${url}/other` })).rejects.toThrow('invalid subject');
    expect(decodeProtectedHeader(signature)).toEqual({ alg: 'HS256', typ: 'JWT' });
    const claims = decodeJwt(signature);
    expect(claims).toMatchObject({
      iss: 'Upstash',
      sub: url,
      jti: expect.stringMatching(/^jwt_/),
      body: expect.stringMatching(/^[\w-]{43}=$/),
    });
    expect((claims.exp ?? 0) - (claims.nbf ?? 0)).toBe(300);
  });

  test('after a rotation the next key signs', async () => {
    await fetch(`${server.url}/v2/keys/rotate`, { method: 'POST', headers: { Authorization: `Bearer ${token}` } });
    expect(server.signingKeys().current).toBe(signingKeys.next);
    await client.publish({ url: `${destination.url}/`, body: '{}' });
    await server.advance(0);
    const signature = destination.received[0]?.headers.get('upstash-signature') ?? '';
    const receiver = new Receiver({
      currentSigningKey: signingKeys.current,
      nextSigningKey: signingKeys.next,
      devMode: false,
    });
    expect(await receiver.verify({ signature, body: '{}', url: `${destination.url}/` })).toBe(true);
  });

  test('a delay and a moment in the future are kept, by the delivery clock', async () => {
    await client.publish({ url: `${destination.url}/not-before`, notBefore: inDays(2) });
    await client.publish({ url: `${destination.url}/delay`, delay: '90m' });
    await server.advance(5000);
    expect(destination.received).toHaveLength(0);
    await server.advance(500);
    await server.advance(2 * DAY);
    expect(destination.received.map(({ path }) => path)).toEqual(['/delay', '/not-before']);
  });

  test('a delay beyond the plan is refused', async () => {
    await expect(client.publish({ url: destination.url, notBefore: inDays(8) })).rejects.toMatchObject({ status: 400 });
    expect(server.pending()).toHaveLength(0);
  });

  test('a batch is delivered in order of time; one bad item refuses all of it', async () => {
    const replies = await client.batchJSON([
      { url: `${destination.url}/later`, body: { id: 1 }, delay: 60 },
      { url: `${destination.url}/now`, body: { id: 2 } },
    ]);
    expect(replies).toEqual([
      expect.objectContaining({ messageId: expect.any(String) }),
      expect.objectContaining({ url: `${destination.url}/now` }),
    ]);
    await server.advance(120);
    expect(destination.received.map(({ path, body }) => path + body)).toEqual(['/now{"id":2}', '/later{"id":1}']);
    await expect(client.batchJSON([{ url: `${destination.url}/good` }, { url: 'ftp://bad' }])).rejects.toMatchObject({
      status: 400,
    });
    expect(server.pending()).toHaveLength(0);
  });

  test('a deduplication id counts for ten minutes', async () => {
    const publish = () => client.publish({ url: destination.url, deduplicationId: 'job-1' });
    const first = await publish();
    const again = await publish();
    expect(again).toMatchObject({ messageId: first.messageId, deduplicated: true });
    await server.advance(660);
    expect(destination.received).toHaveLength(1);
    expect(await publish()).not.toHaveProperty('deduplicated');
  });

  test('R48: a failing destination is tried again with growing pauses, then the message is a dead letter', async () => {
    destination.answers.push({ status: 500 }, { status: 404 }, { status: 302 });
    const { messageId } = await client.publish({ url: destination.url, retries: 2, body: 'x' });
    await server.advance(0);
    await server.advance(10);
    expect(destination.received).toHaveLength(1);
    await server.advance(5);
    expect(destination.received).toHaveLength(2);
    await server.advance(100);
    expect(destination.received).toHaveLength(2);
    await server.advance(60);
    expect(destination.received.map(({ headers }) => headers.get('upstash-retried'))).toEqual(['0', '1', '2']);
    const { messages } = await client.dlq.listMessages();
    expect(messages).toEqual([expect.objectContaining({ messageId, responseStatus: 302, body: 'x' })]);
  });

  test('one long move of the clock keeps the pauses between the attempts', async () => {
    destination.answers.push({ status: 500 }, { status: 500 });
    await client.publish({ url: destination.url });
    await server.advance(150);
    expect(destination.received).toHaveLength(2);
    await server.advance(20);
    expect(destination.received).toHaveLength(3);
  });

  test('a destination chooses the pause with Retry-After', async () => {
    destination.answers.push({ status: 503, headers: { 'Retry-After': '3' } });
    await client.publish({ url: destination.url });
    await server.advance(0);
    await server.advance(4);
    expect(server.history().map(({ outcome }) => outcome)).toEqual(['retrying', 'delivered']);
  });

  test('R48: 489 with the non-retryable header goes straight to the dead letters, and alone it does not', async () => {
    destination.answers.push({ status: 489, headers: { 'Upstash-NonRetryable-Error': 'true' } }, { status: 489 });
    await client.publish({ url: `${destination.url}/never` });
    await client.publish({ url: `${destination.url}/again` });
    await server.advance(60);
    expect(server.history().map(({ outcome }) => outcome)).toEqual(['dead', 'retrying', 'delivered']);
  });

  test('a destination that cannot be reached counts as a failure', async () => {
    await client.publish({ url: 'http://127.0.0.1:1/', retries: 0 });
    await server.advance(0);
    expect(server.deadLetters()[0]?.answer.status).toBe(0);
  });

  test('a dead letter calls back, signed for the callback’s URL', async () => {
    const failureCallback = `${destination.url}/failed`;
    destination.answers.push({ status: 500, body: 'broken' });
    const { messageId } = await client.publishJSON({
      url: `${destination.url}/job`,
      body: { id: 1 },
      retries: 0,
      failureCallback,
    });
    await server.advance(1);
    const [, callback] = destination.received;
    const report = JSON.parse(callback?.body ?? '{}');
    expect(report).toMatchObject({
      status: 500,
      retried: 0,
      maxRetries: 0,
      sourceMessageId: messageId,
      url: `${destination.url}/job`,
    });
    expect(atob(report.body)).toBe('broken');
    expect(atob(report.sourceBody)).toBe('{"id":1}');
    expect(report.dlqId).toBe(server.deadLetters()[0]?.dlqId);
    const receiver = new Receiver({
      currentSigningKey: signingKeys.current,
      nextSigningKey: signingKeys.next,
      devMode: false,
    });
    const signature = callback?.headers.get('upstash-signature') ?? '';
    expect(await receiver.verify({ signature, body: callback?.body ?? '', url: failureCallback })).toBe(true);
  });

  test('dead letters can be read, retried and deleted', async () => {
    destination.answers.push({ status: 500 }, { status: 500 });
    await client.publish({ url: `${destination.url}/1`, retries: 0 });
    await client.publish({ url: `${destination.url}/2`, retries: 0 });
    await server.advance(0);
    const [first, second] = (await client.dlq.listMessages()).messages;
    await client.dlq.delete(first?.dlqId ?? '');
    await client.dlq.retry(second?.dlqId ?? '');
    expect((await client.dlq.listMessages()).messages).toEqual([]);
    await server.advance(0);
    expect(destination.received.map(({ path }) => path)).toEqual(['/1', '/2', '/2']);
    await expect(client.dlq.delete('dlq_unknown')).rejects.toMatchObject({ status: 404 });
  });

  test('a message that waits can be seen and cancelled, one that is gone cannot', async () => {
    const { messageId } = await client.publish({ url: destination.url, delay: 60 });
    expect(await client.messages.get(messageId)).toMatchObject({ messageId, url: destination.url });
    await client.messages.delete(messageId);
    await server.advance(120);
    expect(destination.received).toHaveLength(0);
    await expect(client.messages.delete(messageId)).rejects.toMatchObject({ status: 404 });
  });

  test('R48: one message can be delivered several times at once', async () => {
    const { messageId } = await client.publish({ url: destination.url });
    await server.advance(0);
    expect(await server.redeliver(messageId, 5)).toEqual([200, 200, 200, 200, 200]);
    expect(new Set(destination.received.map(({ headers }) => headers.get('upstash-message-id')))).toEqual(
      new Set([messageId]),
    );
    expect(destination.received).toHaveLength(6);
  });

  test('a wrong token is refused', async () => {
    const stranger = new Client({ baseUrl: server.url, token: 'guess', devMode: false, retry: false });
    await expect(stranger.publish({ url: destination.url })).rejects.toMatchObject({ status: 401 });
  });

  test('what is not implemented is refused aloud', async () => {
    await expect(client.publish({ url: destination.url, retryDelay: '1000' })).rejects.toThrow('not implemented');
    await expect(client.publish({ urlGroup: 'a-group' })).rejects.toThrow('invalid destination');
    await expect(client.schedules.list()).rejects.toMatchObject({ status: 404 });
  });

  test('the clock can be moved over HTTP', async () => {
    await client.publish({ url: destination.url, delay: 3600 });
    const reply = await fetch(`${server.url}/__clock/advance`, { method: 'POST', body: '{"seconds": 3601}' });
    expect(await reply.json()).toMatchObject({ deliveries: [{ outcome: 'delivered' }] });
  });

  test('left to itself it delivers as messages fall due', async () => {
    const automatic = await startQStash({ token, signingKeys });
    const publisher = new Client({ baseUrl: automatic.url, token, devMode: false, retry: false });
    await publisher.publish({ url: `${destination.url}/later`, delay: 3600 });
    await publisher.publish({ url: `${destination.url}/now` });
    await expect.poll(() => destination.received.map(({ path }) => path)).toEqual(['/now']);
    await automatic.advance(3600);
    expect(destination.received.map(({ path }) => path)).toEqual(['/now', '/later']);
    await automatic.close();
  });
});
