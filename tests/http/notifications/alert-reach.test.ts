/** That the reach of an alert, foretold and told afterwards, is what its deliveries show, whatever keeps somebody from being reached. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { sealingRow } from '../../../adapters/postgres/sealed/sealed-row.ts';
import type { SuppressedChannel } from '../../../domain/notifications/suppression.ts';
import { addition } from '../../../domain/notifications/suppressions.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { commit } from '../../../src/app/command.ts';
import { newId } from '../../../src/app/context.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { planAlert } from '../../../src/app/notifications/alerts.ts';
import { browserBody } from '../../support/push-devices.ts';
import { type Clinic, type Person, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const rows = async (statement: Sql) => (await clinic.portal.driver.run([statement], 'write'))[0] ?? [];
const alert = (personIds: readonly string[], query = '') =>
  clinic.post(`/admin/alerts${query}`, clinic.admin.token, { text: 'The clinic is closed today.', personIds });
const progress = async (id: string) => (await clinic.get(`/admin/alerts/${id}`, clinic.admin.token)).body;

async function keyOf({ id }: Pick<Person, 'id'>) {
  const { deps } = clinic.portal;
  const [key] = await deps.database.load(deps.loads.identity.dataKey(id as UserId));
  if (key === undefined) throw new Error('no data key');
  return key;
}

async function suppress(who: Pick<Person, 'id'>, channel: SuppressedChannel, address: string): Promise<void> {
  const { deps } = clinic.portal;
  const context = systemContext(deps);
  const userId = who.id as UserId;
  const dataKey = await keyOf(who);
  const made = { id: newId<'suppression'>(deps, context.now), userId, dataKey, channel, address } as const;
  const added = addition({ ...made, reason: 'no_such_receiver', provider: 'sendgrid' }, context.now);
  expect((await commit(deps, context, decided({ value: undefined, changes: [added], audit: [] }))).ok).toBe(true);
}

let numbers = 0;
async function withPhone(who: Pick<Person, 'id'>): Promise<string> {
  const number = `+49151000000${String(numbers++).padStart(2, '0')}`;
  const seal = sealingRow(clinic.portal.deps.cipher, await keyOf(who), 'mfa_enrolments', who.id);
  await rows(
    sql`INSERT INTO mfa_enrolments (user_id, phone, phone_verified_at) VALUES (${who.id}::uuid, ${seal.text('phone', number)}::bytea, now())`,
  );
  return number;
}

const unproven = ({ id }: Pick<Person, 'id'>) =>
  rows(sql`UPDATE users SET email_verified_at = NULL WHERE id = ${id}::uuid`);

/** Registered at the desk: without an account. */
async function registered(lastName: string): Promise<string> {
  const body = { firstName: 'Tim', lastName, channel: 'phone', dateOfBirth: '2018-05-06', acknowledgeDuplicates: true };
  return (await clinic.post('/patients', clinic.staff.token, body)).body.id as string;
}

/** One of each way in which an alert reaches somebody, or does not. */
const KINDS: Readonly<Record<string, (who: Person) => Promise<unknown>>> = {
  'by mail': async () => {},
  'suppressed mail': (who) => suppress(who, 'email', who.email),
  'another address than the suppressed one': (who) => suppress(who, 'email', 'before@clinic.example'),
  'unproven mail': unproven,
  'suppressed mail and a phone': async (who) => {
    await withPhone(who);
    await suppress(who, 'email', who.email);
  },
  'suppressed mail and phone': async (who) => {
    await suppress(who, 'sms', await withPhone(who));
    await suppress(who, 'email', who.email);
  },
  'suppressed mail and a device': async (who) => {
    await clinic.post('/notifications/push-subscriptions', who.token, browserBody(who.id));
    await suppress(who, 'email', who.email);
  },
  'suppressed mail and a device that gets no alerts': async (who) => {
    await clinic.post('/notifications/push-subscriptions', who.token, browserBody(who.id));
    await suppress(who, 'email', who.email);
    const changed = { token: who.token, body: { choices: { alert: { push: false } } }, headers: { 'If-Match': '*' } };
    expect((await clinic.portal.request('PUT', '/api/v1/notifications/preferences', changed)).status).toBe(200);
  },
};
const UNREACHED = [
  'suppressed mail',
  'unproven mail',
  'suppressed mail and phone',
  'suppressed mail and a device that gets no alerts',
];

test('a dry run, the alert and its deliveries agree on who is reached by which channel, and who has to be called', async () => {
  const people = new Map<string, string>();
  for (const [index, [kind, prepare]] of Object.entries(KINDS).entries()) {
    const who = await clinic.person('patient', `reach-${index}`);
    await prepare(who);
    people.set(kind, who.id);
  }
  const lone = await registered('Brandt');
  await clinic.runJobs();
  const ids = [...people.values(), lone];
  const counts = { persons: 9, email: 2, sms: 1, push: 1, unreachable: 5, portalOnly: 4 };
  expect((await alert(ids, '?dryRun=true')).body).toMatchObject({ id: null, ...counts });

  const { body } = await alert(ids);
  expect(body).toMatchObject(counts);
  await clinic.runJobs();
  const { toCall, unreachable, told } = await progress(body.id);
  const wanted = [...UNREACHED.map((kind) => people.get(kind)), lone].toSorted();
  expect([toCall, unreachable, told]).toEqual([wanted, 5, 8]);
  const taken =
    await rows(sql`SELECT d.channel, count(DISTINCT r.person_id)::int AS n FROM alert_receivers r JOIN deliveries d
      ON d.notification_id = r.notification_id WHERE r.alert_id = ${body.id}::uuid AND d.state <> 'skipped' GROUP BY 1 ORDER BY 1`);
  expect(taken).toEqual([
    { channel: 'email', n: 2 },
    { channel: 'push', n: 1 },
    { channel: 'sms', n: 1 },
  ]);
});

test('who acts for a child and cannot be told is to be called; where the proxy has no account any more, the child is', async () => {
  const parent = await clinic.person('patient', 'parent');
  const child = await registered('Okafor');
  const proxy = { personId: parent.id, ground: 'parent', proof: 'Birth certificate seen' };
  expect((await clinic.post(`/patients/${child}/proxies`, clinic.staff.token, proxy)).status).toBe(201);
  expect((await alert([child], '?dryRun=true')).body).toMatchObject({ persons: 1, email: 1, unreachable: 0 });
  await suppress(parent, 'email', parent.email);
  expect((await alert([child], '?dryRun=true')).body).toMatchObject({ persons: 1, email: 0, unreachable: 1 });
  await rows(sql`UPDATE users SET status = 'closed' WHERE id = ${parent.id}::uuid`);
  expect((await alert([child], '?dryRun=true')).body).toMatchObject({ persons: 1, unreachable: 1, portalOnly: 0 });
  const { body } = await alert([child]);
  expect((await progress(body.id)).toCall).toEqual([child]);
});

test('whoever was told, and whose deliveries have all failed since, is to be called until it is read', async () => {
  const who = await clinic.person('patient', 'bounced');
  const { body } = await alert([who.id]);
  await clinic.runJobs();
  expect(await progress(body.id)).toMatchObject({ told: 1, unreachable: 0, toCall: [] });
  await rows(sql`UPDATE notifications SET status = 'dead' WHERE user_id = ${who.id}::uuid AND category = 'alert'`);
  expect(await progress(body.id)).toMatchObject({ told: 1, unreachable: 1, toCall: [who.id] });
  const [listed] = (await clinic.get('/admin/alerts', clinic.admin.token)).body.data;
  expect(listed).toMatchObject({ id: body.id, unreachable: 1 });
  const [mine] = (await clinic.get('/notifications?category=alert', who.token)).body.data;
  await clinic.post('/notifications/mark-read', who.token, { ids: [mine.id] });
  expect(await progress(body.id)).toMatchObject({ unreachable: 0, toCall: [] });
});

test('a portion begins after the person with whom the one before ended, and counts nobody twice', async () => {
  const [first, second] = [await clinic.person('patient', 'portion-1'), await clinic.person('patient', 'portion-2')];
  for (const who of [first, second]) await suppress(who, 'email', who.email);
  const ids = [first.id, second.id, clinic.maria.id] as UserId[];
  const { deps } = clinic.portal;
  const load = async (after?: string) => {
    const audience = { kind: 'persons', ids } as const;
    const [portion] = await deps.database.load(
      deps.loads.notifications.alertReceivers(audience, deps.clock.now(), after as UserId | undefined),
    );
    return portion.receivers.reduce((sum, { count }) => sum + count, 0);
  };
  const [least = '', most = ''] = [first.id, second.id].toSorted();
  expect([await load(), await load(least), await load(most)]).toEqual([3, 1, 0]);
});

test('all portions are counted', async () => {
  const { deps } = clinic.portal;
  const portions = [
    { receivers: [{ count: 2, reachable: null }], next: 'a' },
    { receivers: [{ count: 3, reachable: null }], next: null },
  ];
  const database = { ...deps.database, load: () => Promise.resolve([portions.shift()]) };
  const audience = { kind: 'persons', ids: [] } as const;
  const reach = await planAlert({ ...deps, database } as never, systemContext(deps), audience);
  expect(reach).toMatchObject({ persons: 5, unreachable: 5, portalOnly: 0 });
});
