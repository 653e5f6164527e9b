import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';
import { emailClaim } from '../../adapters/postgres/sealed/sealed-row.ts';
import { equalBytes } from '../../domain/shared/bytes.ts';
import { sealedPlaceOf } from '../../domain/shared/sealed-columns.ts';
import { logIn, mailTo } from '../http/identity/support.ts';
import { type Portal, type Reply, startPortal } from '../support/portal.ts';
import { onServer } from './on-server.ts';

const ROUNDS = 8;

onServer('addresses that change hands', {}, (server) => {
  const [former, added] = [generateIndexKey(), generateIndexKey()];
  const ring = (...keys: string[]) => JSON.stringify(keys.map((key) => ({ key })));
  let observer: pg.Client;
  /** Instances before, in the middle of and after the step that makes another index key the current one. */
  let before: Portal;
  let during: Portal;
  let after: Portal;
  let count = 0;

  beforeAll(async () => {
    observer = new pg.Client(server.url);
    await observer.connect();
    const keys = {
      TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
      FIELD_KEYS: JSON.stringify([generateFieldKey('test')]),
    };
    const start = (INDEX_KEY: string) => startPortal({ driver: server.driver, environment: { ...keys, INDEX_KEY } });
    [before, during, after] = (await Promise.all([former, ring(former, added), ring(added, former)].map(start))) as [
      Portal,
      Portal,
      Portal,
    ];
  });
  afterAll(async () => {
    await observer.end();
  });

  const post = (portal: Portal, path: string, body: unknown, token?: string) =>
    portal.request('POST', `/api/v1${path}`, { body, token });
  const confirm = (portal: Portal, token: unknown) => post(portal, '/auth/confirm-email-change', { token });

  async function person(portal: Portal, name: string) {
    const { id, email } = await portal.person('patient', name);
    return { id, email, token: (await logIn(portal, email)).body.accessToken as string };
  }
  /** @returns the link sent to the new address, and the one sent to the current address */
  async function move(portal: Portal, who: { id: string; email: string; token: string }, email: string) {
    expect((await post(portal, `/users/${who.id}/email`, { email }, who.token)).status).toBe(202);
    const [back] = (await mailTo(portal, who.email, 'email-change-requested')).codes;
    return { next: async () => (await mailTo(portal, email, 'confirm-email-change')).codes[0], back };
  }

  /** Polls until this many database sessions wait for a lock. */
  async function untilWaiting(sessions: number): Promise<void> {
    for (;;) {
      const { rows } = await observer.query(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      if (rows[0].waiting >= sessions) return;
    }
  }

  /** An address whose claim changes with the new key: only the row itself shows that the address is taken. */
  function nameWithOwnClaim(): string {
    const [one, two] = [createBlindIndex(former), createBlindIndex(ring(added, former))];
    for (;;) {
      const name = `owner${++count}`;
      const email = `${name}@example.org`;
      if (!equalBytes(emailClaim(one, email), emailClaim(two, email))) return name;
    }
  }

  it.each(['one key', 'another key'])(
    'R64: nobody gets an address while its owner changes it and may still revert the change: under %s',
    async (keys) => {
      const [own, others] = keys === 'one key' ? [before, before] : [during, after];
      const owner = await person(before, keys === 'one key' ? `owner${++count}` : nameWithOwnClaim());
      const rival = await person(others, `rival${count}`);
      // Requested while nobody has the address; its link is still open.
      const link = await move(others, rival, `parked${count}@example.net`);
      const token = await link.next();
      const moved = await move(own, owner, `away${count}@example.net`);
      const away = await moved.next();
      // The rival's change targets the owner's address.
      await retarget(rival.id, others, owner.email);

      // The owner's batch has released the address and is held before it reserves it; the rival's batch waits or is
      // done.
      const holding = new pg.Client(server.url);
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

  it(`R63: of two people who verify one address at once, one by a change and one by a registration, exactly one gets it, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const mover = await person(before, `mover${++count}`);
      const email = `both${count}@example.net`;
      const password = 'slow brass kettle 12';
      const registration = { email, password, firstName: 'A', lastName: 'B', dateOfBirth: '1990-01-01' };
      expect((await post(before, '/auth/register', registration)).status).toBe(202);
      const registered = await before.idOf(email);
      const link = await (await move(before, mover, email)).next();
      const [verify] = (await mailTo(before, email, 'verify-email')).codes;
      const proofs = [
        () => confirm(before, link),
        () => post(before, '/auth/verify-email', { token: verify }),
      ] as const;
      // The later one sometimes wins, because it needs fewer round trips.
      const [confirmed, verified] =
        round % 2 === 0
          ? await Promise.all([proofs[0](), proofs[1]()])
          : ((await Promise.all([proofs[1](), proofs[0]()])).reverse() as [Reply, Reply]);
      const statuses = [confirmed.status, verified.status];
      expect([
        [204, 400],
        [400, 204],
      ]).toContainEqual(statuses);
      expect(await before.idOf(email)).toBe(confirmed.status === 204 ? mover.id : registered);
      expect((await logIn(before, confirmed.status === 204 ? email : mover.email)).status).toBe(200);
    }
  });

  it(`R63: a change that is confirmed while somebody registers the address ends the unverified account, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const mover = await person(before, `mover${++count}`);
      const email = `again${count}@example.net`;
      const registration = { email, password: 'slow brass kettle 12', firstName: 'A', lastName: 'B' };
      const register = () => post(before, '/auth/register', { ...registration, dateOfBirth: '1990-01-01' });
      await register();
      const link = await (await move(before, mover, email)).next();
      const replies = await Promise.all([register(), confirm(before, link), register()]);
      expect(replies.map(({ status }) => status)).toEqual([202, 204, 202]);
      expect(await before.idOf(email)).toBe(mover.id);
    }
  });

  it('R5: two people who ask for each other’s address at once both get an answer, and one mail each', async () => {
    const [one, two] = [await person(before, `one${++count}`), await person(before, `two${count}`)];
    const ask = (who: typeof one, email: string) => post(before, `/users/${who.id}/email`, { email }, who.token);
    const replies = await Promise.all([ask(one, two.email), ask(two, one.email)]);
    expect(replies.map(({ status }) => status)).toEqual([202, 202]);
    for (const { email } of [one, two]) {
      const told = (await before.mails(email)).filter(({ template }) => template === 'account-exists');
      expect(told).toHaveLength(1);
    }
  });

  /** As if the change had been requested while the address was free. */
  async function retarget(userId: string, portal: Portal, email: string): Promise<void> {
    const { deps } = portal;
    const [dataKey] = await deps.database.load(deps.loads.identity.dataKey(userId as never));
    const { rows } = await observer.query('SELECT id FROM email_changes WHERE user_id = $1', [userId]);
    if (dataKey === undefined) throw new Error('nobody');
    const place = sealedPlaceOf('email_changes', 'new_email', rows[0].id);
    await observer.query('UPDATE email_changes SET new_email = $1 WHERE id = $2', [
      deps.cipher.seal(dataKey, place, email),
      rows[0].id,
    ]);
  }
});
