/** Which messages a person wants, by which channel, and when. */
import { z } from '@hono/zod-openapi';
import {
  type CATEGORY_RULES,
  rulesOf,
  SENDING_CHANNELS,
  type SendingChannel,
} from '../../../../domain/notifications/categories.ts';
import type { WantedPreferences } from '../../../../domain/notifications/own-preferences.ts';
import { choiceOf, type OwnPreferences, REMINDERS } from '../../../../domain/notifications/preferences.ts';
import { LONGEST_QUIET_MINUTES } from '../../../../domain/notifications/quiet-hours.ts';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../../../../domain/shared/messages.ts';
import { changeOwnPreferences } from '../../../app/notifications/preferences.ts';
import { knownActor } from '../../actor.ts';
import { list } from '../../bounds.ts';
import { expectedVersion, fingerprint, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { permitted } from '../../links.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { links, localTime, zone } from '../../schemas.ts';
import { shownInstant, shownLanguage, shownTime, shownZone } from '../../shown.ts';
import { given } from '../identity/schemas.ts';

const choiceSchema = z
  .object({
    value: z.boolean().openapi({ description: 'Whether such messages are to take the channel' }),
    fixed: z.boolean().openapi({ description: 'It cannot be changed' }),
    available: z.boolean().openapi({ description: 'Whether they can take it now' }),
    why: z
      .enum(['no_address', 'address_unproven', 'no_consent', 'other_channel', 'suppressed'])
      .nullable()
      .openapi({ description: 'Why it is not available', example: null }),
  })
  .openapi('NotificationChoice');

const perCategory = <T extends z.ZodType>(of: (category: MessageCategory) => T) =>
  z.object(Object.fromEntries(MESSAGE_CATEGORIES.map((each) => [each, of(each)])) as Record<MessageCategory, T>);
const perChannel = <T extends z.ZodType>(entry: T) =>
  Object.fromEntries(SENDING_CHANNELS.map((each) => [each, entry])) as Record<SendingChannel, T>;

const minutes = z.int().min(REMINDERS.leastMinutes).max(REMINDERS.mostMinutes);

const preferencesSchema = z
  .object({
    choices: perCategory(() => z.object({ ...perChannel(choiceSchema), inApp: choiceSchema })),
    quietHours: z.object({ from: shownTime, to: shownTime, timezone: shownZone }).nullable().openapi({
      description: 'Messages that come then are held until `to`. Codes, alerts and security notices are not held',
    }),
    reminderMinutes: z
      .array(minutes)
      .max(REMINDERS.most)
      .openapi({ description: 'Before the start of an appointment, the longest first', example: [1440, 120] }),
    smsConsentedAt: shownInstant
      .nullable()
      .openapi({ description: 'Null: no text messages but codes. It counts for the number that was proven then' }),
    language: shownLanguage.openapi({ description: 'Of your messages: it is changed in your profile' }),
    version: z.int().openapi({ description: '0: nothing is stored, and the defaults are shown', example: 1 }),
    _links: links,
  })
  .openapi('NotificationPreferences');

const chosen = z.strictObject(perChannel(z.boolean())).partial();

const preferencesBody = z
  .strictObject({
    choices: z.strictObject(perCategory(() => chosen).partial().shape).openapi({
      description: 'What is left out stays as it is. What is fixed can be named with its value alone',
    }),
    quietHours: z
      .strictObject({ from: localTime, to: localTime, timezone: zone.optional() })
      .nullable()
      .openapi({
        description: `Past midnight if \`to\` is earlier, at most ${LONGEST_QUIET_MINUTES / 60} hours. Time zone by default: the one of your profile. Null: none`,
      }),
    reminderMinutes: list(minutes, REMINDERS.most).openapi({ description: 'None: no reminders', example: [1440, 120] }),
    smsConsent: z.boolean().openapi({
      description:
        'True: you agree to text messages to your proven phone. False: you withdraw it, and all text messages are switched off',
    }),
  })
  .partial();

function choicesOf(own: OwnPreferences, category: MessageCategory) {
  const entries = SENDING_CHANNELS.map((channel) => [channel, choiceOf(own, category, channel)]);
  const { isListed } = rulesOf(category);
  return {
    ...(Object.fromEntries(entries) as Record<SendingChannel, z.infer<typeof choiceSchema>>),
    inApp: { value: isListed, fixed: true, available: isListed, why: isListed ? null : ('other_channel' as const) },
  };
}

function view(c: Parameters<typeof knownActor>[0], own: OwnPreferences): z.infer<typeof preferencesSchema> {
  const { quietHours, reminderMinutes, smsConsentedAt, version } = own.preferences;
  const entries = MESSAGE_CATEGORIES.map((category) => [category, choicesOf(own, category)]);
  return {
    choices: Object.fromEntries(entries) as Record<keyof typeof CATEGORY_RULES, ReturnType<typeof choicesOf>>,
    quietHours: quietHours === null ? null : { from: quietHours.from, to: quietHours.to, timezone: quietHours.zone },
    reminderMinutes: [...reminderMinutes],
    smsConsentedAt: smsConsentedAt === null ? null : new Date(smsConsentedAt).toISOString(),
    language: own.language,
    version,
    _links: permitted(knownActor(c), {
      self: ['getNotificationPreferences'],
      update: ['updateNotificationPreferences'],
      devices: ['listPushSubscriptions'],
      ...(c.get('deps').settings.push.publicKey === null ? {} : { pushKey: ['getPushKey'] as const }),
      profile: ['getProfile', { id: knownActor(c).userId }],
    }),
  };
}

/** Addresses, devices and the language of the profile change what is shown without a change of preferences. */
function send(c: Parameters<typeof sendVersioned>[0], own: OwnPreferences) {
  const { choices, language, ...shown } = view(c, own);
  return sendVersioned(c, own.preferences.version, { choices, language, ...shown }, [fingerprint([choices, language])]);
}

function inputOf(body: z.infer<typeof preferencesBody>): WantedPreferences {
  const { choices, quietHours, ...rest } = given(body);
  return {
    ...rest,
    ...(choices === undefined
      ? {}
      : { choices: Object.fromEntries(Object.entries(given(choices)).map(([each, by]) => [each, given(by)])) }),
    ...(quietHours === undefined
      ? {}
      : { quietHours: quietHours && { from: quietHours.from, to: quietHours.to, zone: quietHours.timezone ?? null } }),
  };
}

export const preferenceRoutes: Routes = [
  route(
    {
      operationId: 'getNotificationPreferences',
      method: 'get',
      path: '/api/v1/notifications/preferences',
      summary: 'Get my notification preferences',
      description:
        'Each kind of message by each channel: whether you get it, whether that can be changed, and why it cannot come. Messages of the kind `digest` go to doctors and staff alone.',
      tag: 'Profile',
      access: 'manage:own_messages',
      versioned: true,
      example: { as: 'patient' },
      responses: { 200: json(preferencesSchema, 'My preferences, or the defaults') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [own] = await database.load(loads.notifications.preferences(knownActor(c).userId));
      if (own === undefined) throw new Problem({ code: 'not_found' });
      return send(c, own);
    },
  ),
  route(
    {
      operationId: 'updateNotificationPreferences',
      method: 'put',
      path: '/api/v1/notifications/preferences',
      summary: 'Change my notification preferences',
      description:
        'What is left out does not change. Messages that wait for the end of quiet hours get their new time; each message is checked again when it is sent.',
      tag: 'Profile',
      access: 'manage:own_messages',
      ifMatch: 'required',
      versioned: true,
      example: {
        as: 'patient',
        ifMatch: earlier('getNotificationPreferences', 'ETag', '"v0"'),
        body: {
          choices: { message: { push: false } },
          quietHours: { from: '22:00', to: '07:00' },
          reminderMinutes: [1440],
        },
        again: ['getNotificationPreferences'],
      },
      request: { body: jsonBody(preferencesBody) },
      responses: { 200: json(preferencesSchema, 'The changed preferences') },
      refusals: ['not_found', 'preferences_refused'],
    },
    async (c) => {
      const own = unwrap(
        await changeOwnPreferences(
          c.get('deps'),
          c.get('context'),
          knownActor(c),
          inputOf(c.req.valid('json')),
          expectedVersion(c),
        ),
        (error) => (error.code === 'preferences_refused' ? { errors: error.errors } : undefined),
      );
      return send(c, own);
    },
  ),
];
