/** Metrics of what the clinic does, and the gauges that the database knows. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import type { LogLine } from '../../../src/app/log.ts';
import { COLLECTED } from '../../../src/app/metrics/gauges.ts';
import { exposeEdgeMetrics } from '../../../src/compose/edge-metrics.ts';
import { statementName } from '../../../src/compose/measured-driver.ts';
import { PASSWORD, startPortal } from '../../support/portal.ts';
import { sampleOf, samplesOf } from '../../support/samples.ts';
import { testDatabase } from '../../support/test-database.ts';
import { begunAt, type Clinic, startClinic } from '../scheduling/clinic.ts';

const TOKEN = 'scraper-token-of-32-characters--';
let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic({ environment: { METRICS_TOKEN: TOKEN } });
});
afterAll(() => clinic.portal.close());

async function text(): Promise<string> {
  // The gauges are read again after five seconds.
  clinic.portal.clock.advance(5);
  const { status, body } = await clinic.portal.request('GET', '/metrics', { token: TOKEN });
  expect(status).toBe(200);
  return body;
}

describe('what the clinic does', () => {
  test('bookings, moves, cancellations and missed appointments are counted by who made them', async () => {
    const { maria, staff, portal } = clinic;
    const booked = await clinic.book(maria.token, '10:00');
    const byClinic = await clinic.book(staff.token, '11:00', { patientId: clinic.paul.id });
    expect([booked.status, byClinic.status]).toEqual([201, 201]);
    // A refused booking is none.
    expect((await clinic.book(maria.token, '11:00')).status).toBe(409);
    const path = (id: string) => `/appointments/${id}`;
    const cancelled = await clinic.delete(path(booked.body.id), maria.token, { 'If-Match': '"v1"' });
    expect(cancelled.status).toBe(204);
    await portal.driver.run([begunAt(byClinic.body.id, '2026-03-02T09:00:00Z')], 'write');
    const missed = await clinic.post(`${path(byClinic.body.id)}/no-show`, staff.token, {}, { 'If-Match': '"v1"' });
    expect(missed.status).toBe(200);

    const scraped = await text();
    expect(sampleOf(scraped, 'portal_bookings_total', { by: 'patient' })).toBe(1);
    expect(sampleOf(scraped, 'portal_bookings_total')).toBe(2);
    expect(sampleOf(scraped, 'portal_cancellations_total', { by: 'patient' })).toBe(1);
    expect(sampleOf(scraped, 'portal_no_shows_total')).toBe(1);
  });

  test('sign-ins are counted by outcome, and registrations', async () => {
    const before = await text();
    const failed = sampleOf(before, 'portal_sign_ins_total', { outcome: 'failed' }) ?? 0;
    const succeeded = sampleOf(before, 'portal_sign_ins_total', { outcome: 'succeeded' }) ?? 0;
    for (const email of [clinic.maria.email, 'nobody@example.org'])
      await clinic.portal.request('POST', '/api/v1/auth/login', { body: { email, password: 'wrong password 1' } });
    await clinic.portal.signIn(clinic.maria.email);
    const registered = await clinic.portal.request('POST', '/api/v1/auth/register', {
      body: {
        ...{ email: 'nora@example.org', password: PASSWORD, firstName: 'Nora', lastName: 'New' },
        ...{ dateOfBirth: '1990-04-23', timezone: 'UTC' },
      },
    });
    expect(registered.status).toBe(202);
    const scraped = await text();
    expect(sampleOf(scraped, 'portal_sign_ins_total', { outcome: 'failed' })).toBe(failed + 2);
    expect(sampleOf(scraped, 'portal_sign_ins_total', { outcome: 'succeeded' })).toBe(succeeded + 1);
    expect(sampleOf(scraped, 'portal_registrations_total', { by: 'person' })).toBe(1);
  });
});

describe('gauges of the database', () => {
  test('queues by topic, unsealed events, active people and the length of sessions', async () => {
    const { portal, paul } = clinic;
    const scraped = await text();
    expect(sampleOf(scraped, 'portal_metrics_database_up')).toBe(1);
    expect(sampleOf(scraped, 'portal_queue_jobs', { state: 'due' })).toBeGreaterThan(0);
    expect(sampleOf(scraped, 'portal_queue_oldest_age_seconds')).toBeGreaterThanOrEqual(0);
    expect(sampleOf(scraped, 'portal_audit_unsealed_events')).toBeGreaterThan(5);
    expect(sampleOf(scraped, 'portal_audit_sealing_lag_seconds')).toBeGreaterThanOrEqual(5);
    // Six of the clinic signed in a moment ago.
    expect(sampleOf(scraped, 'portal_active_people')).toBe(6);
    // No session has ended: its length is left out, and not 0.
    expect(sampleOf(scraped, 'portal_session_duration_seconds', { quantile: '0.5' })).toBeUndefined();
    expect(sampleOf(scraped, 'portal_audit_verification_time_seconds')).toBeUndefined();

    portal.clock.advance(115);
    await clinic.post('/auth/logout', await portal.signIn(paul.email), {});
    const [{ token }] = [paul];
    await clinic.post('/auth/logout', token, {});
    await portal.platform.jobs.everyMinute();
    const later = await text();
    expect(sampleOf(later, 'portal_session_duration_seconds', { quantile: '0.95' })).toBeGreaterThan(60);
    // The periodic work seals, and records an event of its own after that.
    expect(sampleOf(later, 'portal_audit_unsealed_events')).toBeLessThan(3);
    expect(sampleOf(later, 'portal_audit_sealing_lag_seconds')).toBeLessThanOrEqual(5);
  });

  test('dead letters, and a verification that found a fault', async () => {
    const { portal } = clinic;
    await portal.driver.run(
      [
        sql`INSERT INTO audit_verifications (id, is_scheduled, status, state, version, requested_at, updated_at, finished_at)
            VALUES (gen_random_uuid(), false, 'unsound', '{}', 1, now(), now(), now())`,
        sql`UPDATE deliveries SET state = 'dead' WHERE id = (SELECT id FROM deliveries WHERE channel = 'email' LIMIT 1)`,
      ],
      'write',
    );
    const scraped = await text();
    expect(sampleOf(scraped, 'portal_audit_verification_failed')).toBe(1);
    expect(sampleOf(scraped, 'portal_dead_letters')).toBeGreaterThanOrEqual(0);
  });

  test('the database is asked once in five seconds, in one round trip', async () => {
    const { portal } = clinic;
    await text();
    const before = portal.database.roundTrips();
    for (let n = 0; n < 5; n++) await portal.request('GET', '/metrics', { token: TOKEN });
    expect(portal.database.roundTrips()).toBe(before);
    await text();
    expect(portal.database.roundTrips()).toBe(before + 1);
  });
});

describe('the metrics of the edge', () => {
  test('are the gauges of the database as they are elsewhere, and say where the counters are', async () => {
    const { deps, platform } = clinic.portal;
    const elsewhere = await text();
    const { contentType, text: atTheEdge } = await exposeEdgeMetrics(deps, platform.providers());
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(atTheEdge).toMatch(/^# At the edge .* Analytics Engine/);
    const shown = samplesOf(atTheEdge);
    expect(shown.length).toBeGreaterThan(20);
    const places = [...COLLECTED, 'portal_metrics_database_up'];
    expect(shown).toEqual(
      samplesOf(elsewhere)
        .filter(({ name }) => places.includes(name))
        .toSorted((a, b) => places.indexOf(a.name) - places.indexOf(b.name)),
    );
    expect(atTheEdge).not.toContain('_total');
  });
});

describe('R58: a database that is down', () => {
  test('the metrics are answered nevertheless, without its gauges, and count what failed', async () => {
    const { driver } = await testDatabase();
    let isDown = false;
    const failing = {
      ...driver,
      run: (...batch: Parameters<typeof driver.run>) =>
        isDown ? Promise.reject(new Unavailable('database', { reason: 'no_connection' })) : driver.run(...batch),
    };
    const portal = await startPortal({ driver: failing, environment: { METRICS_TOKEN: TOKEN, LOG_LEVEL: 'silent' } });
    isDown = true;
    expect((await portal.request('GET', '/ready')).status).toBe(503);
    const { status, body } = await portal.request('GET', '/metrics', { token: TOKEN });
    expect(status).toBe(200);
    expect(sampleOf(body, 'portal_metrics_database_up')).toBe(0);
    for (const name of ['portal_active_people', 'portal_queue_jobs', 'portal_audit_sealing_lag_seconds'])
      expect(sampleOf(body, name)).toBeUndefined();
    expect(sampleOf(body, 'portal_database_trips_total', { outcome: 'no_connection' })).toBeGreaterThan(0);
    await driver.close();
  });
});

describe('slow statements', () => {
  test('R84: are logged by name, without values', async () => {
    const lines: string[] = [];
    const caught = vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
    const spied = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    const { driver } = await testDatabase();
    const slow = {
      ...driver,
      async run(...batch: Parameters<typeof driver.run>) {
        const until = performance.now() + 2;
        while (performance.now() < until);
        return driver.run(...batch);
      },
    };
    const portal = await startPortal({ driver: slow, environment: { SLOW_STATEMENT_MS: '1', LOG_LEVEL: 'warn' } });
    const { email } = await portal.person('patient', 'planted-name');
    const token = await portal.signIn(email);
    for (let n = 0; n < 30; n++) await portal.request('GET', '/api/v1/appointments', { token });
    const logged = lines.map((line) => JSON.parse(line) as LogLine).filter(({ event }) => event === 'slow_statement');
    caught.mockRestore();
    spied.mockRestore();
    // Twenty in a minute: when the database stalls, all are slow.
    expect(logged.length).toBe(20);
    expect(logged[0]).toMatchObject({ level: 'warn', outcome: 'ok' });
    expect(logged.flatMap(({ statements }) => statements as string[])).toContainEqual(
      expect.stringMatching(/^insert users\b.* #[0-9a-f]{8}$/),
    );
    expect(JSON.stringify(logged)).not.toContain('planted');
    await driver.close();
  });

  test.each([
    ['SELECT a.id FROM appointments a JOIN users u ON u.id = $1', /^select appointments users #[0-9a-f]{8}$/],
    ['WITH x AS (SELECT 1 FROM jobs) UPDATE outbox SET state = $1', /^select jobs outbox #/],
    ['SELECT f.n FROM LATERAL (SELECT 1) f, unnest($1::text[]) t', /^select #/],
    ['COMMIT', /^other #/],
  ])('the name of %s', (statement, name) => {
    expect(statementName(statement)).toMatch(name);
  });
});
