/** What is open to whoever is on the same machine is open to no page of anybody else. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

const statusAs = async (host: string) => (await portal.fetch(new Request(`http://${host}/dev/mailbox`))).status;

test('the development mailbox answers under the names of this machine and of PUBLIC_URL', async () => {
  for (const host of ['localhost:8787', '127.0.0.1:8787', '[::1]:8787', 'portal.example', 'LOCALHOST']) {
    expect([host, await statusAs(host)]).toEqual([host, 200]);
  }
});

test('and under no other: a name that was rebound to this machine reads no mail', async () => {
  for (const host of ['rebound.example:8787', 'localhost.rebound.example', '127.0.0.1.nip.example', '10.0.0.7:8787']) {
    expect([host, await statusAs(host)]).toEqual([host, 404]);
  }
  const request = new Request('http://rebound.example/dev/mailbox');
  expect(((await (await portal.fetch(request)).json()) as { detail: string }).detail).toContain('PUBLIC_URL');
});
