/** How administrators are told of findings, read them and close them. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { STRANGER, startWatched, type Watched } from './watched.ts';

let watched: Watched;
beforeEach(async () => {
  watched = await startWatched({ DETECTION: 'many_accounts_from_address=2,one_account_many_addresses=2' });
});
afterEach(() => watched.portal.close());

async function stuffFrom(address: string, name = 'maria'): Promise<void> {
  for (const { email } of await watched.people(2, `${name}${address.replace(/\W/g, '')}`))
    await watched.fail(email, address);
  await watched.minute();
}
const mails = async () =>
  (await watched.portal.mails(watched.root.email)).filter(({ template }) => template === 'security-findings');
const close = (id: string, note: string, headers?: Record<string, string>) =>
  watched.ask('POST', `/admin/security-findings/${id}/close`, { note }, headers);

test('administrators get one mail in ten minutes for all of them, which names no person and no address', async () => {
  await stuffFrom(STRANGER);
  expect(await mails()).toHaveLength(1);
  await stuffFrom('198.51.100.67');
  await stuffFrom('198.51.100.68');
  expect(await mails()).toHaveLength(1);
  watched.portal.clock.advance(600);
  await watched.minute();
  const [last, first, ...others] = await mails();
  expect(others).toEqual([]);
  expect(first?.text).toContain('1 new finding.');
  expect(last?.text).toContain(
    '2 new findings. The gravest is of severity high, by the rule many_accounts_from_address',
  );
  expect(JSON.stringify([first, last])).not.toMatch(/maria|198\.51/i);
  await watched.minute();
  expect(await mails()).toHaveLength(2);
});

test('webhooks are told what was found, and not about whom', async () => {
  const url = 'https://hooks.example.org/security';
  const hook = await watched.ask('POST', '/admin/webhooks', { url, eventTypes: ['security.finding_raised'] });
  expect(hook.status).toBe(201);
  const [ana] = await watched.people(1, 'ana');
  for (const from of ['198.51.100.1', '198.51.100.2']) await watched.signIn(ana?.email ?? '', from);
  await watched.minute();
  await watched.minute();
  const [events = []] = await watched.portal.driver.run([sql`SELECT type, data FROM webhook_events`], 'read');
  const [{ id }] = await watched.findings();
  expect(events).toEqual([
    {
      type: 'security.finding_raised',
      data: { id, version: 1, rule: 'one_account_many_addresses', severity: 'high', subject: 'account' },
    },
  ]);
});

test('a finding is closed once, with a note, by whoever has read it as it is', async () => {
  await stuffFrom(STRANGER);
  const [{ id }] = await watched.findings();
  expect((await close(id, 'ours', { 'If-Match': '"v7"' })).status).toBe(412);
  const closed = await close(id, 'A test of ours', { 'If-Match': '"v1"' });
  expect([closed.status, closed.headers.get('etag')]).toEqual([200, '"v2"']);
  expect(closed.body).toMatchObject({ state: 'closed', note: 'A test of ours', closedBy: watched.root.id });
  const again = await close(id, 'twice');
  expect([again.status, again.body.code]).toEqual([409, 'security_finding_closed']);
  const unknown = await close('019a0000-0000-7000-8000-000000000001', 'none');
  expect([unknown.status, unknown.body.code]).toEqual([404, 'security_finding_not_found']);
  expect((await watched.ask('GET', `/admin/security-findings/${id}`)).body).toEqual(closed.body);
  const [rows = []] = await watched.portal.driver.run(
    [
      sql`SELECT event_type, actor_id, details FROM audit_events WHERE event_type LIKE 'security.%' ORDER BY occurred_at`,
      sql`SELECT (SELECT string_agg(f::text, '') FROM security_findings f) || (SELECT string_agg(e::text, '') FROM audit_events e) AS t`,
    ],
    'read',
  );
  expect(rows).toMatchObject([
    {
      event_type: 'security.finding_raised',
      actor_id: null,
      details: { rule: 'many_accounts_from_address', count: 2 },
    },
    { event_type: 'security.finding_closed', actor_id: watched.root.id },
  ]);
  expect(JSON.stringify(rows)).not.toContain(STRANGER);
});

test('what happened before a finding was closed does not count again', async () => {
  await stuffFrom(STRANGER, 'one');
  const [{ id }] = await watched.findings();
  await close(id, 'looked into');
  // The block ends.
  watched.portal.clock.advance(360);
  await watched.minute();
  const [another] = await watched.people(1, 'another');
  await watched.fail(another?.email ?? '', STRANGER);
  await watched.minute();
  expect(await watched.findings('?state=open')).toEqual([]);
  await stuffFrom(STRANGER, 'two');
  expect(await watched.findings('?state=open')).toMatchObject([{ count: 3, rule: 'many_accounts_from_address' }]);
  expect(await watched.findings('?state=closed')).toMatchObject([{ id }]);
});

test('findings are filtered by rule, severity and state', async () => {
  await stuffFrom(STRANGER);
  for (const query of ['?severity=high', '?rule=many_accounts_from_address', '?state=open'])
    expect(await watched.findings(query)).toHaveLength(1);
  for (const query of ['?severity=low', '?rule=account_enumeration', '?state=closed'])
    expect(await watched.findings(query)).toEqual([]);
  const { email } = await watched.portal.person('staff', 'desk');
  const token = await watched.portal.signIn(email);
  expect((await watched.portal.request('GET', '/api/v1/admin/security-findings', { token })).status).toBe(403);
});
