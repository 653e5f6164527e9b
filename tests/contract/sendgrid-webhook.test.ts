import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sendgridWebhook } from '../../adapters/channels/webhooks/sendgrid.ts';
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
          address: 'hello@world.com',
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
      { event: 'group_resubscribe' },
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
      { type: 'unsubscribed' },
    ]);
    const told = result.ok ? result.value.map((each) => each.kind === 'message' && each.event) : [];
    expect(JSON.stringify(told)).not.toContain('ana@example.org');
    expect(result).toMatchObject({
      value: expect.arrayContaining([
        expect.objectContaining({ messageId: 'n-1', providerId: 'm', eventId: 'e-2', at: 1513299569000 }),
      ]),
    });
  });
});
