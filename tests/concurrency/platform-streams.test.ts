/** ADR 0228: the platform's events are spread over several chains, together with the one of before. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { eventDigest } from '../../domain/audit/event.ts';
import { ALL_PLATFORM_STREAMS, PLATFORM, streamOfEvent } from '../../domain/audit/platform-streams.ts';
import { createExportVerifier } from '../../domain/audit/verify-export.ts';
import type { AuditContent, AuditEntry } from '../../domain/shared/audit-entry.ts';
import { sealAuditLog } from '../../src/app/audit/seal.ts';
import { verifyAuditLog } from '../../src/app/audit/verify.ts';
import { recordEvent } from '../../src/app/audit.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { atOnce, countingDeadlocks, onServer, type SignedIn } from './on-server.ts';

const WRITERS = 200;
const FORMER = 5;
const deadlocks = countingDeadlocks();

onServer('events of the platform', { wrap: deadlocks.wrap }, (server) => {
  let owner: SqlDriver;
  let admin: SignedIn;

  beforeAll(async () => {
    owner = createTcpDriver({ url: server.url, maxConnections: 2 });
    admin = await server.signedIn('admin', 'admin');
    // As the version before appended them.
    const statements = Array.from({ length: FORMER }, event).map(
      ({ content, digest }) =>
        sql`SELECT audit_append(${PLATFORM}, ${JSON.stringify(content)}::jsonb, ${digest}::bytea)`,
    );
    await owner.run(statements, 'write');
  });
  beforeEach(() => server.portal.clock.advance(1));
  afterAll(() => owner.close());

  const event = (): AuditEntry =>
    recordEvent(server.portal.deps, systemContext(server.portal.deps), {
      type: 'retention.applied',
      stream: 'system',
      outcome: 'success',
    });
  const append = (audit: readonly AuditEntry[]) =>
    server.portal.deps.database.commit({ changes: [], audit, jobs: [], at: server.portal.clock.now() });
  const exportedLines = async () => {
    const headers = { Authorization: `Bearer ${admin.token}` };
    const answer = await server.portal.fetch(new Request('https://portal.example/api/v1/audit/export', { headers }));
    expect(answer.status).toBe(200);
    return (await answer.text()).trimEnd().split('\n');
  };
  const exported = async () =>
    (await exportedLines()).map((line) => JSON.parse(line)).filter((line) => line.content !== undefined) as {
      readonly stream: string;
      readonly content: AuditContent;
    }[];
  const counts = async () => {
    const [found = []] = await owner.run(
      [
        sql`SELECT stream, count(*) AS n, max(sequence) AS last FROM audit_events WHERE stream LIKE 'system%' GROUP BY stream ORDER BY stream`,
      ],
      'snapshot',
    );
    return new Map(found.map(({ stream, n, last }) => [stream as string, { n: Number(n), last: Number(last) }]));
  };

  test('R44: batches of several events, at once, use every stream without a gap, a fork or a deadlock', async () => {
    const before = deadlocks.count();
    const outcomes = await atOnce(WRITERS, () => append([event(), event(), event()]));
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
    expect(deadlocks.count()).toBe(before);
    const streams = await counts();
    expect([...streams.keys()].sort()).toEqual([...ALL_PLATFORM_STREAMS].sort());
    for (const [stream, { n, last }] of streams) expect([stream, n]).toEqual([stream, last]);
    expect(streams.get(PLATFORM)?.n).toBe(FORMER);
    // A sixteenth of 600, give or take five standard deviations.
    for (const [stream, { n }] of streams) if (stream !== PLATFORM) expect(n, stream).toBeGreaterThan(8);
  });

  test('a batch that is repeated appends to the same streams, and the database chooses for reads as the portal does', async () => {
    const entry = event();
    expect(streamOfEvent('system', entry.digest)).toBe(entry.stream);
    expect(streamOfEvent('system', eventDigest(entry.content))).toBe(entry.stream);
    const reads = await atOnce(40, () => server.portal.request('GET', '/api/v1/users?limit=1', { token: admin.token }));
    expect(new Set(reads.map(({ status }) => status))).toEqual(new Set([200]));
    const listed = (await exported()).filter(({ content }) => content.type === 'user.listed');
    expect(listed).toHaveLength(40);
    for (const { stream, content } of listed) expect(stream).toBe(streamOfEvent('system', eventDigest(content)));
    expect(new Set(listed.map(({ stream }) => stream)).size).toBeGreaterThan(4);
  });

  test('a search for the events of the platform finds those of all its streams, of before and now, page by page', async () => {
    const all = [...(await counts()).values()].reduce((sum, { n }) => sum + n, 0);
    const found: { id: string; stream: string; occurredAt: string }[] = [];
    let next: string | null = '/api/v1/audit/events?subject=system&limit=100';
    while (next !== null && found.length < all) {
      const { status, body } = await server.portal.request('GET', next, { token: admin.token });
      expect(status).toBe(200);
      found.push(...body.data);
      next = body._links.next?.href ?? null;
    }
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    expect(found.length).toBeGreaterThanOrEqual(all);
    expect(found.filter(({ stream }) => stream === PLATFORM)).toHaveLength(FORMER);
    expect(found.map(({ occurredAt }) => occurredAt)).toEqual(
      found
        .map(({ occurredAt }) => occurredAt)
        .sort()
        .reverse(),
    );
  });

  test('the log verifies with the chain of before, and so does its export', async () => {
    await sealAuditLog(server.portal.deps);
    const verdict = await verifyAuditLog(server.portal.deps, systemContext(server.portal.deps));
    expect(verdict).toMatchObject({ ok: true, problems: [] });
    const verifier = createExportVerifier([], []);
    const lines = await exportedLines();
    for (const line of lines) verifier.push(line);
    expect(lines.length).toBeGreaterThan(WRITERS * 3);
    expect(verifier.finish()).toMatchObject({ problems: [] });
  });
});
