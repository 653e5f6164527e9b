/** The index key is rotated while instances run that do not have the new ring yet. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';
import { createDatabase } from '../../adapters/postgres/commit/database.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { createNotificationLoads } from '../../adapters/postgres/notifications/notifications.ts';
import { clinicLoads } from '../../adapters/postgres/scheduling/clinic-settings.ts';
import { reindex } from '../../adapters/postgres/sealed/reindex.ts';
import { sealingRow, suppressionIndex } from '../../adapters/postgres/sealed/sealed-row.ts';
import type { IdentityChange } from '../../domain/identity/changes.ts';
import { judge } from '../../domain/protection/finding.ts';
import type { UserId } from '../../domain/shared/ids.ts';
import { commit } from '../../src/app/command.ts';
import { newId } from '../../src/app/context.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { blockAddress } from '../../src/app/protection/blocks.ts';
import { isPublished, onlyIndexKey, promoteKey, publishKey } from '../../src/compose/key-rotation.ts';
import { requireKnownKeys } from '../../src/compose/known-keys.ts';
import { logIn, mailTo } from '../http/identity/support.ts';
import { type Portal, startPortal } from '../support/portal.ts';
import { browserBody } from '../support/push-devices.ts';
import { testDatabase } from '../support/test-database.ts';
import { uploadText } from '../support/upload.ts';

const OLD = generateIndexKey();
const PUSH = '/api/v1/notifications/push-subscriptions';
let driver: SqlDriver;
let published: string;
let promoted: string;
/** Each is one step of the rotation behind the next. */
let former: Portal;
let informed: Portal;
let current: Portal;

beforeAll(async () => {
  ({ driver } = await testDatabase());
  published = await publishKey('INDEX_KEY', OLD);
  promoted = promoteKey('INDEX_KEY', published);
  const keys = {
    FIELD_KEYS: JSON.stringify([generateFieldKey('1')]),
    TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
  };
  const portal = (INDEX_KEY: string) => startPortal({ driver, environment: { ...keys, INDEX_KEY } });
  [former, informed, current] = [await portal(OLD), await portal(published), await portal(promoted)];
});
afterAll(() => driver.close());

const signsIn = async (at: Portal, email: string) => (await logIn(at, email)).status;

describe('rotating the index key', () => {
  it('R55: starts with a single key, and ends with one', () => {
    expect([isPublished(OLD), isPublished(published), isPublished(promoted)]).toEqual([false, true, false]);
    const [next] = JSON.parse(promoted);
    expect(JSON.parse(promoted)).toEqual([next, { key: OLD }]);
    expect([onlyIndexKey(promoted), onlyIndexKey(OLD)]).toEqual([next.key, undefined]);
    const index = createBlindIndex(promoted);
    expect(index.all('users.email', 'a@b.example')).toEqual([
      createBlindIndex(next.key).of('users.email', 'a@b.example'),
      createBlindIndex(OLD).of('users.email', 'a@b.example'),
    ]);
    expect(() => createBlindIndex('[{"key":"short"}]')).toThrow('index key 1 is not valid');
  });

  it('instances one step apart find each other’s accounts', async () => {
    const [a, b, c] = [
      await former.person('patient', 'written-before'),
      await informed.person('patient', 'written-informed'),
      await current.person('patient', 'written-after'),
    ];
    expect(await signsIn(informed, a.email)).toBe(200);
    expect(await signsIn(former, b.email)).toBe(200);
    expect(await signsIn(current, a.email)).toBe(200);
    expect(await signsIn(current, b.email)).toBe(200);
    expect(await signsIn(informed, c.email)).toBe(200);
  });

  it('patients are found whichever of the two keys their hashes were made with', async () => {
    const staff = await informed.person('staff', 'reception');
    const token = await informed.signIn(staff.email);
    const found = async (portal: Portal, q: string) =>
      (await portal.request('GET', `/api/v1/patients?q=${q}`, { token })).body.data.length;
    expect(await found(informed, 'written-before')).toBe(1);
    expect(await found(informed, 'written-after')).toBe(1);
    expect(await found(current, 'written-before')).toBe(1);
    expect(await found(former, 'written-after')).toBe(0);
  });

  it('R5: one address never gets two accounts, whichever rings the two instances have', async () => {
    for (const [first, second] of [
      [informed, current],
      [current, informed],
      [former, informed],
      [informed, former],
      [current, current],
    ] as const) {
      const email = `twice-${newId(first.deps, first.clock.now())}@example.org`;
      expect(await store(first, email)).toEqual({ ok: true, value: { queued: 0 } });
      expect(await store(second, email)).toMatchObject({ ok: false, error: { code: 'email_taken' } });
    }
  });

  it('R55: every index is recomputed, page by page; then the previous key can be removed', async () => {
    const { email } = await former.person('patient', 'mover');
    const token = await former.signIn(email);
    const { id: doctorId } = await former.person('doctor', 'healer');
    const mover = await former.idOf(email);
    const ask = { token, body: { email: 'moved@example.net' } };
    expect((await former.request('POST', `/api/v1/users/${mover}/email`, ask)).status).toBe(202);
    const [code] = (await mailTo(former, 'moved@example.net', 'confirm-email-change')).codes;
    await former.request('POST', '/api/v1/auth/confirm-email-change', { body: { token: code } });
    const browser = { token, body: browserBody('of-mover') };
    expect((await former.request('POST', PUSH, browser)).status).toBe(201);
    // An instance with the new ring knows the device that was registered under the previous key.
    expect((await current.request('POST', PUSH, browser)).status).toBe(200);
    const tagged = await uploadText(former, token, { tags: 'Knee' });
    const many = Array.from({ length: 210 }, (_, n) => `many${n}@example.org`);
    for (const each of many) await store(former, each);

    const { cipher } = current.deps;
    const done = await reindex(driver, cipher, createBlindIndex(promoted));
    expect(done.renewed).toBeGreaterThan(210);
    expect(done.unopened).toEqual([]);
    expect(await reindex(driver, cipher, createBlindIndex(promoted))).toEqual({ renewed: 0, unopened: [] });

    const alone = onlyIndexKey(promoted) ?? '';
    await requireKnownKeys(driver, { cipher, index: createBlindIndex(alone), format: { state: 'bound' } });
    const { FIELD_KEYS, TOKEN_KEYS } = current.platform.config;
    const after = await startPortal({
      driver,
      environment: { FIELD_KEYS: FIELD_KEYS ?? '', TOKEN_KEYS: TOKEN_KEYS ?? '', INDEX_KEY: alone },
    });
    for (const each of ['written-before@example.org', 'written-after@example.org', 'moved@example.net']) {
      expect([each, await signsIn(after, each)]).toEqual([each, 200]);
    }
    expect(
      (await after.request('POST', PUSH, { ...browser, token: await after.signIn('moved@example.net') })).status,
    ).toBe(200);
    expect(await filesTagged(after, 'moved@example.net', 'knee')).toEqual([tagged]);
    expect(await after.idOf('many209@example.org')).toBeDefined();
    // Still reserved for the owner, who may revert the change.
    expect(await store(after, email)).toMatchObject({ ok: false, error: { code: 'email_taken' } });
    const [[doctor] = []] = await driver.run(
      [sql`SELECT specialty, specialty_index FROM doctors WHERE user_id = ${doctorId}::uuid`],
      'snapshot',
    );
    expect(doctor?.specialty_index).toEqual(
      createBlindIndex(alone).of('doctors.specialty', String(doctor?.specialty).toLowerCase()),
    );
  });

  it('addresses that are blocked stay blocked', async () => {
    const address = '198.51.100.91';
    const context = { ...systemContext(former.deps), ip: address };
    expect(await blockAddress(former.deps, context, 'guessing')).toHaveLength(1);
    const subjects = async () => {
      const { database, deps, clock } = current;
      const [blocks] = await database.load(deps.loads.protection.standingBlocks(10, clock.now()));
      return blocks.map(({ subject }) => subject);
    };
    const under = (ring: string) => createBlindIndex(ring).of('ip_blocks.range', address);
    expect(await subjects()).toEqual([under(OLD)]);
    expect((await reindex(driver, current.deps.cipher, createBlindIndex(promoted))).unopened).toEqual([]);
    expect(await subjects()).toEqual([under(promoted)]);
    expect((await reindex(driver, current.deps.cipher, createBlindIndex(promoted))).renewed).toBe(0);
  });

  it('an open finding about an address stays the one that grows', async () => {
    const address = '198.51.100.92';
    const subject = { kind: 'address', address } as const;
    const seen = { rule: 'account_enumeration', target: 'a', weight: 1, at: 1, isGrave: false, session: null } as const;
    const { deps, clock } = former;
    const id = newId<'security_finding'>(deps, clock.now());
    const suspect = { ...seen, subject, sightings: [{ ...seen, subject: { addressIndex: new Uint8Array(32) } }] };
    const judged = judge(suspect, undefined, 1, { id, dataKey: deps.cipher.newKey(id) }, clock.now());
    expect((await commit(deps, systemContext(deps), judged)).ok).toBe(true);
    await reindex(driver, current.deps.cipher, createBlindIndex(promoted));
    const [rows = []] = await driver.run([sql`SELECT address_index FROM security_findings`], 'snapshot');
    expect(rows).toEqual([{ address_index: createBlindIndex(promoted).of('audit_addresses.address', address) }]);
    const latest = current.deps.loads.protection.latestFinding('account_enumeration', subject);
    expect((await current.database.load(latest))[0]?.finding).toMatchObject({ id, subject });
  });

  it('numbers that got text messages stay known, unless the person has another one', async () => {
    const { id: userId, email } = await former.person('patient', 'texted');
    const { dataKey } = (await former.database.load(former.deps.loads.identity.userByEmail(email)))[0] ?? {};
    if (dataKey === undefined) throw new Error('no key');
    const [mine, left] = ['+4930901820', '+4930901821'];
    const old = createBlindIndex(OLD);
    const phone = sealingRow(former.deps.cipher, dataKey, 'mfa_enrolments', userId).text('phone', mine);
    const notification = newId(former.deps, former.clock.now());
    const [toMine, toLeft] = [newId(former.deps, former.clock.now()), newId(former.deps, former.clock.now())];
    await driver.run(
      [
        sql`INSERT INTO mfa_enrolments (user_id, phone, phone_verified_at)
            VALUES (${userId}::uuid, ${phone}::bytea, now())`,
        sql`INSERT INTO notifications (id, user_id, channel, category, template, variables, status, send_at, created_at)
            SELECT ${notification}::uuid, ${userId}::uuid, 'sms', 'reminder', 'clinic-notice', ${phone}::bytea, 'sent', now(), now()`,
        ...[
          [toMine, mine],
          [toLeft, left],
        ].map(
          ([
            id,
            number,
          ]) => sql`INSERT INTO deliveries (id, notification_id, channel, state, send_at, address_index, created_at)
            VALUES (${id}::uuid, ${notification}::uuid, 'sms', 'sent', now(), ${suppressionIndex(old, 'sms', number ?? '')}::bytea, now())`,
        ),
      ],
      'write',
    );
    await reindex(driver, current.deps.cipher, createBlindIndex(promoted));
    const fresh = createBlindIndex(onlyIndexKey(promoted) ?? '');
    const loads = createNotificationLoads(current.deps.cipher, fresh, clinicLoads.clinic);
    const [at, atLeft] = await current.database.load(loads.receiversAt(mine), loads.receiversAt(left));
    expect(at.map((each) => [each.userId, each.isCurrent])).toEqual([[userId, true]]);
    expect(atLeft).toEqual([]);
    const [stored = []] = await driver.run([sql`SELECT 1 FROM deliveries WHERE address_index IS NOT NULL`], 'snapshot');
    expect(stored).toHaveLength(1);
  });
});

async function filesTagged(at: Portal, email: string, tag: string): Promise<string[]> {
  const { body } = await at.request('GET', `/api/v1/files/my?tag=${tag}`, { token: await at.signIn(email) });
  return body.data.map(({ id }: { id: string }) => id);
}

/** Commits as a command would that has found no account. */
async function store(at: Portal, email: string) {
  const { deps, clock } = at;
  const now = clock.now();
  const id = newId<'user'>(deps, now) as UserId;
  const [template] = await at.database.load(deps.loads.identity.userByEmail('written-before@example.org'));
  if (template === undefined) throw new Error('nobody to copy');
  const user = { ...template, id, email, dataKey: deps.cipher.newKey(id), createdAt: now, updatedAt: now };
  const change: IdentityChange = { type: 'user.created', user, passwordHash: null };
  const index = createBlindIndex(at.platform.config.INDEX_KEY ?? '');
  return createDatabase(driver, deps.cipher, index).commit({
    changes: [change],
    audit: [],
    jobs: [],
    idempotency: undefined,
    givenUp: undefined,
    at: now,
  });
}
