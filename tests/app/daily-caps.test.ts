/** The cap of a day where many messages are sent together. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { MessageDraft } from '../../domain/messages.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { expectOnce, type Sending, startSending } from '../support/sending.ts';

let sending: Sending;
beforeEach(async () => {
  sending = await startSending();
  const { email } = await sending.portal.person('patient', 'maria');
  const { id: userId, dataKey } = await sending.userOf(email);
  const draft: MessageDraft = { template: 'clinic-notice', variables: { notice: 'call_us' }, userId, dataKey };
  await sending.queue(Array.from({ length: 12 }, () => draft));
  await sending.database.run([sql`UPDATE clinic_settings SET email_daily_cap = 5`], 'write');
});
afterEach(() => sending.database.close());

const used = () => sending.rows(sql`SELECT used FROM sending_days WHERE channel = 'email' ORDER BY date`);

test('those beyond it wait, and it costs no round trip more', async () => {
  const jobs = sending.processOver('first');
  await jobs.runDue();
  expect(await sending.states()).toEqual({ sent: 5, scheduled: 7 });
  expect(await used()).toEqual([{ used: 5 }]);
  const trips = sending.trips;
  await sending.database.close();
  sending = await startSending();
  await sending.write(12);
  await sending.processOver('first').runDue();
  expect(trips).toBeLessThanOrEqual(sending.trips);
});

test('a delivery counts once, however often it is tried, and its further attempts are not held', async () => {
  sending.answer = () => refuse({ kind: 'transient', detail: 'busy' });
  await sending.processOver('first').runDue();
  expect(await sending.states()).toEqual({ failed: 5, scheduled: 7 });
  sending.answer = ({ id }) => ok({ providerId: id });
  sending.portal.clock.advance(61);
  await sending.processOver('first').runDue();
  expect(await sending.states()).toEqual({ sent: 5, scheduled: 7 });
  expect(await used()).toEqual([{ used: 5 }]);
});

test('it is kept by deliveries that are worked on by themselves too, and anew each day', async () => {
  // A suspect is worked on by itself.
  const alone = sql`UPDATE outbox SET unended = 4 WHERE topic = 'delivery.email' AND state <> 'done'`;
  sending.answer = () => {
    throw new TypeError('a fault of ours');
  };
  await sending.database.run([sql`UPDATE clinic_settings SET email_daily_cap = 4`], 'write');
  await sending.processOver('first').runDue();
  await sending.database.run([alone], 'write');
  sending.answer = ({ id }) => ok({ providerId: id });
  sending.portal.clock.advance(901);
  sending.sends = [];
  await sending.processOver('first').runDue();
  expect(await sending.states()).toEqual({ sent: 4, scheduled: 8 });
  for (const [sent, day] of [
    [8, 1],
    [12, 2],
  ] as const) {
    sending.portal.clock.advance(86_400);
    await sending.database.run([alone], 'write');
    await sending.processOver('first').runDue();
    expect(await sending.states()).toMatchObject({ sent });
    expect(await used()).toHaveLength(day + 1);
  }
  expectOnce(sending);
});
