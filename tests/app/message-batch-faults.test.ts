/** Many messages at a time of which one, the database or the process fails. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { expectOnce, type Sending, startSending } from '../support/sending.ts';

let sending: Sending;
beforeEach(async () => {
  sending = await startSending();
});
afterEach(() => sending.database.close());

describe('many messages', () => {
  test('are noted once although the periodic work notes what a provider has accepted', async () => {
    await sending.write(30);
    const jobs = sending.processOver('first');
    let minutely: Promise<void> | undefined;
    sending.answer = async ({ id }) => {
      // The seventeenth is sent once another one has been accepted.
      if (sending.sends.length === 17) minutely = jobs.everyMinute();
      await minutely;
      return ok({ providerId: id });
    };
    await jobs.runDue();
    expect(minutely).toBeDefined();
    expect(await sending.states()).toEqual({ sent: 30 });
    expect(
      await sending.rows(sql`SELECT count(*)::int AS n FROM audit_events WHERE event_type = 'notification.sent'`),
    ).toEqual([{ n: 30 }]);
    expect(await sending.rows(sql`SELECT DISTINCT attempts FROM deliveries WHERE state = 'sent'`)).toEqual([
      { attempts: 1 },
    ]);
  });

  test('are noted one by one if they cannot be noted together, and none is sent twice', async () => {
    await sending.write(30);
    let batches = 0;
    sending.refuses = (text) => {
      if (!text.includes('GROUP BY s.notification_id')) return false;
      batches += 1;
      return true;
    };
    await sending.processOver('first').runDue();
    expect(batches).toBe(1);
    expect(await sending.states()).toEqual({ sent: 30 });
    expectOnce(sending);
  });

  test('are left alone by the fault of one', async () => {
    await sending.write(30);
    let broken = '';
    sending.answer = ({ id }) => {
      broken ||= id;
      if (id === broken) throw new TypeError('a fault of ours');
      return ok({ providerId: id });
    };
    await sending.processOver('first').runDue();
    expect(await sending.states()).toEqual({ sent: 29, pending: 1 });
    sending.portal.clock.advance(3);
    broken = 'none';
    await sending.processOver('first').runDue();
    expect(await sending.states()).toEqual({ sent: 30 });
  });

  test('that were claimed and not begun when the process is told to stop are sent by another one at once', async () => {
    await sending.write(150);
    const ending = new AbortController();
    sending.answer = ({ id }) => {
      ending.abort();
      return ok({ providerId: id });
    };
    await sending.processOver('first').runDue(ending.signal);
    expect(sending.sends.length).toBeLessThan(150);
    await sending.processOver('first').runDue();
    expect(await sending.states()).toEqual({ sent: 150 });
    expectOnce(sending);
  });

  test('whose process ends after the provider has taken them are sent again under the same id, and those before are not', async () => {
    await sending.write(20);
    const process = sending.processOver('first');
    sending.refuses = (text) => text.includes("THEN 'sent' ELSE state END");
    await process.runDue();
    expect(sending.sends).toHaveLength(20);
    sending.refuses = () => false;
    // Another process, which does not know what was accepted, waits for the lease of each delivery.
    sending.portal.clock.advance(600);
    await sending.processOver('first').runDue();
    expect(sending.sends).toHaveLength(20);
    sending.portal.clock.advance(301);
    await sending.processOver('first').runDue();
    expect(sending.sends).toHaveLength(40);
    expect(new Set(sending.sends.map(({ id }) => id)).size).toBe(20);
    expect(await sending.states()).toEqual({ sent: 20 });
  });

  test('are tried again soon after an outage between their leases and their provider', async () => {
    await sending.write(30);
    const process = sending.processOver('first', 'second');
    sending.refuses = (text) => text.includes('outcome_unknown = true');
    await process.runDue();
    expect(sending.sends).toEqual([]);
    sending.refuses = () => false;
    sending.portal.clock.advance(3);
    await process.runDue();
    expect(await sending.states()).toEqual({ sent: 30 });
    expectOnce(sending);
  });

  test('that were refused are noted even if the others cannot be judged again', async () => {
    await sending.write(40);
    const process = sending.processOver('first');
    sending.answer = () => {
      if (sending.sends.length === 16) {
        sending.portal.clock.advance(3);
        sending.refuses = (text) => text.includes('delivery_state');
      }
      return refuse({ kind: 'permanent', detail: 'no such box' });
    };
    await process.runDue();
    expect(await sending.states()).toEqual({ dead: 16, pending: 24 });
    sending.refuses = () => false;
    sending.answer = ({ id }) => ok({ providerId: id });
    sending.portal.clock.advance(3);
    await process.runDue();
    expect(await sending.states()).toEqual({ dead: 16, sent: 24 });
    expectOnce(sending);
  });

  test('are not tried one by one against a database that refuses everything', async () => {
    await sending.write(40);
    const process = sending.processOver('first');
    sending.refuses = (text) => text.includes("THEN 'sent' ELSE state END");
    await process.runDue();
    // Together, then by themselves until two in a row are refused. Nothing more is sent meanwhile.
    expect(sending.refused).toBe(3);
    expect(sending.sends.length).toBeLessThan(40);
    sending.refuses = () => false;
    sending.portal.clock.advance(3);
    await process.runDue();
    expect(await sending.states()).toEqual({ sent: 40 });
    expect(sending.sends).toHaveLength(40);
    expectOnce(sending);
    expect(
      await sending.rows(sql`SELECT count(*)::int AS n FROM audit_events WHERE event_type = 'notification.sent'`),
    ).toEqual([{ n: 40 }]);
  });

  test('of a process that is killed are at most the 25 that are noted together, and the 15 requests beside', async () => {
    await sending.write(120);
    let accepted = 0;
    const lost: number[] = [];
    sending.answer = async ({ id }) => {
      const { sent = 0 } = await sending.states();
      lost.push(accepted - sent);
      accepted += 1;
      return ok({ providerId: id });
    };
    await sending.processOver('first').runDue();
    expect(await sending.states()).toEqual({ sent: 120 });
    expect(Math.max(...lost)).toBeLessThanOrEqual(40);
    expect(Math.max(...lost)).toBeGreaterThan(0);
  });
});
