/** R5 when mail fails: through the outbox, the queue with its signed callbacks, and the provider's adapter. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendgridChannel } from '../../../adapters/channels/sendgrid.ts';
import { createOutbox } from '../../../adapters/postgres/commit/outbox.ts';
import { qstashCallbackVerifier } from '../../../adapters/upstash/callback-verifier.ts';
import { qstashQueue } from '../../../adapters/upstash/queue.ts';
import { createApp } from '../../../src/http/app.ts';
import { createJobs, type Jobs } from '../../../src/jobs/jobs.ts';
import { serve } from '../../../tools/cloud/http.ts';
import { type QStashServer, startQStash } from '../../../tools/cloud/qstash.ts';
import { type SendGridServer, startSendGrid } from '../../../tools/cloud/sendgrid.ts';
import { PASSWORD, type Portal, type Reply, startPortal } from '../../support/portal.ts';
import { soleProvider } from '../../support/sole-provider.ts';

const signingKeys = { current: 'sig_current_key_of_the_tests', next: 'sig_next_key_of_the_tests' };
const token = 'a-token-for-tests';
const apiKey = 'SG.right';
const PERSON = { password: PASSWORD, firstName: 'Ada', lastName: 'L', dateOfBirth: '1990-04-23' };

let portal: Portal;
let jobs: Jobs;
let queue: QStashServer;
let sendgrid: SendGridServer;
/** What the queue calls. */
let api: Server;
let provider: string;

beforeEach(async () => {
  api = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as [string, string]);
    const platform = { ...portal.platform, jobs, callbacks: qstashCallbackVerifier(signingKeys) };
    const called = new Request(`${portal.deps.settings.publicUrl}${request.url}`, { method: 'POST', headers, body });
    const answer = await createApp().fetch(called, { platform, clientAddress: '203.0.113.9' });
    response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const publicUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  portal = await startPortal({ environment: { PUBLIC_URL: publicUrl } });
  queue = await startQStash({ token, signingKeys, automatic: false });
  sendgrid = await startSendGrid({ apiKey });
  provider = sendgrid.url;
  const channel = {
    send: (message: Parameters<ReturnType<typeof sendgridChannel>['send']>[0]) =>
      sendgridChannel({ apiKey, from: 'portal@clinic.example', url: provider }).send(message),
  };
  jobs = createJobs(
    { ...portal.deps, channel: soleProvider(channel) },
    createOutbox(portal.driver),
    qstashQueue({ url: queue.url, token, publicUrl }, portal.clock),
  );
});
afterEach(async () => {
  await Promise.all([queue.close(), sendgrid.close(), portal.close()]);
  api.closeAllConnections();
  api.close();
});

const ask = (path: string, body: object) => portal.request('POST', `/api/v1/auth/${path}`, { body });
const shown = ({ status, body, headers }: Reply) => ({
  status,
  body,
  headers: [...headers].filter(([name]) => name !== 'x-request-id'),
});

async function passMinutes(minutes: number) {
  portal.clock.advance(minutes * 60);
  await jobs.publish();
  await queue.advance(minutes * 60);
  // What was routed is sent by jobs of its own.
  await jobs.publish();
  return queue.advance(0);
}

async function register(email: string) {
  expect((await ask('register', { ...PERSON, email })).status).toBe(202);
  // While a recent link works, no other is mailed.
  await passMinutes(16);
  sendgrid.clear();
}

const mailboxes = () => Object.fromEntries(sendgrid.mailbox().map(({ to, subject }) => [to[0], subject]));

describe.each<[string, () => Promise<{ url: string; close(): Promise<void> }>]>([
  ['cannot be reached', async () => ({ url: 'http://127.0.0.1:1', close: async () => {} })],
  ['answers 503', () => serve('SendGrid', async () => ({ status: 503 }))],
])('R5: a provider of mail that %s', (_, startBroken) => {
  it('changes no answer, delays the mail, and doubles none', async () => {
    const { email: member } = await portal.person('patient', 'member');
    await register('waiting@example.org');
    const broken = await startBroken();
    provider = broken.url;

    const asked: [string, object, object][] = [
      ['register', { ...PERSON, email: member }, { ...PERSON, email: 'new@example.org' }],
      ['resend-verification', { email: 'waiting@example.org' }, { email: 'stranger@example.org' }],
      ['forgot-password', { email: member }, { email: 'stranger@example.org' }],
    ];
    for (const [path, known, unknown] of asked) {
      const answer = shown(await ask(path, known));
      expect([path, answer.status]).toEqual([path, 202]);
      expect([path, shown(await ask(path, unknown))]).toEqual([path, answer]);
    }

    const attempts = await passMinutes(0);
    expect(attempts).toHaveLength(4);
    expect(attempts.every(({ status }) => status === 503)).toBe(true);
    expect(sendgrid.mailbox()).toEqual([]);

    provider = sendgrid.url;
    await broken.close();
    for (let i = 0; i < 4; i++) await passMinutes(16);
    expect(sendgrid.mailbox()).toHaveLength(4);
    expect(Object.keys(mailboxes()).sort()).toEqual([member, 'new@example.org', 'waiting@example.org'].sort());
    expect(sendgrid.mailbox(member)).toHaveLength(2);
    expect(queue.pending()).toEqual([]);

    const delivered = new Set(queue.history().map(({ messageId }) => messageId));
    for (const messageId of delivered) await queue.redeliver(messageId, 5);
    await passMinutes(60);
    await jobs.runDue();
    expect(sendgrid.mailbox()).toHaveLength(4);

    const link = /verify-email#token=([\w-]+)/.exec(
      sendgrid.mailbox('new@example.org')[0]?.content['text/plain'] ?? '',
    );
    expect((await ask('verify-email', { token: link?.[1] })).status).toBe(204);
  });
});
