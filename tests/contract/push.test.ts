import { createECDH } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fcmChannel } from '../../adapters/channels/fcm.ts';
import { type WebPushOptions, webPushChannel } from '../../adapters/channels/web-push.ts';
import type { OutgoingMessage } from '../../domain/notifications/ports.ts';
import type { PushTarget } from '../../domain/notifications/push-subscription.ts';
import type { DeliveryId } from '../../domain/notifications/states.ts';
import type { NotificationId } from '../../domain/shared/ids.ts';
import { PUSH_HOST, type PushServer, startPush } from '../../tools/cloud/push.ts';
import { decryptPush } from '../../tools/cloud/push-message.ts';

const CONTENT = {
  receiverKey: null,
  id: '019a0000-0000-7000-8000-000000000001' as DeliveryId,
  channel: 'push',
  subject: 'Grüße der Praxis',
  text: 'Morgen um neun.',
  html: '',
  attachments: [],
  template: 'reminder',
  links: ['https://portal.example/appointments#token=secret'],
  codes: [],
  envelope: {
    messageId: '019a0000-0000-7000-8000-000000000002' as NotificationId,
    tag: 'a_tag-of-32-characters-base64url',
    ttlSeconds: 3600,
    urgency: 'normal',
    path: '/appointments',
  },
} as const;
type PushMessage = Extract<OutgoingMessage, { readonly channel: 'push' }>;
const to = (target: PushTarget, change: Partial<Omit<PushMessage, 'channel' | 'to'>> = {}): PushMessage => ({
  ...CONTENT,
  ...change,
  to: target,
});

let server: PushServer;
beforeAll(async () => {
  server = await startPush();
});
beforeEach(() => {
  server.answers.length = 0;
});
afterAll(() => server.close());

test('the stand-in decrypts the example of RFC 8291 (section 5 and appendix A)', () => {
  const receiver = {
    publicKey: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    privateKey: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  };
  const body = Buffer.from(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    'base64url',
  );
  expect(decryptPush(receiver, body)).toBe('When I grow up, I want to be a watermelon');
  body.writeUInt8(body.readUInt8(120) ^ 1, 120);
  expect(() => decryptPush(receiver, body)).toThrow();
});

describe('Web Push', () => {
  const keys = () => {
    const exchange = createECDH('prime256v1');
    const publicKey = exchange.generateKeys().toString('base64url');
    const scalar = Buffer.from(exchange.getPrivateKey('hex').padStart(64, '0'), 'hex').toString('base64url');
    return { subject: 'mailto:it@clinic.example', publicKey, privateKey: scalar };
  };
  const send = (message: OutgoingMessage, options: Partial<WebPushOptions> = {}) =>
    webPushChannel({ keys: keys(), hosts: [PUSH_HOST], gateway: server.url, ...options }).send(message);
  const browser = () => ({ kind: 'web', ...server.subscribe() }) as const;

  test('a message reaches the browser, which alone can read it', async () => {
    const target = browser();
    const result = await send(to(target));
    expect(result).toMatchObject({ ok: true, value: { providerId: expect.stringContaining('/message/') } });
    expect(server.pushes()[0]).toEqual({
      to: target.endpoint,
      content: {
        id: CONTENT.envelope.messageId,
        tag: CONTENT.envelope.tag,
        title: CONTENT.subject,
        body: CONTENT.text,
        url: CONTENT.links[0],
      },
      headers: { ttl: '3600', urgency: 'normal', topic: CONTENT.envelope.tag },
    });
  });

  test('what has the same tag takes the place of the one before', async () => {
    const target = browser();
    await send(to(target));
    await send(to(target, { envelope: { ...CONTENT.envelope, urgency: 'high' }, links: [] }));
    const arrived = server.pushes().filter((each) => each.to === target.endpoint);
    expect(arrived).toMatchObject([{ headers: { urgency: 'high' }, content: { title: CONTENT.subject } }]);
  });

  test('a browser that has ended its subscription is gone', async () => {
    const target = browser();
    server.end(target.endpoint);
    expect(await send(to(target))).toMatchObject({ error: { kind: 'permanent', reason: 'gone' } });
    const unknown = { ...target, endpoint: `https://${PUSH_HOST}/send/none` };
    expect(await send(to(unknown))).toMatchObject({ error: { kind: 'permanent', reason: 'gone' } });
  });

  test('keys that are none make a subscription useless', async () => {
    const target = browser();
    for (const broken of [{ p256dh: 'AAAA' }, { auth: 'AAAA' }, { p256dh: `B${'A'.repeat(86)}` }]) {
      expect(await send(to({ ...target, ...broken }))).toMatchObject({ error: { kind: 'permanent', reason: 'gone' } });
    }
  });

  test('our own keys are ours: nothing is deleted', async () => {
    const broken = { ...keys(), privateKey: 'AAAA' };
    expect(await send(to(browser()), { keys: broken })).toMatchObject({
      error: { kind: 'unreachable', reason: 'rejected' },
    });
    const mixed = { ...keys(), publicKey: keys().publicKey };
    expect(await send(to(browser()), { keys: mixed })).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
  });

  test.each([
    [429, { 'Retry-After': '30' }, { kind: 'transient', retryAfterSeconds: 30 }],
    [413, {}, { kind: 'permanent', reason: 'too_large' }],
    [403, {}, { kind: 'permanent' }],
    [401, {}, { kind: 'unreachable', reason: 'rejected' }],
    [503, {}, { kind: 'unreachable' }],
    [302, { Location: 'http://127.0.0.1/' }, { kind: 'permanent' }],
  ])('an answer of %i', async (status, headers, meaning) => {
    server.answers.push({ status, headers });
    const before = server.pushes().length;
    expect(await send(to(browser()))).toEqual({
      ok: false,
      error: { ...meaning, detail: `the push service answered ${status}` },
    });
    expect(server.pushes()).toHaveLength(before);
  });

  test('a message that is too large for a push is not sent', async () => {
    const { messageId: id, tag } = CONTENT.envelope;
    const rest = new TextEncoder().encode(JSON.stringify({ id, tag, title: CONTENT.subject, body: '' })).length;
    const largest = 'x'.repeat(3993 - rest);
    expect((await send(to(browser(), { text: largest, links: [] }))).ok).toBe(true);
    expect(await send(to(browser(), { text: `${largest}x`, links: [] }))).toMatchObject({
      error: { kind: 'permanent', reason: 'too_large' },
    });
  });

  test('nothing goes to an address that is no push service', async () => {
    const target = browser();
    const before = server.pushes().length;
    for (const endpoint of ['http://127.0.0.1:6379/', 'https://169.254.169.254/latest', `http://${PUSH_HOST}/send/1`]) {
      expect(await send(to({ ...target, endpoint }))).toMatchObject({ error: { kind: 'permanent', reason: 'gone' } });
    }
    expect(await send(to(target), { hosts: [] })).toMatchObject({ error: { kind: 'permanent', reason: 'gone' } });
    expect(server.pushes()).toHaveLength(before);
    expect(await send(to({ kind: 'fcm', token: 'x' }))).toMatchObject({ error: { kind: 'permanent' } });
  });
});

describe('Firebase Cloud Messaging', () => {
  /** https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages */
  const REQUEST = z.strictObject({
    token: z.string(),
    notification: z.strictObject({ title: z.string(), body: z.string() }),
    data: z.record(z.string(), z.string()),
    android: z.strictObject({
      priority: z.enum(['NORMAL', 'HIGH']),
      ttl: z.string().regex(/^\d+(\.\d{1,9})?s$/),
      notification: z.strictObject({
        tag: z.string(),
        visibility: z.enum(['VISIBILITY_UNSPECIFIED', 'PRIVATE', 'PUBLIC', 'SECRET']),
      }),
    }),
    apns: z.strictObject({
      headers: z.strictObject({
        'apns-collapse-id': z.string().max(64),
        'apns-priority': z.enum(['5', '10']),
        'apns-expiration': z.string().regex(/^\d+$/),
      }),
    }),
  });
  let now = Date.now();
  const channel = () => fcmChannel({ account: server.serviceAccount, url: server.url, clock: { now: () => now } });
  const app = () => ({ kind: 'fcm', token: server.register() }) as const;

  test('a message arrives as Google publishes it, without links', async () => {
    const target = app();
    expect(await channel().send(to(target))).toMatchObject({
      ok: true,
      value: { providerId: expect.stringMatching(/^projects\/portal-local\/messages\//) },
    });
    const [{ content } = { content: null }] = server.pushes();
    expect(REQUEST.parse(content)).toMatchObject({
      token: target.token,
      notification: { title: CONTENT.subject, body: CONTENT.text },
      data: { id: CONTENT.envelope.messageId, tag: CONTENT.envelope.tag },
      android: {
        priority: 'NORMAL',
        ttl: '3600s',
        notification: { tag: CONTENT.envelope.tag, visibility: 'PRIVATE' },
      },
      apns: {
        headers: {
          'apns-collapse-id': CONTENT.envelope.tag,
          'apns-priority': '5',
          'apns-expiration': String(Math.floor(now / 1000) + 3600),
        },
      },
    });
    expect(JSON.stringify(content)).not.toContain('secret');
  });

  test('one access token serves until shortly before it ends, and is renewed when Google ends it early', async () => {
    const messages = channel();
    const before = server.tokensGiven();
    const asked = async () => {
      expect((await messages.send(to(app()))).ok).toBe(true);
      return server.tokensGiven() - before;
    };
    expect(await asked()).toBe(1);
    expect(await asked()).toBe(1);
    now += 3_538_000;
    expect(await asked()).toBe(1);
    now += 2_000;
    expect(await asked()).toBe(2);
    server.endTokens();
    expect(await asked()).toBe(3);
  });

  test('an app that was removed is gone', async () => {
    expect(await channel().send(to({ kind: 'fcm', token: 'none' }))).toMatchObject({
      error: { kind: 'permanent', reason: 'gone', detail: 'FCM answered 404 UNREGISTERED' },
    });
  });

  const error = (code: number, errorCode: string, message = '') => ({
    status: code,
    json: { error: { code, message, status: errorCode, details: [{ errorCode }] } },
  });
  test.each([
    [
      error(400, 'INVALID_ARGUMENT', 'The registration token is not a valid FCM registration token'),
      { kind: 'permanent', reason: 'gone' },
    ],
    [error(400, 'INVALID_ARGUMENT', 'Invalid value'), { kind: 'permanent' }],
    [error(403, 'SENDER_ID_MISMATCH'), { kind: 'permanent' }],
    [error(403, 'PERMISSION_DENIED'), { kind: 'unreachable', reason: 'rejected' }],
    [error(429, 'QUOTA_EXCEEDED'), { kind: 'unreachable', reason: 'throttled' }],
    [error(503, 'UNAVAILABLE'), { kind: 'unreachable' }],
    [error(500, 'INTERNAL'), { kind: 'unreachable' }],
    [{ status: 500 }, { kind: 'unreachable' }],
    [{ status: 404, json: [] }, { kind: 'permanent' }],
  ])('an answer of %o', async (answer, meaning) => {
    server.answers.push(answer);
    const result = await channel().send(to(app()));
    expect(result.ok ? 'sent' : { ...result.error, detail: '' }).toEqual({ ...meaning, detail: '' });
  });

  test('a device for which Apple refuses our key is tried again', async () => {
    const answer = error(401, 'THIRD_PARTY_AUTH_ERROR');
    server.answers.push(answer, answer);
    expect(await channel().send(to(app()))).toMatchObject({ error: { kind: 'transient' } });
  });

  test('without an access token nothing is sent: a wrong account is ours, silence is an outage', async () => {
    const wrong = { ...server.serviceAccount, client_email: 'somebody@else.example' };
    const clock = { now: () => now };
    expect(await fcmChannel({ account: wrong, url: server.url, clock }).send(to(app()))).toEqual({
      ok: false,
      error: { kind: 'unreachable', reason: 'rejected', detail: 'Google answered 400 to the service account' },
    });
    const away = { ...server.serviceAccount, token_uri: 'http://127.0.0.1:1/' };
    expect(await fcmChannel({ account: away, url: server.url, clock }).send(to(app()))).toEqual({
      ok: false,
      error: { kind: 'unreachable', detail: 'Google gives no access token' },
    });
  });
});
