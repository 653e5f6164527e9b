/** What an error tracker is told of bugs: a stand-in receives envelopes of the Sentry protocol. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sentryReports } from '../../../adapters/sentry/error-reports.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { createBugReports } from '../../../src/app/bug-reports.ts';
import { createLog } from '../../../src/app/log.ts';
import { NOON } from '../../support/portal.ts';

let server: Server;
let dsn: string;
const envelopes: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      envelopes.push(`${request.url}\n${Buffer.concat(chunks).toString()}`);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  dsn = `http://0123456789abcdef@127.0.0.1:${(server.address() as AddressInfo).port}/42`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function reporting() {
  const clock = { now: () => NOON };
  const send = sentryReports({ dsn, release: '1.2.3', environment: 'production', runtime: 'deno' });
  const reports = createBugReports(send, clock);
  const log = createLog({ level: 'silent', clock, sink: () => {}, onBug: reports.note });
  return { reports, log };
}

test('R84: a bug is reported with class, code, frames, route and ids, and without a word of its message', async () => {
  const { reports, log } = reporting();
  const error = Object.assign(new TypeError('PLANTED value of Maria Silva'), { code: 'ERR_PLAIN', detail: 'PLANTED' });
  log.failure('bug', error, {
    ...{ requestId: 'request-0001', traceId: 'a'.repeat(32), method: 'GET', route: '/api/v1/users/me' },
    subject: 'PLANTED-field',
  });
  await reports.send();
  expect(envelopes).toHaveLength(1);
  const [path = '', head = '', , event = ''] = envelopes[0]?.split('\n') ?? [];
  expect(path).toMatch(/^\/api\/42\/envelope\//);
  expect(JSON.parse(head)).toHaveProperty('event_id');
  const told = JSON.parse(event);
  expect(told).toMatchObject({
    ...{ level: 'error', release: '1.2.3', environment: 'production' },
    exception: { values: [{ type: 'TypeError', value: 'ERR_PLAIN' }] },
    tags: { event: 'bug', requestId: 'request-0001', traceId: 'a'.repeat(32), route: '/api/v1/users/me' },
  });
  expect(told.exception.values[0].stacktrace.frames.at(-1).filename).toContain('error-reports.test.ts');
  for (const part of ['request', 'user', 'breadcrumbs', 'server_name', 'contexts.request'])
    expect(told).not.toHaveProperty(part);
  expect(envelopes.join()).not.toContain('PLANTED');
});

test('R84: outages are not reported, and of bugs a hundred an hour at most', async () => {
  const { reports, log } = reporting();
  envelopes.length = 0;
  log.failure('request_failed', new Unavailable('database', { reason: 'locked' }));
  await reports.send();
  expect(envelopes).toEqual([]);
  for (let cause = 0; cause < 130; cause++) log.failure(`bug_${cause}`, new Error('x'));
  await reports.send();
  expect(envelopes).toHaveLength(100);
});

test('R57: an error tracker that is away costs nothing but the report', async () => {
  const reports = createBugReports(
    sentryReports({ dsn: 'http://key@127.0.0.1:9/1', release: '1', environment: 'staging', runtime: 'deno' }),
    { now: () => NOON },
  );
  reports.note({ event: 'bug', name: 'Error', stack: [], fields: {} });
  await expect(reports.send()).resolves.toBeUndefined();
});
