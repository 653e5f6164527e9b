/** While the processing of a person's data is restricted, no credential is made that hands data to programs or third parties. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CREDENTIALS, type Credential, MADE_WHILE_RESTRICTED } from '../../../domain/shared/revocation.ts';
import { type Portal, type Reply, startPortal } from '../../support/portal.ts';
import { browserBody } from '../../support/push-devices.ts';
import { type Enrolled, enrol, signInFully } from '../identity/support.ts';

let portal: Portal;
let admin: string;
let count = 0;
beforeAll(async () => {
  portal = await startPortal();
  await portal.person('admin', 'keeper');
});
afterAll(() => portal.close());

const call = (method: string, path: string, token?: string, body?: unknown) =>
  portal.request(method, `/api/v1${path}`, { token, body });

interface Restricted {
  readonly id: string;
  readonly who: Enrolled;
  readonly limitId: string;
  readonly token: string;
  readonly refreshToken: string;
}

const restrict = (id: string) =>
  call('POST', `/users/${id}/processing-limits`, admin, { kind: 'restriction', ground: 'accuracy_contested' });

async function restricted(): Promise<Restricted> {
  const { id, email } = await portal.person('patient', `restricted${++count}`);
  const who = await enrol(portal, email);
  admin = await portal.signIn('keeper@example.org');
  const limit = await restrict(id);
  expect(limit.status).toBe(201);
  const { accessToken, refreshToken } = (await signInFully(portal, who)).body;
  return { id, who, limitId: limit.body.id, token: accessToken, refreshToken };
}

/** How each kind is made. `null`: the portal has none yet. */
const MAKE: Readonly<Record<Credential, null | ((person: Restricted) => Promise<Reply>)>> = {
  session: ({ who }) => signInFully(portal, who),
  refresh_family: ({ refreshToken }) => call('POST', '/auth/refresh-token', undefined, { refreshToken }),
  trusted_device: ({ who }) => signInFully(portal, who, { trustDevice: true, deviceName: 'Laptop' }),
  api_key: ({ token }) => call('POST', '/api-keys', token, { name: 'sync', scopes: ['read:own_profile'] }),
  calendar_feed: ({ token }) => call('POST', '/calendar/feeds', token),
  export: ({ token }) => call('POST', '/privacy/exports', token),
  reset_link: ({ who }) => call('POST', '/auth/forgot-password', undefined, { email: who.email }),
  email_change: ({ id, token }) => call('POST', `/users/${id}/email`, token, { email: `new-of-${id}@example.org` }),
  download_link: null,
  share: null,
  push_subscription: ({ id, token }) => call('POST', '/notifications/push-subscriptions', token, browserBody(id)),
  linked_identity: null,
  passkey: null,
  live_connection: null,
  proxy: ({ token }) => call('POST', '/proxies', token, { email: 'carer@example.org', ground: 'carer' }),
};

describe('R64 credentials during a restriction (GDPR Art. 18)', () => {
  test.each(CREDENTIALS.filter((credential) => MAKE[credential] !== null))('R64: %s', async (credential) => {
    const make = MAKE[credential] ?? (() => Promise.reject(new Error(credential)));
    const person = await restricted();
    const during = await make(person);
    const expected = MADE_WHILE_RESTRICTED[credential].made ? [true, undefined] : [false, 'processing_restricted'];
    expect([during.status < 300, during.body.code]).toEqual(expected);
  });

  test('R64 a refused credential is neither stored nor reported, and can be created after the restriction is lifted', async () => {
    const person = await restricted();
    const { id, limitId, token, who } = person;
    for (const credential of ['api_key', 'calendar_feed'] as const) {
      expect(await MAKE[credential]?.(person)).toMatchObject({
        status: 409,
        body: { code: 'processing_restricted', title: 'The processing of your data is restricted' },
      });
    }
    expect((await call('GET', '/api-keys', token)).body.data).toEqual([]);
    expect((await call('GET', '/calendar/feeds', token)).body.data).toEqual([]);
    const mails = await portal.mails(who.email);
    expect(mails.filter(({ template }) => template === 'credential-made')).toEqual([]);
    expect(mails.find(({ template }) => template === 'processing-limit')?.text).toContain(
      'Your API keys and calendar links no longer work; you can create new ones once the restriction is lifted.',
    );
    expect((await call('DELETE', `/users/${id}/processing-limits/${limitId}`, admin)).status).toBe(204);
    expect((await MAKE.api_key?.(person))?.status).toBe(201);
    expect((await MAKE.calendar_feed?.(person))?.status).toBe(201);
  });

  test('R64 an objection refuses no credential', async () => {
    const { id, email } = await portal.person('patient', 'objects');
    const token = await portal.signIn(email);
    const objection = { kind: 'objection', ground: 'own_situation' };
    expect((await call('POST', `/users/${id}/processing-limits`, token, objection)).status).toBe(201);
    expect((await call('POST', '/calendar/feeds', token)).status).toBe(201);
  });
});
