import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { twilioChannel } from '../../adapters/channels/twilio.ts';
import type { OutgoingMessage } from '../../domain/notifications/ports.ts';
import type { DeliveryId } from '../../domain/notifications/states.ts';

const MESSAGE: OutgoingMessage = {
  receiverKey: null,
  id: '019a0000-0000-7000-8000-000000000001' as DeliveryId,
  channel: 'sms',
  to: '+4930901820',
  subject: 'Your code',
  text: '123456 is your code & nothing else',
  html: '',
  attachments: [],
  template: 'sign-in-code',
  links: [],
  codes: ['123456'],
};
const ACCOUNT = `AC${'0'.repeat(32)}`;

describe('SMS through Twilio', () => {
  let server: Server;
  let url: string;
  let answer: { status: number; body: unknown } = { status: 201, body: { sid: 'SM1' } };
  let seen: { path: string | undefined; authorization: string | undefined; form: Record<string, string> };
  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen = {
          path: request.url,
          authorization: request.headers.authorization,
          form: Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())),
        };
        response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());
  const send = (message = MESSAGE, to = url) =>
    twilioChannel({ accountSid: ACCOUNT, authToken: 'secret', from: '+15005550006', url: to }).send(message);

  it('a message arrives unchanged', async () => {
    expect(await send()).toEqual({ ok: true, value: { providerId: 'SM1' } });
    expect(seen).toEqual({
      path: `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`,
      authorization: `Basic ${Buffer.from(`${ACCOUNT}:secret`).toString('base64')}`,
      form: { To: MESSAGE.to, From: '+15005550006', Body: MESSAGE.text },
    });
  });

  it('Twilio is told where to report what became of the message', async () => {
    const options = { accountSid: ACCOUNT, authToken: 'secret', from: `MG${'0'.repeat(32)}`, url };
    await twilioChannel({ ...options, statusUrl: 'https://portal.example/callbacks/twilio' }).send(MESSAGE);
    expect(seen.form).toEqual({
      To: MESSAGE.to,
      Body: MESSAGE.text,
      MessagingServiceSid: options.from,
      StatusCallback: `https://portal.example/callbacks/twilio?notification=${MESSAGE.id}`,
    });
  });

  it('a number that cannot receive messages is not retried', async () => {
    answer = { status: 400, body: { code: 21211 } };
    expect(await send()).toMatchObject({ error: { kind: 'permanent', reason: 'no_such_receiver' } });
    answer = { status: 400, body: { code: 21610 } };
    expect(await send()).toMatchObject({ error: { kind: 'permanent', reason: 'opted_out' } });
    answer = { status: 400, body: { code: 21617 } };
    expect(await send()).toMatchObject({ error: { kind: 'permanent', reason: 'too_large' } });
    expect(await send({ ...MESSAGE, channel: 'email' })).toMatchObject({ ok: false, error: { kind: 'permanent' } });
  });

  it('everything else is retried: a wrong token, a rate limit, an outage', async () => {
    for (const [status, reason] of [
      [401, 'rejected'],
      [429, 'throttled'],
      [500, undefined],
    ] as const) {
      answer = { status, body: 'no JSON object' };
      expect(await send()).toMatchObject({
        ok: false,
        error: reason === undefined ? { kind: 'unreachable' } : { kind: 'unreachable', reason },
      });
    }
    answer = { status: 404, body: { code: 20404 } };
    expect(await send()).toMatchObject({ ok: false, error: { kind: 'transient' } });
    expect(await send(MESSAGE, 'http://127.0.0.1:1')).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
  });
});
