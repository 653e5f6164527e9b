/** What the clinic says of itself, and the limits that it chooses. */
import { z } from '@hono/zod-openapi';
import { type ClinicLimits, LIMIT_BOUNDS } from '../../../../domain/scheduling/policy.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import { HIGHEST_CAP } from '../../../../domain/shared/daily-caps.ts';
import { type EffectiveClinic, readClinic, updateClinic } from '../../../app/scheduling/clinic-settings.ts';
import { knownActor } from '../../actor.ts';
import { rawText } from '../../bounds.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { httpsAddress } from '../../https-address.ts';
import { linkTo, pathTo, permitted } from '../../links.ts';
import { phoneNumber } from '../../phone-number.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { email, line, links, localTime, text, zone } from '../../schemas.ts';
import { shownEmail, shownPhone, shownReference, shownText, shownTime, shownUrl, shownZone } from '../../shown.ts';
import { detailsOf } from './refusals.ts';
import { addressBody, addressFields } from './venue.ts';

const COLOUR = /^#[0-9a-f]{6}$/;

const shownColour = z.string().regex(COLOUR).openapi({ example: '#1a5fb4' });

const shownColours = z
  .object({ primary: shownColour, onPrimary: shownColour.openapi({ example: '#ffffff' }) })
  .nullable()
  .openapi({ description: 'Of buttons and headings, and of text on them; the contrast is at least 4.5:1' });

const publicFields = {
  name: shownText(100, 'Practice at the park').nullable(),
  address: z.object(addressFields),
  phone: shownPhone.nullable(),
  email: shownEmail.nullable(),
  timezone: shownZone,
  colours: shownColours,
  logo: shownReference.nullable().openapi({ example: null, description: 'The path of the logo' }),
};

const clinicSchema = z
  .object({
    ...publicFields,
    texts: z
      .object({
        welcome: shownText(2000, 'Good to see you.').nullable(),
        imprint: shownText(5000, 'Practice at the park, Lindenstraße 12, Berlin').nullable(),
      })
      .openapi({ description: 'Plain text' }),
    _links: links,
  })
  .openapi('Clinic');

const LIMIT_TEXTS: Readonly<Record<keyof ClinicLimits, string>> = {
  cancelNoticeMinutes: 'How long before the start patients may still cancel',
  rescheduleNoticeMinutes: 'How long before the start patients may still move',
  maximumReschedules: 'How often a patient may move one appointment',
  checkInOpensMinutes: 'How long before the start check-in opens',
  noShowAfterMinutes: 'How long after the start an appointment can be marked as a no-show',
  offerMinutes: 'How long an offer of the waitlist can be accepted',
  parentalAgeLimit: 'The age in years at which a parent no longer acts for a child',
};

function limit(name: keyof ClinicLimits) {
  const { least, most } = LIMIT_BOUNDS[name];
  return z.int().min(least).max(most).openapi({ description: LIMIT_TEXTS[name] });
}

const limitsSchema = z.object({
  cancelNoticeMinutes: limit('cancelNoticeMinutes'),
  rescheduleNoticeMinutes: limit('rescheduleNoticeMinutes'),
  maximumReschedules: limit('maximumReschedules'),
  checkInOpensMinutes: limit('checkInOpensMinutes'),
  noShowAfterMinutes: limit('noShowAfterMinutes'),
  offerMinutes: limit('offerMinutes'),
  parentalAgeLimit: limit('parentalAgeLimit'),
});

const PUBLIC_LINKS =
  'Whether files may be shared by links that open without a sign-in. Switched off, no such link opens anything';
const NAMES_DOCTOR =
  'Whether subjects, text messages and push messages about appointments name the doctor. They can be read on a locked screen';

const DIGEST_TIME =
  'From when on doctors and staff are told what the next day holds, on the clocks of the clinic: when appointments begin, how many requests wait, and nothing of patients. Null: they are not told';

const cap = z.int().min(1).max(HIGHEST_CAP).nullable();
const DAILY_CAPS =
  'How many messages of a channel may leave in a day of the clinic; null: any number. Codes, alerts and security notices leave nevertheless, and count. The number of today is in the answer of `GET /admin/queues`';

export const settingsSchema = z
  .object({
    ...publicFields,
    texts: z.object({
      welcome: shownText(2000, 'Good to see you.').nullable(),
      imprint: shownText(5000, 'Practice at the park, Lindenstraße 12, Berlin').nullable(),
      mailFooter: shownText(1000, 'Please do not answer this mail.').nullable(),
    }),
    videoLink: shownUrl.nullable(),
    namesDoctorInReminders: z.boolean().openapi({ description: NAMES_DOCTOR }),
    digestTime: shownTime.nullable().openapi({ example: '18:00', description: DIGEST_TIME }),
    publicFileLinks: z.boolean().openapi({ description: PUBLIC_LINKS }),
    dailyCaps: z.object({ email: cap, sms: cap, push: cap }).openapi({ description: DAILY_CAPS }),
    limits: limitsSchema,
    version: z.int(),
    _links: links,
  })
  .openapi('ClinicSettings');

const colour = rawText(7).regex(COLOUR, { error: 'expected a colour as #rrggbb, in lower case' });
const optionalText = (maximum: number) => text(maximum, 1).nullable().default(null);

const settingsBody = z.strictObject({
  name: line(100, 1),
  address: z.strictObject(addressBody).default({
    street: null,
    city: null,
    state: null,
    postalCode: null,
    country: null,
  }),
  phone: phoneNumber.nullable().default(null),
  email: email.nullable().default(null),
  timezone: zone,
  videoLink: httpsAddress.nullable().default(null).openapi({
    description: 'Where visits by video take place with doctors who have no address of their own',
  }),
  namesDoctorInReminders: z
    .boolean()
    .optional()
    .openapi({ description: `${NAMES_DOCTOR}. Left out, it stays as it is; at first it is true` }),
  digestTime: localTime
    .nullable()
    .optional()
    .openapi({
      example: '18:00',
      description: `${DIGEST_TIME}. At the latest 23:30. Left out, it stays as it is; at first it is null`,
    }),
  dailyCaps: z
    .strictObject({ email: cap.optional(), sms: cap.optional(), push: cap.optional() })
    .optional()
    .openapi({ description: `${DAILY_CAPS}. What is left out stays as it is; at first it is null` }),
  publicFileLinks: z
    .boolean()
    .optional()
    .openapi({ description: `${PUBLIC_LINKS}. Left out, it stays as it is; at first it is false` }),
  colours: z.strictObject({ primary: colour, onPrimary: colour }).nullable().default(null),
  texts: z
    .strictObject({ welcome: optionalText(2000), imprint: optionalText(5000), mailFooter: optionalText(1000) })
    .default({ welcome: null, imprint: null, mailFooter: null })
    .openapi({ description: 'Plain text, without HTML' }),
  limits: z
    .strictObject(limitsSchema.partial().shape)
    .default({})
    .openapi({ description: 'Those that are left out stay as they are' }),
});

function presentPublic({ street, city, state, postalCode, country, ...clinic }: EffectiveClinic) {
  const { name, phone, email: address, timezone, colours } = clinic;
  return {
    name,
    address: { street, city, state, postalCode, country },
    phone,
    email: address,
    timezone: timezone as string,
    colours,
    logo: clinic.logoKey === null ? null : pathTo('getClinicLogo'),
  };
}

export function presentSettings(actor: KnownActor, clinic: EffectiveClinic) {
  const { welcome, imprint, mailFooter, videoLink, namesDoctorInReminders, digestTime, dailyCaps } = clinic;
  const { publicFileLinks, limits, version } = clinic;
  return {
    ...presentPublic(clinic),
    texts: { welcome, imprint, mailFooter },
    videoLink,
    namesDoctorInReminders,
    digestTime,
    dailyCaps,
    publicFileLinks,
    limits,
    version,
    _links: {
      self: linkTo('getClinicSettings'),
      clinic: linkTo('getClinic'),
      ...permitted(actor, {
        update: ['updateClinicSettings'],
        logo: ['setClinicLogo'],
        templates: ['listTemplates'],
        queues: ['getQueues'],
      }),
    },
  };
}

const EXAMPLE = {
  name: 'Practice at the park',
  address: { street: 'Lindenstraße 12', city: 'Berlin', postalCode: '10969', country: 'DE' },
  phone: '+4930901820',
  email: 'desk@clinic.example',
  timezone: 'Europe/Berlin',
  colours: { primary: '#1a5fb4', onPrimary: '#ffffff' },
  texts: { welcome: 'Good to see you.', mailFooter: 'Please do not answer this mail.' },
  digestTime: '18:00',
  dailyCaps: { sms: 500 },
  limits: { cancelNoticeMinutes: 0 },
};

export const clinicSettingsRoutes: Routes = [
  route(
    {
      operationId: 'getClinic',
      method: 'get',
      path: '/api/v1/clinic',
      summary: 'Get the clinic',
      tag: 'Clinic',
      access: 'public',
      description: 'Name, address, colours and texts, for pages that are shown before anybody signs in.',
      example: { as: 'anybody' },
      responses: { 200: json(clinicSchema, 'The clinic') },
    },
    async (c) => {
      const clinic = await readClinic(c.get('deps'));
      const { welcome, imprint } = clinic;
      const _links = { self: linkTo('getClinic') };
      return c.json({ ...presentPublic(clinic), texts: { welcome, imprint }, _links }, 200);
    },
  ),

  route(
    {
      operationId: 'getClinicSettings',
      method: 'get',
      path: '/api/v1/clinic/settings',
      summary: 'Get the settings of the clinic',
      tag: 'Clinic',
      access: 'manage:availability',
      versioned: true,
      description: 'Also the limits that bind patients and the address for visits by video, for the clinic.',
      example: { as: 'admin' },
      responses: { 200: json(settingsSchema, 'The settings') },
    },
    async (c) => {
      const clinic = await readClinic(c.get('deps'));
      // Before the first save, the limits are the environment's, which changes without a version.
      const inherited = clinic.name === null ? Object.values(clinic.limits) : [];
      return sendVersioned(c, clinic.version, presentSettings(knownActor(c), clinic), inherited);
    },
  ),

  route(
    {
      operationId: 'updateClinicSettings',
      method: 'put',
      path: '/api/v1/clinic/settings',
      summary: 'Update the settings of the clinic',
      tag: 'Clinic',
      access: 'manage:clinic',
      ifMatch: 'required',
      versioned: true,
      description:
        'The limits apply to decisions from then on, those of the environment no longer. Text is shown as it is: HTML is refused. Colours need a contrast of 4.5:1.',
      example: {
        as: 'admin',
        ifMatch: earlier('getClinicSettings', 'ETag', '"v1"'),
        body: EXAMPLE,
        again: ['getClinicSettings'],
      },
      request: { body: jsonBody(settingsBody) },
      responses: { 200: json(settingsSchema, 'As they are now') },
      refusals: ['invalid_fields'],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const { address, texts, limits, ...rest } = c.req.valid('json');
      const settings = { ...rest, ...address, ...texts, limits: given(limits) };
      const saved = unwrap(await updateClinic(c.get('deps'), c.get('context'), settings, expected), detailsOf);
      return sendVersioned(c, saved.version, presentSettings(knownActor(c), saved));
    },
  ),
];

/** Without the members that are undefined. */
function given(limits: Partial<Record<keyof ClinicLimits, number | undefined>>): Partial<ClinicLimits> {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
