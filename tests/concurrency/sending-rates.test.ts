/** Several processes share the rate of a channel, and the daily number of its messages. */
import { expect, test } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { LocalDate } from '../../domain/shared/time.ts';
import { onServer } from './on-server.ts';

onServer('the rate of a channel', { connections: 12 }, (server) => {
  const waits = (priority: number, count: number) =>
    server.driver.run(
      [
        sql`INSERT INTO outbox (id, topic, payload, not_before, priority, created_at)
            SELECT gen_random_uuid(), 'delivery.sms', '{}', '2026-01-01', ${priority}::smallint, now() FROM generate_series(1, ${count}::int)`,
      ],
      'write',
    );

  test('is kept by processes that claim at once, many jobs and single ones, again and again', async () => {
    await waits(6, 900);
    await waits(1, 30);
    const now = server.portal.clock.now();
    const outbox = createOutbox(server.driver, { 'delivery.sms': 600 });
    const singles = await server.rows(sql`SELECT id FROM outbox WHERE priority = 6 ORDER BY id LIMIT 40`);
    for (const [round, least] of [
      [0, 100],
      [1, 100],
      [2, 100],
    ] as const) {
      const at = now + round * 10_000;
      const claims = Array.from({ length: 8 }, () => outbox.claimDue(at, 3600, { limit: 40, only: ['delivery.sms'] }));
      const ones = singles
        .slice(round * 10, round * 10 + 10)
        .map(({ id }) => outbox.claim(id as never, 'delivery.sms', at, 3600));
      const claimed = [
        ...(await Promise.all(claims)).flat(2),
        ...(await Promise.all(ones)).filter((one) => typeof one !== 'string').flat(),
      ];
      const urgent = claimed.filter(({ priority }) => priority === 1).length;
      expect(new Set(claimed.map(({ id }) => id)).size).toBe(claimed.length);
      // The urgent ones count. If those come later, others have taken the credit before.
      expect(claimed.length - urgent).toBeLessThanOrEqual(least);
      expect(claimed.length).toBeGreaterThanOrEqual(least - (round === 1 ? 30 : 0));
      if (round === 0) expect(urgent).toBe(30);
    }
  });
});

onServer('the cap of a day', { connections: 12 }, (server) => {
  test('is kept by processes that begin their deliveries at once, and what is urgent is let through and counted', async () => {
    await server.driver.run(
      [
        sql`INSERT INTO outbox (id, topic, payload, not_before, priority, created_at)
            SELECT gen_random_uuid(), 'delivery.sms', '{}', '2026-01-01', CASE WHEN n % 10 = 0 THEN 2 ELSE 6 END, now()
            FROM generate_series(1, 400) n`,
      ],
      'write',
    );
    const now = server.portal.clock.now();
    const outbox = createOutbox(server.driver);
    const [jobs = []] = await outbox.claimDue(now, 3600, { limit: 400 });
    expect(jobs).toHaveLength(400);
    const day = { channel: 'sms', date: '2026-03-02' as LocalDate, cap: 100 };
    const shuffled = jobs.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    const processes = Array.from({ length: 10 }, (_, n) => shuffled.slice(n * 40, n * 40 + 40));
    const spent = await Promise.all(processes.map((some) => outbox.spend(some, day, now, 3600)));
    const held = new Set(spent.flatMap((each) => [...each.held]));
    const over = new Set(spent.flatMap((each) => [...each.over]));
    expect(held.size + over.size).toBe(400);
    const isUrgent = ({ priority }: { readonly priority: number }) => priority === 2;
    expect(jobs.filter(isUrgent).every(({ id }) => held.has(id))).toBe(true);
    const usual = jobs.filter((job) => !isUrgent(job) && held.has(job.id)).length;
    // Urgent ones that come after the cap is reached exceed it; nothing else does.
    expect(usual).toBeLessThanOrEqual(100);
    expect(usual).toBeGreaterThanOrEqual(60);
    expect(await server.rows(sql`SELECT used FROM sending_days`)).toEqual([{ used: held.size }]);
    // Once more: none is counted again, and those that were refused are refused again.
    const again = await Promise.all(processes.map((some) => outbox.spend(some, day, now, 3600)));
    expect(again).toEqual(spent);
    expect(await server.rows(sql`SELECT used FROM sending_days`)).toEqual([{ used: held.size }]);
  });
});
