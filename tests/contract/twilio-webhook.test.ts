import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { twilioWebhook } from '../../adapters/channels/webhooks/twilio.ts';
import type { ProviderCall } from '../../domain/notifications/provider-notices.ts';

const bytes = (text: string) => new Uint8Array(new TextEncoder().encode(text));
const call = (url: string, headers: Record<string, string>, body: string): ProviderCall => ({
  url,
  header: (name) => headers[name] ?? null,
  body: bytes(body),
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
          address: null,
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
    ['', null],
    ['c', 'confirm'],
    ['C.', 'confirm'],
    ['Bestätigen', 'confirm'],
    ['cc', null],
    ['C you soon', null],
  ])('an inbound text “%s” means %s', async (body, keyword) => {
    expect(await text({ Body: body })).toMatchObject({
      value: [{ kind: 'inbound', eventId: 'SM2', from: '+4930901820', text: body, keyword }],
    });
  });

  test('whether Twilio has answered it itself', async () => {
    const isAnswered = async (Body: string, more = {}) => {
      const result = await text({ Body, ...more });
      return result.ok && result.value.map((each) => each.kind === 'inbound' && each.isAnswered);
    };
    expect(await isAnswered('stop.')).toEqual([true]);
    expect(await isAnswered('Stopp')).toEqual([false]);
    expect(await isAnswered('Hilfe')).toEqual([false]);
    expect(await isAnswered('no more', { OptOutType: 'STOP' })).toEqual([true]);
  });

  test('what Twilio took for a keyword is one', async () => {
    expect(await text({ Body: 'no more', OptOutType: 'STOP' })).toMatchObject({ value: [{ keyword: 'stop' }] });
  });
});
