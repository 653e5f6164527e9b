/** What somebody of the clinic writes to one person, and what a patient was told. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { SENDING_CHANNELS, type SendingChannel } from '../../../../domain/notifications/categories.ts';
import { type ClinicWords, LONGEST_BODY, LONGEST_SUBJECT } from '../../../../domain/notifications/clinic-message.ts';
import { CLINIC_NOTICES } from '../../../../domain/notifications/notices.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import {
  type ClinicMessage,
  type PersonMessage,
  planMessage,
  readMessagesTo,
  type Written,
  writeMessage,
} from '../../../app/notifications/clinic-messages.ts';
import { knownActor } from '../../actor.ts';
import { list } from '../../bounds.ts';
import type { AppEnv } from '../../env.ts';
import { linkTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, line, links, pageOf, pageQuery, personId, text } from '../../schemas.ts';
import { shownCode, shownId, shownText } from '../../shown.ts';
import { limit } from '../identity/limits.ts';
import { messageSchema, messageView } from './records.ts';

/** Of a tag, an end tag, a comment or a doctype. `a < b` is none. */
const MARKUP = /<[a-z/!?][^>]*>/iu;

export function plain<T extends z.ZodType<string>>(schema: T) {
  return schema.refine((value) => !MARKUP.test(value), { error: 'must be plain text: HTML is not rendered' });
}

export const DRY_RUN = z
  .enum(['true', 'false'])
  .optional()
  .openapi({ description: 'With `true`, answers what would become of it, and sends nothing' });

const words = {
  userId: idSchema<'user'>('To whom'),
  template: z.enum(CLINIC_NOTICES).optional().openapi({
    description: 'A notice that is written in the language of its reader. Instead of `subject` and `text`',
  }),
  subject: plain(line(LONGEST_SUBJECT, 1)).optional(),
  text: plain(text(LONGEST_BODY, 1)).optional().openapi({ description: 'Plain text; empty lines divide paragraphs' }),
};

type Words = { readonly [K in 'template' | 'subject' | 'text']?: unknown };

/** Either a notice, or subject and text. */
function oneOfBoth({ template, ...own }: Words, context: z.core.$RefinementCtx): void {
  const issue = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
  for (const field of ['subject', 'text'] as const) {
    if (template === undefined && own[field] === undefined) issue(field, 'is missing: name a template, or write it');
    if (template !== undefined && own[field] !== undefined) issue(field, 'the template has words of its own');
  }
}

const anyBody = z
  .strictObject({
    ...words,
    channels: list(z.enum(SENDING_CHANNELS), SENDING_CHANNELS.length, 1)
      .optional()
      .openapi({ description: 'By these alone. Default: by all that the receiver takes' }),
  })
  .superRefine(oneOfBoth);
const oneBody = z.strictObject(words).superRefine(oneOfBoth);

const dryRunQuery = z.object({ dryRun: DRY_RUN });

const writtenSchema = z
  .object({
    id: shownId.nullable().openapi({ description: 'Null with `dryRun`' }),
    userId: shownId,
    listed: z.boolean().openapi({ description: 'The person finds it in the portal. False without an account' }),
    channels: z
      .array(
        z.object({
          channel: z.enum(SENDING_CHANNELS),
          taken: z.boolean(),
          reason: shownCode('not_chosen')
            .nullable()
            .openapi({ description: 'Why the message does not take the channel: see docs/notifications.md' }),
        }),
      )
      .openapi({ description: 'As it stands now. It is decided again when the message is sent' }),
    proxies: z.int().openapi({ description: 'How many who act for the person get a copy' }),
    _links: links,
  })
  .openapi('WrittenMessage');

function writtenView(
  personId: ClinicMessage['personId'],
  { id, hasAccount, channels, proxies }: Written,
  isDone: boolean,
) {
  return {
    id: isDone ? (id as string) : null,
    userId: personId as string,
    listed: hasAccount,
    channels: channels.map(({ channel, reason }) => ({
      channel,
      taken: reason === null,
      reason: reason as string | null,
    })),
    proxies,
    _links: { messages: linkTo('listUserNotifications', { userId: personId }) },
  };
}

type WrittenView = ReturnType<typeof writtenView>;

function wordsOf(body: z.infer<typeof oneBody>): ClinicWords {
  return body.template === undefined
    ? { subject: body.subject ?? '', body: body.text ?? '' }
    : { notice: body.template };
}

async function write(
  c: HonoContext<AppEnv>,
  message: ClinicMessage,
  isDry: boolean,
): Promise<{ readonly status: 200 | 201; readonly view: WrittenView }> {
  const actor = knownActor(c);
  const [deps, context] = [c.get('deps'), c.get('context')];
  if (isDry) {
    const planned = unwrap(await planMessage(deps, context, actor, message));
    return { status: 200, view: writtenView(message.personId, planned, false) };
  }
  await limit(c, 'clinic_message', actor.userId);
  await limit(c, 'clinic_messages', 'all');
  const answer = unwrap(
    await writeMessage(deps, context, actor, message, (written) => ({
      status: 201,
      body: writtenView(message.personId, written, true),
    })),
  );
  return { status: 201, view: answer.body as WrittenView };
}

const DESCRIPTION =
  'By staff and administrators; doctors write to own patients. Who acts for the person gets a copy. The person always finds it in the portal; what else it takes is decided by what the person has chosen and proven, and told in the answer. Text messages and notices on a locked screen say only that there is a message. The text is stored encrypted, and is not in the audit log. 60 an hour for each sender, 2000 a day for the clinic.';

const SAID = { subject: 'Your question', text: 'You can take the tablets with food.' };
const common = {
  method: 'post',
  tag: 'Notifications',
  access: 'write:messages',
  limits: ['clinic_message', 'clinic_messages'],
  responses: {
    200: json(writtenSchema, 'What would become of it, with `dryRun`'),
    201: json(writtenSchema, 'It will be sent'),
  },
  refusals: ['not_found', 'no_account'],
} as const;

/** By one channel. */
function sendRoute(operationId: string, channel: SendingChannel, name: string): Routes[number] {
  return route(
    {
      ...common,
      operationId,
      path: `/api/v1/notifications/${channel}`,
      summary: `Write to a person by ${name}`,
      description: `As \`POST /notifications\` with \`channels: ["${channel}"]\`.`,
      example: { as: 'doctor', body: { userId: DEMO.patient, template: 'call_us' } },
      request: { query: dryRunQuery, body: jsonBody(oneBody) },
    },
    async (c) => {
      const body = c.req.valid('json');
      const message = { personId: body.userId, words: wordsOf(body), channels: [channel] };
      const { status, view } = await write(c, message, c.req.valid('query').dryRun === 'true');
      return c.json(view, status);
    },
  );
}

const personMessageSchema = messageSchema
  .extend({
    title: shownText(300, 'Your question').nullable().openapi({ description: 'Null if the message cannot be read' }),
    text: shownText(LONGEST_BODY, 'You can take the tablets with food.').nullable(),
    writtenBy: shownId.nullable().openapi({ description: 'Who of the clinic wrote it; null: the portal' }),
  })
  .openapi('PersonMessage');

function personMessageView({ words: said, writtenBy, ...message }: PersonMessage): z.infer<typeof personMessageSchema> {
  return { ...messageView(message), title: said?.title ?? null, text: said?.text ?? null, writtenBy };
}

export const clinicMessageRoutes: Routes = [
  route(
    {
      ...common,
      operationId: 'sendMessage',
      path: '/api/v1/notifications',
      summary: 'Write to a person',
      description: DESCRIPTION,
      example: { as: 'doctor', body: { userId: DEMO.patient, ...SAID } },
      request: { query: dryRunQuery, body: jsonBody(anyBody) },
    },
    async (c) => {
      const body = c.req.valid('json');
      const message = { personId: body.userId, words: wordsOf(body), channels: body.channels ?? null };
      const { status, view } = await write(c, message, c.req.valid('query').dryRun === 'true');
      return c.json(view, status);
    },
  ),
  sendRoute('sendEmail', 'email', 'e-mail'),
  sendRoute('sendSms', 'sms', 'text message'),
  sendRoute('sendPush', 'push', 'push message'),

  route(
    {
      operationId: 'listUserNotifications',
      method: 'get',
      path: '/api/v1/notifications/user/{userId}',
      summary: 'List the messages to a patient',
      description:
        'What a patient was and will be told about appointments, in reminders and by the clinic, newest first, as the patient reads it, and how it was delivered. Messages about the account are not shown. For the clinic; doctors see those to own patients. The reading is recorded.',
      tag: 'Notifications',
      access: 'read:patient_records',
      example: { as: 'doctor', path: { userId: DEMO.patient }, after: ['sendMessage'] },
      request: { params: z.object({ userId: personId('patient', 'The patient') }), query: pageQuery },
      responses: { 200: json(pageOf(personMessageSchema), 'Messages') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { limit: size, cursor } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'notification'>(place[0]);
      const query = { personId: c.req.valid('param').userId, after, limit: size };
      const found = unwrap(await readMessagesTo(c.get('deps'), c.get('context'), knownActor(c), query));
      return c.json(
        paged(c, found, size, personMessageView, ({ id }) => [id]),
        200,
      );
    },
  ),
];
