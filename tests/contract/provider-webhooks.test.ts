import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sendgridWebhook } from '../../adapters/channels/webhooks/sendgrid.ts';
import { twilioWebhook } from '../../adapters/channels/webhooks/twilio.ts';
import type { ProviderCall } from '../../domain/notifications/provider-notices.ts';

const bytes = (text: string) => new Uint8Array(new TextEncoder().encode(text));
const call = (url: string, headers: Record<string, string>, body: string): ProviderCall => ({
  url,
  header: (name) => headers[name] ?? null,
  body: bytes(body),
});

describe('SendGrid’s event webhook', () => {
  /** Published in the tests of SendGrid's own libraries (`eventwebhook`): the CRLF at the end is part of what is signed. */
  const PUBLISHED = {
    key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
    signature: 'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
    timestamp: '1600112502',
    body: `${JSON.stringify([
      {
        email: 'hello@world.com',
        event: 'dropped',
        reason: 'Bounced Address',
        sg_event_id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
        sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0',
        'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>',
        timestamp: 1600112492,
      },
    ])}\r\n`,
  };
  const SIGNED_AT = Number(PUBLISHED.timestamp) * 1000;
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'der' }).toString('base64');

  const receive = (
    { signature, timestamp, body }: { signature: string; timestamp: string; body: string },
    { keys = [PUBLISHED.key], now = SIGNED_AT } = {},
  ) =>
    sendgridWebhook({ publicKeys: keys, clock: { now: () => now } }).receive(
      call(
        'https://portal.example/callbacks',
        {
          'x-twilio-email-event-webhook-signature': signature,
          'x-twilio-email-event-webhook-timestamp': timestamp,
        },
        body,
      ),
    );
  const signed = (body: string, timestamp = PUBLISHED.timestamp) => ({
    body,
    timestamp,
    signature: createSign('sha256')
      .update(timestamp + body)
      .sign(own.privateKey, 'base64'),
  });
  const read = (events: unknown) => receive(signed(JSON.stringify(events)), { keys: [spki(own.publicKey)] });

  test('the published vector is genuine, and read', async () => {
    expect(await receive(PUBLISHED)).toEqual({
      ok: true,
      value: [
        {
          kind: 'message',
          eventId: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
          at: 1600112492000,
          providerId: 'LRzXl_NHStOGhQ4kofSm_A',
          messageId: null,
          event: { type: 'failed', detail: 'SendGrid dropped it: Bounced Address', reason: 'no_such_receiver' },
        },
      ],
    });
  });

  test.each([
    ['a body that lost its line end', { body: PUBLISHED.body.trimEnd() }],
    ['another body', { body: PUBLISHED.body.replace('hello', 'hullo') }],
    ['another time', { timestamp: '1600112503' }],
    ['a time that is no number', { timestamp: '1600112502 ' }],
    ['no time', { timestamp: '' }],
    ['no signature', { signature: '' }],
    ['a signature that is no DER', { signature: 'AAAA' }],
    ['a signature with bytes at its end', { signature: `${PUBLISHED.signature.slice(0, -1)}AAAA` }],
    ['the signature of another key', { signature: signed(PUBLISHED.body).signature }],
  ])('%s is forged', async (_what, change) => {
    expect(await receive({ ...PUBLISHED, ...change })).toEqual({ ok: false, error: 'forged' });
  });

  test('while the key is changed, both are good', async () => {
    const keys = [spki(own.publicKey), PUBLISHED.key];
    expect((await receive(PUBLISHED, { keys })).ok).toBe(true);
    expect((await receive(signed('[]'), { keys })).ok).toBe(true);
    expect(await receive(PUBLISHED, { keys: [] })).toEqual({ ok: false, error: 'forged' });
  });

  test.each([-301, 301])('what was signed %i seconds from now is stale', async (seconds) => {
    expect(await receive(PUBLISHED, { now: SIGNED_AT + seconds * 1000 })).toEqual({ ok: false, error: 'stale' });
    const almost = SIGNED_AT + (seconds - Math.sign(seconds)) * 1000;
    expect((await receive(PUBLISHED, { now: almost })).ok).toBe(true);
  });

  test.each(['', '{}', '[1]', '[null]', 'no JSON'])(
    'what is signed and no list of events is malformed: %s',
    async (body) => {
      expect(await receive(signed(body), { keys: [spki(own.publicKey)] })).toEqual({ ok: false, error: 'malformed' });
    },
  );

  test('each kind of event, with the message that we named', async () => {
    const common = {
      timestamp: 1513299569,
      sg_message_id: 'm.filter1',
      notification_id: 'n-1',
      email: 'ana@example.org',
    };
    const events = [
      { event: 'processed' },
      { event: 'deferred', response: '400 try again later' },
      { event: 'delivered' },
      { event: 'open' },
      { event: 'click' },
      { event: 'spamreport' },
      { event: 'bounce', type: 'bounce', status: '5.1.1', reason: '550 5.1.1 <ana@example.org> unknown' },
      { event: 'bounce', type: 'blocked', status: '4.2.2' },
      { event: 'bounce', reason: 'ana@example.org is unknown' },
      { event: 'dropped', reason: 'Unsubscribed Address' },
      { event: 'dropped', reason: 'ana@example.org is odd' },
      { event: 'group_unsubscribe' },
      { event: 'of another year' },
    ].map((event, at) => ({ ...common, ...event, sg_event_id: `e-${at}` }));
    const result = await read([...events, { event: 'delivered' }]);
    expect(result.ok && result.value.map((notice) => notice.kind === 'message' && notice.event)).toEqual([
      { type: 'delivered' },
      { type: 'opened' },
      { type: 'clicked' },
      { type: 'complained' },
      { type: 'bounced', hardness: 'hard', detail: '5.1.1' },
      { type: 'bounced', hardness: 'soft', detail: '4.2.2' },
      { type: 'bounced', hardness: 'hard', detail: 'unknown status' },
      { type: 'failed', detail: 'SendGrid dropped it: Unsubscribed Address', reason: 'opted_out' },
      { type: 'failed', detail: 'SendGrid dropped it' },
    ]);
    expect(JSON.stringify(result)).not.toContain('ana@example.org');
    expect(result).toMatchObject({
      value: expect.arrayContaining([
        expect.objectContaining({ messageId: 'n-1', providerId: 'm', eventId: 'e-2', at: 1513299569000 }),
      ]),
    });
  });
});

describe('Twilio’s callbacks', () => {
  const ACCOUNT = `AC${'0'.repeat(32)}`;
  const TOKEN = '12345';
  const NEXT_TOKEN = '67890';
  const URL_OF_STATUS = 'https://portal.example/api/v1/callbacks/twilio?notification=n-1';
  const webhook = twilioWebhook({ accountSid: ACCOUNT, authTokens: [TOKEN, NEXT_TOKEN], clock: { now: () => 7_000 } });
  const sign = (url: string, form: Record<string, string>, token = TOKEN) =>
    createHmac('sha1', token)
      .update(
        url +
          Object.keys(form)
            .sort()
            .map((name) => name + form[name])
            .join(''),
      )
      .digest('base64');
  const receive = (form: Record<string, string>, { url = URL_OF_STATUS, signature = sign(url, form) } = {}) =>
    webhook.receive(call(url, { 'x-twilio-signature': signature }, new URLSearchParams(form).toString()));
  const status = (fields: Record<string, string>) => receive({ AccountSid: ACCOUNT, MessageSid: 'SM1', ...fields });
  const text = (fields: Record<string, string>) =>
    receive({
      AccountSid: ACCOUNT,
      MessageSid: 'SM2',
      From: '+4930901820',
      To: '+15005550006',
      SmsStatus: 'received',
      ...fields,
    });

  describe('the example of Twilio’s documentation', () => {
    const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
    const signature = '0/KCTR6DLpKmkAf8muzZqo1nDgQ=';
    const form = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+12349013030',
      Digits: '1234',
      From: '+12349013030',
      To: '+18005551212',
    };

    test('is genuine, and of a call, not of a message', async () => {
      expect(await receive(form, { url, signature })).toEqual({ ok: false, error: 'malformed' });
    });

    test.each([
      ['a field', { ...form, Digits: '1235' }, url, signature],
      ['another field', { ...form, More: '' }, url, signature],
      ['the query', form, `${url}3`, signature],
      ['the path', form, url.replace('myapp', 'myapq'), signature],
      ['the scheme', form, url.replace('https', 'http'), signature],
      ['the signature', form, url, `1${signature.slice(1)}`],
      ['the length of the signature', form, url, signature.slice(0, 20)],
      ['no signature', form, url, ''],
      ['the token', form, url, sign(url, form, '12346')],
    ])('is forged with another: %s', async (_what, fields, address, mac) => {
      expect(await receive(fields, { url: address, signature: mac })).toEqual({ ok: false, error: 'forged' });
    });
  });

  test('while the token is changed, both are good', async () => {
    const form = { AccountSid: ACCOUNT, MessageSid: 'SM1', MessageStatus: 'delivered' };
    expect((await receive(form, { signature: sign(URL_OF_STATUS, form, NEXT_TOKEN) })).ok).toBe(true);
  });

  test('the standard port may be part of what is signed', async () => {
    const form = { AccountSid: ACCOUNT, MessageSid: 'SM1', MessageStatus: 'delivered' };
    const signature = sign(URL_OF_STATUS.replace('.example/', '.example:443/'), form);
    expect((await receive(form, { signature })).ok).toBe(true);
  });

  test('a repeated field counts with each of its values once', async () => {
    const url = URL_OF_STATUS;
    const body = `AccountSid=${ACCOUNT}&MessageSid=SM1&MessageStatus=delivered&Tag=b&Tag=a&Tag=b`;
    const signature = createHmac('sha1', TOKEN)
      .update(`${url}AccountSid${ACCOUNT}MessageSidSM1MessageStatusdeliveredTagaTagb`)
      .digest('base64');
    expect((await webhook.receive(call(url, { 'x-twilio-signature': signature }, body))).ok).toBe(true);
  });

  test('the callback of another account is refused', async () => {
    const form = { AccountSid: `AC${'1'.repeat(32)}`, MessageSid: 'SM1', MessageStatus: 'delivered' };
    expect(await receive(form)).toEqual({ ok: false, error: 'malformed' });
  });

  test('a status names the message, and is handled once for each status', async () => {
    expect(await status({ MessageStatus: 'delivered' })).toEqual({
      ok: true,
      value: [
        {
          kind: 'message',
          eventId: 'SM1:delivered',
          at: 7_000,
          providerId: 'SM1',
          messageId: 'n-1',
          event: { type: 'delivered' },
        },
      ],
    });
    expect(await status({ MessageStatus: 'sent' })).toEqual({ ok: true, value: [] });
  });

  test.each([
    [
      { MessageStatus: 'undelivered', ErrorCode: '30003' },
      { type: 'bounced', hardness: 'soft', detail: '30003' },
    ],
    [
      { MessageStatus: 'undelivered', ErrorCode: '30005' },
      { type: 'bounced', hardness: 'hard', detail: '30005' },
    ],
    [
      { MessageStatus: 'failed', ErrorCode: '21610' },
      { type: 'failed', detail: '21610', reason: 'opted_out' },
    ],
    [
      { MessageStatus: 'failed', ErrorCode: '30007' },
      { type: 'failed', detail: '30007' },
    ],
    [
      { MessageStatus: 'failed', ErrorCode: '<b>' },
      { type: 'failed', detail: 'no code' },
    ],
  ])('%o', async (fields, event) => {
    expect(await status(fields as Record<string, string>)).toMatchObject({ value: [{ event }] });
  });

  test.each([
    ['STOP', 'stop'],
    [' stop. ', 'stop'],
    ['“Stopp!”', 'stop'],
    ['arrêt', 'stop'],
    ['توقف', 'stop'],
    ['start', 'start'],
    ['Help?', 'help'],
    ['Hilfe', 'help'],
    ['please stop', null],
    ['C', null],
    ['', null],
  ])('an inbound text “%s” means %s', async (body, keyword) => {
    expect(await text({ Body: body })).toMatchObject({
      value: [{ kind: 'inbound', eventId: 'SM2', from: '+4930901820', text: body, keyword }],
    });
  });

  test('what Twilio took for a keyword is one', async () => {
    expect(await text({ Body: 'no more', OptOutType: 'STOP' })).toMatchObject({ value: [{ keyword: 'stop' }] });
  });
});
