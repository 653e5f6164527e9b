/** Webhooks that are added, removed and announced to at the same time. */
import pg from 'pg';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { Answer } from '../../domain/webhooks/answer.ts';
import { MAXIMUM_WEBHOOKS } from '../../domain/webhooks/endpoint.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { atOnce, onServer, type SignedIn } from './on-server.ts';

onServer('webhooks', {}, (server) => {
  let admin: SignedIn;
  beforeAll(async () => {
    admin = await server.signedIn('admin', 'admin');
  });
  beforeEach(async () => {
    await server.driver.run(
      [
        sql`DELETE FROM webhook_endpoints`,
        sql`DELETE FROM webhook_events`,
        sql`DELETE FROM outbox WHERE topic = 'webhook.deliver'`,
      ],
      'write',
    );
  });
  const post = (path: string, body: object) =>
    server.portal.request('POST', `/api/v1${path}`, { token: admin.token, body });
  const add = () =>
    post('/admin/webhooks', { url: 'https://practice.example.org/', eventTypes: ['patient.registered'] });
  let count = 0;
  const register = () => {
    count += 1;
    return post('/patients', { firstName: 'Ida', lastName: `Berg ${count}`, channel: 'phone' });
  };
  const rowsOf = async (table: 'webhook_events' | 'webhook_deliveries' | 'webhook_endpoints') =>
    (
      await server.rows(sql`SELECT (SELECT count(*) FROM webhook_events) AS webhook_events,
      (SELECT count(*) FROM webhook_deliveries) AS webhook_deliveries,
      (SELECT count(*) FROM webhook_endpoints) AS webhook_endpoints`)
    )[0]?.[table];

  test('an endpoint that is being removed is waited for, and fails nothing that is announced', async () => {
    const { body } = await add();
    const client = new pg.Client(server.url);
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query('DELETE FROM webhook_endpoints WHERE id = $1', [body.id]);
      const registered = register();
      await vi.waitFor(async () => {
        const { rows } = await client.query(
          `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        expect(rows[0].waiting).toBe(1);
      }, 20_000);
      await client.query('COMMIT');
      expect((await registered).status).toBe(201);
    } finally {
      await client.end();
    }
    expect([await rowsOf('webhook_events'), await rowsOf('webhook_deliveries')]).toEqual([0, 0]);
  });

  test(`of many that are added at once, ${MAXIMUM_WEBHOOKS} are`, async () => {
    const made = await atOnce(MAXIMUM_WEBHOOKS + 12, add);
    expect(made.filter(({ status }) => status === 201)).toHaveLength(MAXIMUM_WEBHOOKS);
    expect(await rowsOf('webhook_endpoints')).toBe(MAXIMUM_WEBHOOKS);
  });

  test('two processes deliver each of 60 events once', async () => {
    await add();
    expect((await atOnce(60, register)).every(({ status }) => status === 201)).toBe(true);
    const received: string[] = [];
    const { deps } = server.portal;
    const answer: Answer = { kind: 'answered', status: 204, retryAfterSeconds: null, durationMs: 1 };
    const post = async (_: string, headers: Readonly<Record<string, string>>) => {
      received.push(headers['webhook-id'] ?? '');
      return answer;
    };
    const webhooks = { ...deps.webhooks, post };
    await atOnce(2, () => createJobs({ ...deps, webhooks }, createOutbox(server.driver), null).runDue());
    expect(received).toHaveLength(60);
    expect(new Set(received).size).toBe(60);
  });
});
