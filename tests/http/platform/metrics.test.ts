/** `/metrics`: who may read it, and what it says of requests. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/app/limits.ts';
import { METRICS } from '../../../src/app/metrics.ts';
import { type Portal, startPortal } from '../../support/portal.ts';
import { sampleOf } from '../../support/samples.ts';

const TOKEN = 'scraper-token-of-32-characters--';
let portal: Portal;
beforeAll(async () => {
  portal = await startPortal({ environment: { METRICS_TOKEN: TOKEN, RATE_LIMIT_FACTOR: '1' } });
});
afterAll(() => portal.close());

const scrape = () => portal.request('GET', '/metrics', { token: TOKEN });
const sample = async (name: string, labels?: Record<string, string>) =>
  sampleOf((await scrape()).body as string, name, labels);

describe('who may read the metrics', () => {
  test('an administrator may, and who has METRICS_TOKEN; nobody else', async () => {
    const admin = await portal.signIn((await portal.person('admin', 'adam')).email);
    const staff = await portal.signIn((await portal.person('staff', 'stella')).email);
    const statusOf = async (token?: string) => (await portal.request('GET', '/metrics', { token })).status;
    expect(await statusOf(TOKEN)).toBe(200);
    expect(await statusOf(admin)).toBe(200);
    expect(await statusOf(staff)).toBe(403);
    expect(await statusOf()).toBe(401);
    for (const wrong of [`${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase(), 'undefined'])
      expect(await statusOf(wrong)).toBe(401);
  });

  test('without METRICS_TOKEN no token is accepted', async () => {
    const closed = await startPortal();
    for (const token of [TOKEN, 'undefined', ''])
      expect((await closed.request('GET', '/metrics', { token })).status).toBe(401);
    await closed.close();
  });

  test('the token opens nothing else', async () => {
    expect((await portal.request('GET', '/api/v1/admin/queues', { token: TOKEN })).status).toBe(401);
  });

  test('guesses of the token are limited by address, and the scraper is not', async () => {
    const from = '198.51.100.9';
    const guesses = await Promise.all(
      Array.from({ length: LIMITS.anonymous.limit + 20 }, (_, at) =>
        portal.request('GET', '/metrics', { token: `guess-${at}`, from }),
      ),
    );
    expect(guesses.filter(({ status }) => status === 429).length).toBe(20);
    expect((await portal.request('GET', '/metrics', { token: TOKEN, from })).status).toBe(200);
  });
});

describe('what the metrics say', () => {
  test('it is the text format, with the help and the type of every metric', async () => {
    const { headers, body } = await scrape();
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8$/);
    expect(headers.get('cache-control')).toBe('no-store');
    for (const [name, { kind }] of Object.entries(METRICS)) expect(body).toContain(`# TYPE ${name} ${kind}\n`);
  });

  test('R84: requests are counted by template and class of status, and never by what somebody typed', async () => {
    const asked = { method: 'GET', route: '/api/v1/appointments/{id}', status: '4xx' };
    const before = (await sample('portal_http_requests_total', asked)) ?? 0;
    await portal.request('GET', '/api/v1/appointments/019a0000-0000-7000-8000-0000000000aa');
    await portal.request('GET', '/PLANTED/path');
    expect(await sample('portal_http_requests_total', asked)).toBe(before + 1);
    const { status: _, ...route } = asked;
    expect(await sample('portal_http_request_duration_seconds_count', route)).toBe(before + 1);
    expect(await sample('portal_http_requests_total', { route: 'unmatched', status: '4xx' })).toBeGreaterThan(0);
    const { body } = await scrape();
    for (const word of ['PLANTED', '019a0000']) expect(body).not.toContain(word);
  });
});
