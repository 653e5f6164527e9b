/** Routes the messages that are due, so that only their deliveries wait. */
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { Jobs } from '../../src/jobs/jobs.ts';
import type { Portal } from './portal.ts';

const TOPIC = 'notification.deliver';

export async function routeAll({ driver }: Portal, jobs: Jobs): Promise<void> {
  const [found = []] = await driver.run(
    [sql`SELECT id FROM outbox WHERE topic = ${TOPIC} AND state = 'pending'`],
    'snapshot',
  );
  for (const { id } of found) await jobs.runOne(TOPIC, id as string);
  await driver.run([sql`DELETE FROM outbox WHERE topic = ${TOPIC} AND state = 'done'`], 'write');
}
