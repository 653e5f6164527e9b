/** The devices to which the caller's messages are pushed. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import {
  MAXIMUM_DEVICES,
  type NewDevice,
  PUSH_KINDS,
  type PushSubscription,
} from '../../../../domain/notifications/push-subscription.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { endOwnDevice, registerOwnDevice } from '../../../app/notifications/push-subscriptions.ts';
import { knownActor, userActor } from '../../actor.ts';
import { rawText } from '../../bounds.ts';
import { describeDevice } from '../../device.ts';
import type { AppEnv } from '../../env.ts';
import { earlier } from '../../example.ts';
import { linkTo, permitted } from '../../links.ts';
import { pagedWhole } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { label, links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownId, shownInstant, shownName } from '../../shown.ts';

/** The public key of the example in RFC 8291, section 5. */
const SAMPLE_KEY = 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4';

const deviceSchema = z
  .object({
    id: shownId,
    kind: z.enum(PUSH_KINDS).openapi({ description: '`web`: a browser; `fcm`: an app' }),
    label: shownName('Firefox on Linux'),
    current: z.boolean().openapi({ description: 'Registered in the session of this request' }),
    createdAt: shownInstant,
    lastUsedAt: shownInstant.nullable().openapi({ description: 'When a push service last took a message for it' }),
    expiresAt: shownInstant.nullable().openapi({ description: 'When the push service ends it, if it says so' }),
    _links: links,
  })
  .openapi('PushSubscription', {
    description: 'A device that gets push messages. Its address and keys are shown nowhere',
  });

const deviceLabel = label(100)
  .optional()
  .openapi({ description: 'What the list calls it. Default: browser and system, by the User-Agent' });

const deviceBody = z.union([
  z.strictObject({
    endpoint: rawText(2048)
      .min(1)
      .openapi({ description: 'Of a push service of a common browser, or of one that the clinic has added' }),
    expirationTime: z.number().min(0).max(8.64e15).nullable().optional().openapi({
      description: 'When the push service ends it: milliseconds since 1970',
      example: null,
    }),
    keys: z.strictObject({
      p256dh: rawText(87).regex(/^[A-Za-z0-9_-]{87}$/, { error: 'expected base64url of 65 bytes' }),
      auth: rawText(22).regex(/^[A-Za-z0-9_-]{22}$/, { error: 'expected base64url of 16 bytes' }),
    }),
    label: deviceLabel,
  }),
  z.strictObject({
    token: rawText(2048)
      .regex(/^[\w:-]{32,}$/, { error: 'expected a registration token' })
      .openapi({ description: 'Registration token of Firebase Cloud Messaging' }),
    label: deviceLabel,
  }),
]);

type DeviceBody = z.infer<typeof deviceBody>;

function deviceOf(c: HonoContext<AppEnv>, body: DeviceBody): NewDevice {
  const name = describeDevice(c, body.label).name;
  if ('token' in body) return { target: { kind: 'fcm', token: body.token }, label: name, expiresAt: null };
  const { endpoint, keys, expirationTime } = body;
  return {
    target: { kind: 'web', endpoint, ...keys },
    label: name,
    expiresAt: expirationTime == null ? null : Math.floor(expirationTime),
  };
}

function present(c: HonoContext<AppEnv>) {
  const actor = knownActor(c);
  const sessionId = actor.kind === 'user' ? actor.sessionId : null;
  return (device: PushSubscription): z.infer<typeof deviceSchema> => ({
    id: device.id,
    kind: device.kind,
    label: device.label,
    current: device.sessionId === sessionId,
    createdAt: formatInstant(device.createdAt),
    lastUsedAt: device.lastUsedAt === null ? null : formatInstant(device.lastUsedAt),
    expiresAt: device.expiresAt === null ? null : formatInstant(device.expiresAt),
    _links: { end: linkTo('endPushSubscription', { id: device.id }) },
  });
}

export const pushSubscriptionRoutes: Routes = [
  route(
    {
      operationId: 'getPushKey',
      method: 'get',
      path: '/api/v1/notifications/push-key',
      summary: 'Get the key for push messages',
      description: 'What a browser subscribes with: the `applicationServerKey` of `pushManager.subscribe` (RFC 8292).',
      tag: 'Notifications',
      access: 'manage:own_messages',
      example: { as: 'patient' },
      responses: {
        200: json(
          z.object({
            publicKey: z.string().max(87).openapi({
              description: 'VAPID: an uncompressed point of P-256, in base64url',
              example: SAMPLE_KEY,
            }),
            _links: links,
          }),
          'The key',
        ),
      },
      refusals: ['push_not_configured'],
    },
    async (c) => {
      const { publicKey } = c.get('deps').settings.push;
      if (publicKey === null) throw new Problem({ code: 'push_not_configured' });
      const _links = permitted(knownActor(c), {
        register: ['registerPushSubscription'],
        devices: ['listPushSubscriptions'],
      });
      return c.json({ publicKey, _links }, 200);
    },
  ),
  route(
    {
      operationId: 'registerPushSubscription',
      method: 'post',
      path: '/api/v1/notifications/push-subscriptions',
      summary: 'Register this device for push messages',
      description: `A browser sends what \`PushSubscription.toJSON()\` gives, an app its token. Send it again after each sign-in and whenever it has changed: a device that is registered already is renewed (200). It ends when you sign out of the session, and when another person registers it. Registering takes a session; an API key cannot. At most ${MAXIMUM_DEVICES} devices. You are told by mail of a new one.`,
      tag: 'Notifications',
      access: 'signed_in',
      example: {
        as: 'patient',
        body: {
          endpoint: 'https://updates.push.services.mozilla.com/wpush/v2/gAAAAABl',
          expirationTime: null,
          keys: { p256dh: SAMPLE_KEY, auth: 'BTBZMqHH6r4Tts7J_aSIgg' },
          label: 'My phone',
        },
      },
      request: { body: jsonBody(deviceBody) },
      responses: {
        200: json(deviceSchema, 'It was registered already, and is renewed'),
        201: json(deviceSchema, 'Registered'),
      },
      refusals: [
        'push_not_configured',
        'push_subscription_refused',
        'too_many_push_subscriptions',
        'processing_restricted',
      ],
    },
    async (c) => {
      const view = present(c);
      const device = deviceOf(c, c.req.valid('json'));
      const { body, status } = unwrap(
        await registerOwnDevice(c.get('deps'), c.get('context'), userActor(c), device, ({ subscription, isNew }) => ({
          status: isNew ? 201 : 200,
          body: view(subscription),
        })),
        (error) => {
          if (error.code === 'push_subscription_refused') return { members: { why: error.why } };
          return error.code === 'too_many_push_subscriptions' ? { members: { limit: error.limit } } : undefined;
        },
      );
      const shown = body as z.infer<typeof deviceSchema>;
      return status === 200 ? c.json(shown, 200) : c.json(shown, 201);
    },
  ),
  route(
    {
      operationId: 'listPushSubscriptions',
      method: 'get',
      path: '/api/v1/notifications/push-subscriptions',
      summary: 'List my devices that get push messages',
      tag: 'Notifications',
      access: 'manage:own_messages',
      example: { as: 'patient', after: ['registerPushSubscription'] },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(deviceSchema), 'Devices, the oldest first') },
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [devices] = await database.load(loads.notifications.pushSubscriptions(knownActor(c).userId));
      return c.json(
        pagedWhole(c, devices, c.req.valid('query'), present(c), ({ id }) => [id]),
        200,
      );
    },
  ),
  route(
    {
      operationId: 'endPushSubscription',
      method: 'delete',
      path: '/api/v1/notifications/push-subscriptions/{id}',
      summary: 'End push messages to a device',
      tag: 'Notifications',
      access: 'manage:own_messages',
      example: {
        as: 'patient',
        path: { id: earlier('registerPushSubscription') },
        after: ['listPushSubscriptions'],
      },
      request: { params: z.object({ id: targetId('push_subscription', 'The device') }) },
      responses: { 204: { description: 'It gets none any more' } },
      refusals: ['push_subscription_not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      unwrap(await endOwnDevice(c.get('deps'), c.get('context'), knownActor(c), id));
      return c.body(null, 204);
    },
  ),
];
