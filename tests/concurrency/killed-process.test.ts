/** Processes that are really killed: the job that does it is given up, and another one beside it is not blamed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { MessageDraft } from '../../domain/messages.ts';
import { decided } from '../../domain/shared/changes.ts';
import { commit } from '../../src/app/command.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { NOON } from '../support/portal.ts';
import { onServer } from './on-server.ts';

const FIXTURE = fileURLToPath(new URL('killed-process.fixture.ts', import.meta.url));
const keys = { FIELD_KEYS: JSON.stringify([generateFieldKey('1')]), INDEX_KEY: generateIndexKey() };

onServer('a job that kills its process', { environment: keys }, (server) => {
  /** @returns its exit code; `null` if it was killed */
  const work = async (minutes: number) => {
    const child = spawn(process.execPath, [FIXTURE], {
      env: {
        ...process.env,
        FIXTURE_DATABASE: server.url,
        FIXTURE_KEYS: JSON.stringify(keys),
        FIXTURE_NOW: String(NOON + minutes * 60_000),
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [code] = await once(child, 'exit');
    return code as number | null;
  };
  const jobs = () =>
    server.rows(sql`SELECT d.state, d.reason, o.unended FROM outbox o JOIN deliveries d ON d.id::text = o.payload->>'deliveryId'
      WHERE o.topic = 'delivery.email' ORDER BY o.id`);

  test('is given up at last, and the one beside it is sent', async () => {
    const { deps, platform, person } = server.portal;
    const messages: MessageDraft[] = [];
    for (const name of ['deadly', 'other']) {
      const [user] = await deps.database.load(deps.loads.identity.userByEmail((await person('patient', name)).email));
      if (user === undefined) throw new Error('nobody was made');
      const to = { userId: user.id, dataKey: user.dataKey };
      messages.push({ template: 'password-changed', variables: { how: 'changed' }, ...to });
    }
    await commit(deps, systemContext(deps), decided({ value: undefined, changes: [], audit: [], messages }));
    const [routing] = await server.rows(
      sql`SELECT id FROM outbox WHERE topic = 'notification.deliver' ORDER BY id LIMIT 1`,
    );
    await platform.jobs.runOne('notification.deliver', routing?.id as string);
    // As if both had been at work in processes that were killed, one of them very often.
    await server.driver.run(
      [
        sql`UPDATE outbox SET unended = CASE WHEN id = (SELECT min(id::text)::uuid FROM outbox WHERE topic = 'delivery.email')
              THEN 19 ELSE 3 END WHERE topic = 'delivery.email'`,
      ],
      'write',
    );
    expect(await work(0)).toBeNull();
    expect(await jobs()).toMatchObject([
      { state: 'pending', unended: 20 },
      { state: 'pending', unended: 3 },
    ]);
    expect(await work(16)).toBe(0);
    expect(await jobs()).toMatchObject([{ state: 'dead', reason: 'process_killed' }, { state: 'sent' }]);
  }, 120_000);
});
