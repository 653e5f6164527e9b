/** What the log says of requests and failures, and what it never says. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SqlDriver } from '../../../adapters/postgres/driver/driver.ts';
import { toFault } from '../../../adapters/postgres/driver/fault.ts';
import { raw } from '../../../adapters/postgres/driver/sql.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { createLog, describeFailure, type LogLine } from '../../../src/app/log.ts';
import { readable } from '../../../src/log-sink.ts';
import { NOON, PASSWORD, startPortal } from '../../support/portal.ts';
import { testDatabase } from '../../support/test-database.ts';

const lines: string[] = [];
const logged = () => lines.map((line) => JSON.parse(line) as LogLine);
const events = (event: string) => logged().filter((line) => line.event === event);

beforeEach(() => {
  lines.length = 0;
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(line));
  }
});
afterEach(() => vi.restoreAllMocks());

/** A database that can be told to fail as a server would, with a message that quotes a value. */
async function breakable() {
  const { driver } = await testDatabase();
  let code: string | undefined;
  const run: SqlDriver['run'] = async (statements, mode, bounds) => {
    if (code === undefined) return driver.run(statements, mode, bounds);
    throw toFault(Object.assign(new Error('value PLANTED-message of a row'), { code }), mode);
  };
  const breakWith = (state: string | undefined) => {
    code = state;
  };
  return { driver: { ...driver, run }, breakWith };
}

describe('the request log', () => {
  test('R84: one line a request with its route template, and nothing that anybody typed', async () => {
    const portal = await startPortal({ environment: { LOG_LEVEL: 'info' } });
    const { email } = await portal.person('patient', 'planted-name');
    const token = await portal.signIn(email);
    lines.length = 0;
    const secret = 'PLANTED0123456789abcdef';
    await portal.request('GET', '/api/v1/users/me', { token, headers: { 'User-Agent': 'PLANTED-agent' } });
    await portal.request('GET', `/api/v1/calendar/${secret}.ics`);
    await portal.request('GET', `/api/v1/appointments/019a0000-0000-7000-8000-0000000000aa?x=PLANTED`, { token });
    await portal.request('GET', '/PLANTED/path');
    await portal.request('POST', '/api/v1/auth/login', {
      body: { email: 'planted@example.org', password: 'PLANTED-1' },
    });
    await portal.request('POST', '/api/v1/auth/login', { body: { email, password: PASSWORD } });

    expect(logged().map(({ event }) => event)).toEqual(Array.from({ length: 6 }, () => 'request'));
    const [me, feed, , nowhere] = logged();
    expect(me).toMatchObject({ level: 'info', method: 'GET', route: '/api/v1/users/me', status: 200, trips: 2 });
    expect(me?.time).toMatch(/^2026-03-02T12:00/);
    expect(me?.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(feed).toMatchObject({ route: '/api/v1/calendar/{secret}.ics', status: 404 });
    expect(nowhere).toMatchObject({ route: 'unmatched', status: 404 });
    const text = lines.join('\n').toLowerCase();
    for (const word of ['planted', token, PASSWORD, '019a0000', '203.0.113.7'])
      expect(text).not.toContain(word.toLowerCase());
    await portal.close();
  });

  test('R84: LOG_LEVEL=error leaves only failures', async () => {
    const portal = await startPortal({ environment: { LOG_LEVEL: 'error' } });
    await portal.request('GET', '/health');
    expect(lines).toEqual([]);
    await portal.close();
  });
});

describe('the causes of failures', () => {
  test('R84: each 503 and 500 is logged with its SQLSTATE and class, and never with the database’s words', async () => {
    const { driver, breakWith } = await breakable();
    const portal = await startPortal({ driver });
    const token = await portal.signIn((await portal.person('patient', 'paula')).email);
    for (const [code, status, told] of [
      ['53100', 503, { event: 'request_failed', dependency: 'database', reason: 'disk_full', code: '53100' }],
      ['55P03', 503, { event: 'request_failed', dependency: 'database', reason: 'locked', code: '55P03' }],
      [
        'ECONNRESET',
        503,
        { event: 'request_failed', dependency: 'database', reason: 'unreachable', code: 'ECONNRESET' },
      ],
      ['22012', 500, { event: 'bug', name: 'SqlError', code: '22012' }],
    ] as const) {
      lines.length = 0;
      breakWith(code);
      expect((await portal.request('GET', '/api/v1/doctors', { token })).status, code).toBe(status);
      expect(logged(), code).toMatchObject([{ level: 'error', method: 'GET', route: '/api/v1/doctors', ...told }]);
      expect(lines.join(), code).not.toContain('PLANTED');
      breakWith(undefined);
    }
    await portal.close();
  });

  test('R84: a job that fails says why, and what it handled stays out', async () => {
    const { driver, breakWith } = await breakable();
    const portal = await startPortal({ driver });
    breakWith('53100');
    await portal.platform.jobs.everyMinute();
    expect(events('regular_work_failed')).toMatchObject(
      [
        'revive',
        'seal',
        'detect',
        'verify',
        'retention',
        'files',
        'avatars',
        'logo',
        'index_people',
        'suppressions',
        // Others come after them: of one cause ten lines a minute are written.
      ].map((work) => ({
        work,
        dependency: 'database',
        reason: 'disk_full',
        code: '53100',
      })),
    );
    expect(lines.join()).not.toContain('PLANTED');
    breakWith(undefined);
    await portal.close();
  });

  test('R84: of one cause ten lines a minute are written, and the rest is counted', () => {
    const told: LogLine[] = [];
    let now = NOON;
    const log = createLog({ level: 'info', clock: { now: () => now }, sink: (line) => void told.push(line) });
    const full = new Unavailable('database', { reason: 'disk_full', cause: { code: '53100' } });
    for (let count = 0; count < 1_000; count++) log.failure('request_failed', full, { requestId: String(count) });
    log.failure('request_failed', new Unavailable('redis'));
    expect(told).toHaveLength(11);
    now += 60_000;
    log.failure('request_failed', full);
    expect(told.at(-1)).toMatchObject({ reason: 'disk_full', suppressed: 990 });
  });

  test('R84: only what looks like a code or a class is taken from an error', () => {
    const odd = Object.assign(new Error('PLANTED'), {
      name: 'PLANTED secret',
      code: 'PLANTED text',
      cause: { code: 'ENOSPC' },
    });
    odd.stack = 'PLANTED\n    at somewhere (file.ts:1:1)';
    expect(describeFailure(odd)).toEqual({
      name: 'unknown',
      code: 'ENOSPC',
      constraint: undefined,
      stack: ['    at somewhere (file.ts:1:1)'],
    });
  });

  test.each([
    ['SELECT * FROM nowhere', '42P01', 'relation nowhere'],
    ['SELECT nothing FROM users', '42703', 'column nothing'],
    [`UPDATE users SET nothing = 'PLANTED'`, '42703', 'column users.nothing'],
    [`SELECT nothing('PLANTED')`, '42883', 'function nothing'],
  ])('R84: what a foreign schema lacks is named, and no value: %s', async (statement, code, missing) => {
    const { driver } = await testDatabase();
    const failed = await driver.run([raw(statement)], 'write').catch((error: unknown) => error);
    const told: LogLine[] = [];
    const log = createLog({ level: 'error', clock: { now: () => NOON }, sink: (line) => void told.push(line) });
    log.failure('request_failed', failed, { method: 'GET', route: '/api/v1/users' });
    expect(told).toMatchObject([{ level: 'error', dependency: 'database', reason: 'foreign_schema', code, missing }]);
    expect(JSON.stringify(told)).not.toContain('PLANTED');
    await driver.close();
  });

  test('people at a terminal read lines', () => {
    const line: LogLine = {
      time: '2026-03-02T12:00:05.000Z',
      level: 'info',
      event: 'request',
      method: 'GET',
      route: '/health',
      status: 200,
      ms: 3,
      trips: 0,
    };
    expect(readable(line)).toBe('12:00:05 GET /health 200 3 ms, 0 round trips');
    expect(readable({ time: line.time, level: 'error', event: 'request_failed', code: '53100' })).toBe(
      '12:00:05 error request_failed code=53100',
    );
  });
});
