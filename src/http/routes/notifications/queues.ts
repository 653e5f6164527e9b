/** The queues of jobs, and the providers that messages leave by. */
import { z } from '@hono/zod-openapi';
import { SENDING_CHANNELS } from '../../../../domain/notifications/categories.ts';
import { CHANNELS, type ProviderStatus } from '../../../../domain/notifications/ports.ts';
import {
  DEEPEST,
  donePerMinute,
  oldestAgeSeconds,
  type Queues,
  WINDOW_SECONDS,
} from '../../../../domain/notifications/queues.ts';
import type { Instant } from '../../../../domain/shared/time.ts';
import { readQueues } from '../../../app/notifications/queues.ts';
import { linkTo } from '../../links.ts';
import { json, type Routes, route } from '../../router.ts';
import { links } from '../../schemas.ts';
import { shownCode, shownInstant, shownText } from '../../shown.ts';

const topicSchema = z
  .object({
    topic: shownCode('delivery.email'),
    depth: z.int().openapi({ description: `Due and not done; up to ${DEEPEST}` }),
    oldestAgeSeconds: z
      .int()
      .nullable()
      .openapi({ description: 'For how long the oldest of these is due. Null: nothing is due' }),
    scheduled: z
      .int()
      .openapi({ description: `Not due yet, those included that are tried again later; up to ${DEEPEST}` }),
    nextDueAt: shownInstant.nullable().openapi({ description: 'When the next of these is due' }),
    donePerMinute: z.number().openapi({ description: 'Over the window', example: 120.5 }),
    failures: z.object({
      retrying: z.int().openapi({ description: `Open, and the last attempt has failed; up to ${DEEPEST}` }),
      givenUp: z.int().openapi({ description: 'In the window' }),
    }),
  })
  .openapi('Queue');

const rateSchema = z
  .object({
    topic: shownCode('delivery.sms'),
    perMinute: z.int().openapi({ description: 'How many may leave in a minute, by the settings' }),
    usedThisMinute: z.int().openapi({ description: 'Of the clock; with what is urgent, which does not wait' }),
    held: z.int().openapi({ description: `Due, and waiting for it; up to ${DEEPEST}` }),
  })
  .openapi('SendingRate');

const providerSchema = z
  .object({
    provider: shownCode('sendgrid'),
    channels: z.array(z.enum(CHANNELS)),
    state: z.enum(['untried', 'up', 'failing', 'paused']).openapi({
      description: '`paused`: its circuit breaker is open; after the pause one message is tried',
    }),
    pausedSince: shownInstant
      .nullable()
      .openapi({ description: 'Since when the breaker is open, trials included. Null: it is closed' }),
    pausedUntil: shownInstant.nullable(),
    failuresInARow: z.int(),
    lastFailure: z
      .object({
        at: shownInstant,
        kind: z.enum(['rejected', 'throttled', 'unreachable']),
        detail: shownText(500, 'SendGrid answered 503'),
      })
      .nullable(),
    failOvers: z.int().openapi({
      description: 'Messages that another provider was asked to send instead, since the process started',
    }),
    lastAnsweredAt: shownInstant.nullable().openapi({ description: 'When it last accepted or refused a message' }),
  })
  .openapi('MessageProvider');

const queuesSchema = z
  .object({
    windowSeconds: z.int().openapi({
      description: `Over which \`donePerMinute\` and \`givenUp\` are counted: ${WINDOW_SECONDS}, less if more than 20,000 jobs ended in that time`,
    }),
    topics: z
      .array(topicSchema)
      .openapi({ description: 'Those with open jobs, or with jobs that ended in the window' }),
    rates: z.array(rateSchema).openapi({ description: 'Of the channels whose rate is limited' }),
    today: z
      .array(
        z.object({
          channel: z.enum(SENDING_CHANNELS),
          used: z.int().openapi({ description: 'Deliveries that were begun on this day of the clinic' }),
          cap: z.int().nullable().openapi({ description: 'By the settings of the clinic. Null: any number' }),
        }),
      )
      .openapi({ description: 'What has left on this day of the clinic, and how much may' }),
    providers: z.array(providerSchema).openapi({
      description: 'As the process that answers, or at the edge its isolate, knows them from what it has sent',
    }),
    _links: links,
  })
  .openapi('Queues');

const instantOrNull = (at: Instant | null) => (at === null ? null : new Date(at).toISOString());

function topicsOf(queues: Queues, now: Instant): z.infer<typeof topicSchema>[] {
  return queues.topics.map((queue) => ({
    topic: queue.topic,
    depth: queue.due,
    oldestAgeSeconds: oldestAgeSeconds(queue, now),
    scheduled: queue.scheduled,
    nextDueAt: instantOrNull(queue.nextDueAt),
    donePerMinute: donePerMinute(queue, queues),
    failures: { retrying: queue.retrying, givenUp: queue.givenUp },
  }));
}

function providerView(status: ProviderStatus): z.infer<typeof providerSchema> {
  const { provider, channels, state, failuresInARow, failOvers, lastFailure: last } = status;
  return {
    provider,
    channels: [...channels],
    state,
    pausedSince: instantOrNull(status.pausedSince),
    pausedUntil: instantOrNull(status.pausedUntil),
    failuresInARow,
    lastFailure: last === null ? null : { at: new Date(last.at).toISOString(), kind: last.reason, detail: last.detail },
    failOvers,
    lastAnsweredAt: instantOrNull(status.lastAnsweredAt),
  };
}

export const queueRoutes: Routes = [
  route(
    {
      operationId: 'getQueues',
      method: 'get',
      path: '/api/v1/admin/queues',
      summary: 'Get the state of the queues and of the message providers',
      description:
        'Jobs by topic, from the database, and the circuit breaker of each provider. The reading is recorded in the audit log of the portal.',
      tag: 'Message administration',
      access: 'manage:clinic',
      example: { as: 'admin' },
      responses: { 200: json(queuesSchema, 'The queues') },
    },
    async (c) => {
      const context = c.get('context');
      const queues = await readQueues(c.get('deps'), context);
      return c.json(
        {
          windowSeconds: queues.windowSeconds,
          topics: topicsOf(queues, context.now),
          rates: queues.rates.map(({ begun, ...rate }) => ({ ...rate, usedThisMinute: begun })),
          today: [...queues.today],
          providers: c.env.platform.providers().map(providerView),
          _links: {
            clinicSettings: linkTo('getClinicSettings'),
            deadLetters: linkTo('listDeadLetters'),
            ready: linkTo('getReadiness'),
          },
        },
        200,
      );
    },
  ),
];
