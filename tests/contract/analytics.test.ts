/** Metrics in Analytics Engine: what is written, and how the traffic is read. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyticsMetrics } from '../../adapters/analytics/data-points.ts';
import { analyticsTraffic } from '../../adapters/analytics/traffic-source.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { METRICS } from '../../src/app/metrics.ts';

interface Point {
  readonly indexes: readonly string[];
  readonly blobs: readonly string[];
  readonly doubles: readonly number[];
}

describe('data points', () => {
  test('have the name as index, and the values of the labels in the order of their names', () => {
    const points: Point[] = [];
    const metrics = analyticsMetrics<typeof METRICS>({ writeDataPoint: (point) => void points.push(point) });
    metrics.count('portal_http_requests_total', { status: '2xx', route: '/health', method: 'GET' });
    metrics.observe('portal_http_request_duration_seconds', { route: '/health', method: 'GET' }, 0.25);
    expect(points).toEqual([
      { indexes: ['portal_http_requests_total'], blobs: ['GET', '/health', '2xx'], doubles: [1] },
      { indexes: ['portal_http_request_duration_seconds'], blobs: ['GET', '/health'], doubles: [0.25] },
    ]);
  });

  test('stay below the 250 of one invocation, and a failure reaches nobody', () => {
    let written = 0;
    const metrics = analyticsMetrics<typeof METRICS>({
      writeDataPoint() {
        written += 1;
        throw new Error('no context');
      },
    });
    for (let n = 0; n < 1000; n++) metrics.count('portal_no_shows_total', {});
    expect(written).toBe(240);
  });

  test('a name fits into an index of 96 bytes, and the labels into 20 blobs', () => {
    for (const [name, { labels }] of Object.entries(METRICS)) {
      expect(name.length, name).toBeLessThanOrEqual(96);
      expect(labels.length, name).toBeLessThanOrEqual(20);
    }
  });
});

describe('the traffic of all isolates', () => {
  let server: Server;
  let endpoint: string;
  const asked: { readonly url: string; readonly authorization: string; readonly query: string }[] = [];
  let status = 200;
  beforeAll(async () => {
    server = createServer((request, response) => {
      let query = '';
      request.on('data', (chunk) => {
        query += chunk;
      });
      request.on('end', () => {
        asked.push({ url: request.url ?? '', authorization: request.headers.authorization ?? '', query });
        const data = query.includes('quantileExactWeighted')
          ? [{ p50: 0.04, p95: 0.2, p99: 0.9 }]
          : [
              { status: '2xx', requests: '900' },
              { status: '4xx', requests: 90 },
              { status: '5xx', requests: 10 },
            ];
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ data }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/client/v4`;
  });
  afterAll(() => void server.close());
  const source = () =>
    analyticsTraffic({ endpoint, accountId: 'a'.repeat(32), token: 'token-of-tests', dataset: 'd1' });

  test('is asked by SQL that weighs what was sampled', async () => {
    expect(await source().read(5)).toEqual({
      ...{ minutes: 5, requests: 1000, clientErrors: 90, serverErrors: 10 },
      latencySeconds: { p50: 0.04, p95: 0.2, p99: 0.9 },
    });
    expect(asked.map(({ url }) => url)).toEqual(
      Array(2).fill(`/client/v4/accounts/${'a'.repeat(32)}/analytics_engine/sql`),
    );
    for (const { query, authorization } of asked) {
      expect(authorization).toBe('Bearer token-of-tests');
      expect(query).toContain('_sample_interval');
      expect(query).toContain("INTERVAL '5' MINUTE");
      expect(query).toMatch(/FORMAT JSON$/);
      // The names in queries are those that are written.
      for (const [, name = ''] of query.matchAll(/index1 = '([^']+)'/g)) expect(Object.keys(METRICS)).toContain(name);
    }
  });

  test('a refusal is an outage of the store, without the token', async () => {
    status = 403;
    const failed = await source()
      .read(5)
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Unavailable);
    expect(String((failed as Unavailable).cause)).not.toContain('token-of-tests');
  });
});
