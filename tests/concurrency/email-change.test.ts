import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { emailClaim } from '../../adapters/postgres/sealed/sealed-row.ts';
import { equalBytes } from '../../domain/shared/bytes.ts';
import { placeOf } from '../../domain/shared/sealed-columns.ts';
import { logIn, mailTo } from '../http/identity/support.ts';
import { type Portal, startPortal } from '../support/portal.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';

describe.skipIf(databaseUrl === undefined)(`addresses that change hands, on a real server${needsPostgres}`, () => {
  const [former, added] = [generateIndexKey(), generateIndexKey()];
  const ring = (...keys: string[]) => JSON.stringify(keys.map((key) => ({ key })));
  let database: { readonly url: string; drop(): Promise<void> };
  let driver: SqlDriver;
  let observer: pg.Client;
  /** Instances before, in the middle of and after the step that makes another index key the first. */
  let before: Portal;
  let during: Portal;
  let after: Portal;
  let count = 0;

  beforeAll(async () => {
    database = await freshDatabase();
    driver = createTcpDriver({ url: database.url, role: 'patient_portal_app', maxConnections: 20 });
    observer = new pg.Client(database.url);
    await observer.connect();
    const keys = {
      TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
      FIELD_KEYS: JSON.stringify([generateFieldKey('test')]),
    };
    const start = (INDEX_KEY: string) => startPortal({ driver, environment: { ...keys, INDEX_KEY } });
    [before, during, after] = (await Promise.all([former, ring(former, added), ring(added, former)].map(start))) as [
      Portal,
      Portal,
      Portal,
    ];
  }, 60_000);
  afterAll(async () => {
    await observer.end();
    await driver.close();
    await database.drop();
  });

  const post = (portal: Portal, path: string, body: unknown, token?: string) =>
    portal.request('POST', `/api/v1${path}`, { body, token });
  const confirm = (portal: Portal, token: unknown) => post(portal, '/auth/confirm-email-change', { token });

  async function person(portal: Portal, name: string) {
    const { id, email } = await portal.person('patient', name);
    return { id, email, token: (await logIn(portal, email)).body.accessToken as string };
  }
  /** @returns the link to the new address, and the one to the current */
  async function move(portal: Portal, who: { id: string; email: string; token: string }, email: string) {
    expect((await post(portal, `/users/${who.id}/email`, { email }, who.token)).status).toBe(202);
    const [back] = (await mailTo(portal, who.email, 'email-change-requested')).codes;
    return { next: async () => (await mailTo(portal, email, 'confirm-email-change')).codes[0], back };
  }

  /** Until so many sessions of the database wait for a lock: each look is a round trip. */
  async function untilWaiting(sessions: number): Promise<void> {
    for (;;) {
      const { rows } = await observer.query(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      if (rows[0].waiting >= sessions) return;
    }
  }

  /** An address whose claim is another where the new key is known: only the row itself tells that somebody has it. */
  function nameWithOwnClaim(): string {
    const [one, two] = [createBlindIndex(former), createBlindIndex(ring(added, former))];
    for (;;) {
      const name = `owner${++count}`;
      const email = `${name}@example.org`;
      if (!equalBytes(emailClaim(one, email), emailClaim(two, email))) return name;
    }
  }

  it.each(['one key', 'another key'])(
    'R64: nobody gets an address at the moment in which its owner leaves it and may still take it back: under %s',
    async (keys) => {
      const [own, others] = keys === 'one key' ? [before, before] : [during, after];
      const owner = await person(before, keys === 'one key' ? `owner${++count}` : nameWithOwnClaim());
      const rival = await person(others, `rival${count}`);
      // Asked for while nobody has the address: its link waits.
      const link = await move(others, rival, `parked${count}@example.net`);
      const token = await link.next();
      const moved = await move(own, owner, `away${count}@example.net`);
      const away = await moved.next();
      // The rival's change is to the owner's address.
      await retarget(rival.id, others, owner.email);

      // The owner's batch has left the address and is held before it reserves it; the rival's waits, or is through.
      const holding = new pg.Client(database.url);
      await holding.connect();
      await holding.query('BEGIN');
      await holding.query('SELECT 1 FROM email_changes WHERE user_id = $1 FOR UPDATE', [owner.id]);
      const leaving = confirm(own, away);
      await untilWaiting(1);
      const taking = confirm(others, token);
      await Promise.race([taking, untilWaiting(2)]);
      await holding.query('COMMIT');
      await holding.end();

      expect([(await leaving).status, (await taking).status]).toEqual([204, 400]);
      expect((await post(own, '/auth/restore-email', { token: moved.back })).status).toBe(204);
      expect(await own.idOf(owner.email)).toBe(owner.id);
    },
  );

  /** As if it had been asked for while the address was free. */
  async function retarget(userId: string, portal: Portal, email: string): Promise<void> {
    const { deps } = portal;
    const [dataKey] = await deps.database.load(deps.loads.identity.dataKey(userId as never));
    const { rows } = await observer.query('SELECT id FROM email_changes WHERE user_id = $1', [userId]);
    if (dataKey === undefined) throw new Error('nobody');
    const place = placeOf('email_changes', 'new_email', rows[0].id);
    await observer.query('UPDATE email_changes SET new_email = $1 WHERE id = $2', [
      deps.cipher.seal(dataKey, place, email),
      rows[0].id,
    ]);
  }
});
