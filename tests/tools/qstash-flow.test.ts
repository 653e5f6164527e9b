/** Flow control of the stand-in of QStash, asked by the vendor’s client. */
import { Client } from '@upstash/qstash';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serve } from '../../tools/cloud/http.ts';
import { type QStashServer, startQStash } from '../../tools/cloud/qstash.ts';
import { type Destination, startDestination } from './destination.ts';

const token = 'a-token-for-tests';
const signingKeys = { current: 'sig_current_key_of_the_tests', next: 'sig_next_key_of_the_tests' };

describe('QStash stand-in', () => {
  let server: QStashServer;
  let destination: Destination;
  let client: Client;

  beforeEach(async () => {
    server = await startQStash({ token, signingKeys, automatic: false });
    destination = await startDestination();
    client = new Client({ baseUrl: server.url, token, devMode: false, retry: false });
  });
  afterEach(async () => {
    destination.close();
    await server.close();
  });

  test('flow control delivers a key no faster than its rate, and other keys meanwhile', async () => {
    const publish = (path: string, key: string) =>
      client.publish({ url: `${destination.url}/${path}`, flowControl: { key, rate: 2, period: 60 } });
    for (const n of [1, 2, 3, 4, 5]) await publish(`one-${n}`, 'one');
    await publish('other', 'two');
    const received = async (seconds: number) => {
      const before = destination.received.length;
      await server.advance(seconds);
      return destination.received.slice(before).length;
    };
    expect([await received(0), await received(59), await received(2), await received(60)]).toEqual([3, 0, 2, 1]);
  });

  test('flow control delivers no more of a key at a time than its parallelism', async () => {
    const automatic = await startQStash({ token, signingKeys });
    const publisher = new Client({ baseUrl: automatic.url, token, devMode: false, retry: false });
    let [underWay, most, answered] = [0, 0, 0];
    const slow = await serve('slow', async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      answered += 1;
      return { status: 200 };
    });
    const body = Array.from({ length: 12 }, () => ({ url: slow.url, flowControl: { key: 'k', parallelism: 3 } }));
    await publisher.batch(body);
    await expect.poll(() => answered).toBe(12);
    expect(most).toBeLessThanOrEqual(3);
    await automatic.close();
    await slow.close();
  });

  test('flow control that says nothing, or nothing known, is refused', async () => {
    const publish = (headers: Record<string, string>) =>
      fetch(`${server.url}/v2/publish/${destination.url}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, ...headers },
      });
    const refused = [
      { 'Upstash-Flow-Control-Key': 'k' },
      { 'Upstash-Flow-Control-Value': 'rate=1' },
      { 'Upstash-Flow-Control-Key': 'k', 'Upstash-Flow-Control-Value': 'period=10s' },
      { 'Upstash-Flow-Control-Key': 'k', 'Upstash-Flow-Control-Value': 'rate=0' },
      { 'Upstash-Flow-Control-Key': 'k', 'Upstash-Flow-Control-Value': 'rate=1, burst=2' },
    ];
    for (const headers of refused) expect((await publish(headers)).status).toBe(400);
  });
});
