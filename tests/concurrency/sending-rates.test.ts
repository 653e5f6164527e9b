/** Several processes share the rate of a channel, and the daily number of its messages. */
import { expect, test } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
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
        ...(await Promise.all(ones)).filter((one) => typeof one === 'object'),
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
