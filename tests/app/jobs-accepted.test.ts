/** A message that a provider has accepted is sent once, even if the database fails meanwhile. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { toFault } from '../../adapters/postgres/driver/fault.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { OutgoingMessage } from '../../domain/notifications/ports.ts';
import { ok } from '../../domain/shared/result.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { type Portal, startPortal } from '../support/portal.ts';
import { soleProvider } from '../support/sole-provider.ts';
import { testDatabase } from '../support/test-database.ts';

let portal: Portal;
/** Selects the statements that a full disk refuses. */
let refuses: (text: string) => boolean;
let sends: string[];
let inner: SqlDriver;

beforeEach(async () => {
  ({ driver: inner } = await testDatabase());
  refuses = () => false;
  sends = [];
  const run: SqlDriver['run'] = (statements, mode, bounds) => {
    if (mode === 'write' && statements.some(({ text }) => refuses(text))) {
      return Promise.reject(toFault(Object.assign(new Error('no space left'), { code: '53100' }), mode));
    }
    return inner.run(statements, mode, bounds);
  };
  portal = await startPortal({ driver: { ...inner, run }, environment: { LOG_LEVEL: 'silent' } });
});
afterEach(() => inner.close());

const channel = {
  send: async ({ id }: OutgoingMessage) => {
    sends.push(id);
    return ok({ providerId: `accepted-${id}` });
  },
};
/** The jobs of one process. */
const process = (): Jobs =>
  createJobs({ ...portal.deps, channel: soleProvider(channel) }, createOutbox(portal.driver), null);

const order = () => portal.request('POST', '/api/v1/auth/forgot-password', { body: { email: 'paula@example.org' } });
async function stateOf(): Promise<unknown> {
  const [rows] = await inner.run([sql`SELECT status, provider_id FROM notifications`], 'snapshot');
  return rows;
}

describe('R83: recording that a message was accepted fails', () => {
  test('all processes together send it once, and it is recorded when writes succeed again', async () => {
    await portal.person('patient', 'paula');
    await order();
    const [first, second] = [process(), process()];
    refuses = (text) => text.includes("THEN 'sent' ELSE state END");
    await first.runDue();
    expect(sends).toHaveLength(1);
    // Earlier leases end, back-offs pass, and both processes retry.
    for (let minute = 0; minute < 10; minute++) {
      portal.clock.advance(60);
      await Promise.all([first.runDue(), second.runDue(), first.everyMinute()]);
    }
    expect(sends).toHaveLength(1);
    expect(await first.nextDue()).toBe(portal.clock.now() + 2_000);

    refuses = () => false;
    await first.runDue();
    expect(await stateOf()).toEqual([{ status: 'sent', provider_id: `accepted-${sends[0]}` }]);
    portal.clock.advance(3_600);
    await Promise.all([first.runDue(), second.runDue()]);
    expect(sends).toHaveLength(1);
  });

  test('nothing is sent while writes fail, and it is sent once they succeed', async () => {
    await portal.person('patient', 'paula');
    await order();
    const jobs = process();
    refuses = (text) => text.includes('counted_on = coalesce(');
    await jobs.runDue();
    expect(sends).toEqual([]);
    refuses = () => false;
    portal.clock.advance(120);
    await jobs.runDue();
    expect(sends).toHaveLength(1);
    expect(await stateOf()).toMatchObject([{ status: 'sent' }]);
  });
});
