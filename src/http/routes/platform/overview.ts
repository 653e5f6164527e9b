/** What the dashboards show, as JSON. */
import { z } from '@hono/zod-openapi';
import { oldestAgeSeconds } from '../../../../domain/notifications/queues.ts';
import { COUNTED_AT_MOST } from '../../../../domain/platform/gauges.ts';
import type { TrafficReport } from '../../../../domain/platform/traffic.ts';
import { sealingLagSeconds } from '../../../app/metrics/gauges.ts';
import { type Overview, readOverview } from '../../../app/metrics/overview.ts';
import { linkTo } from '../../links.ts';
import { json, type Routes, route } from '../../router.ts';
import { links } from '../../schemas.ts';
import { shownCode, shownInstant } from '../../shown.ts';

const count = z
  .object({ lastHour: z.int(), lastDay: z.int() })
  .openapi('RecentCount', { description: `Of the audit log; each up to ${COUNTED_AT_MOST} for a type of event` });

const traffic = z
  .object({
    source: z.enum(['process', 'analytics_engine']).nullable().openapi({
      description:
        '`process`: only the process that answers. `analytics_engine`: all isolates of the edge. Null: not known',
    }),
    reason: z.enum(['not_configured', 'unreachable']).nullable().openapi({
      description: 'Why it is not known. `not_configured`: the settings `ANALYTICS_…` are not set',
    }),
    since: shownInstant.nullable().openapi({ description: 'When the process began to count' }),
    windows: z.array(
      z.object({
        minutes: z.int(),
        requests: z.int(),
        perSecond: z.number(),
        clientErrors: z.int().openapi({ description: 'Answers with 4xx' }),
        serverErrors: z.int().openapi({ description: 'Answers with 5xx' }),
        errorRate: z.number().openapi({ description: 'Share of answers with 5xx, from 0 to 1' }),
        latencyMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).nullable(),
      }),
    ),
  })
  .openapi('Traffic');

const overviewSchema = z
  .object({
    at: shownInstant,
    traffic,
    queues: z.array(
      z.object({
        topic: shownCode('delivery.email'),
        due: z.int(),
        oldestAgeSeconds: z.int().nullable(),
        retrying: z.int(),
      }),
    ),
    deadLetters: z.array(z.object({ channel: shownCode('email'), count: z.int() })),
    providers: z.array(
      z.object({ provider: shownCode('sendgrid'), state: z.enum(['untried', 'up', 'failing', 'paused']) }),
    ),
    auditLog: z.object({
      unsealed: z.int(),
      sealingLagSeconds: z.number(),
      sealingStopped: z.boolean(),
      lastVerification: z.object({ sound: z.boolean(), finishedAt: shownInstant }).nullable(),
    }),
    people: z.object({
      active: z.int().openapi({ description: 'Signed in or renewed their session in the last 15 minutes' }),
      registered: count,
      sessionSeconds: z
        .object({ median: z.number(), p95: z.number() })
        .nullable()
        .openapi({ description: 'Of the sessions that ended in the last hour' }),
    }),
    signIns: z.object({ succeeded: count, failed: count, blocked: count, factorsFailed: count }),
    accessDenied: count,
    appointments: z.object({ booked: count, rescheduled: count, cancelled: count, noShows: count }),
    _links: links,
  })
  .openapi('Overview');

function trafficView(report: TrafficReport): z.infer<typeof traffic> {
  if (report.source === null) return { source: null, reason: report.reason, since: null, windows: [] };
  return {
    source: report.source,
    reason: null,
    since: report.source === 'process' ? new Date(report.since).toISOString() : null,
    windows: report.windows.map(({ minutes, requests, clientErrors, serverErrors, latencySeconds }) => ({
      ...{ minutes, requests, clientErrors, serverErrors },
      perSecond: rounded(requests / (minutes * 60)),
      errorRate: requests === 0 ? 0 : rounded(serverErrors / requests),
      latencyMs:
        latencySeconds === null
          ? null
          : {
              p50: rounded(latencySeconds.p50 * 1000),
              p95: rounded(latencySeconds.p95 * 1000),
              p99: rounded(latencySeconds.p99 * 1000),
            },
    })),
  };
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

function stateView({ at, queues, deadLetters, gauges, counts }: Overview) {
  const { unsealed, oldestUnsealedAt, isSealingStopped, verification } = gauges.audit;
  return {
    at: new Date(at).toISOString(),
    queues: queues.topics.map((queue) => ({
      ...{ topic: queue.topic, due: queue.due, retrying: queue.retrying },
      oldestAgeSeconds: oldestAgeSeconds(queue, at),
    })),
    deadLetters: [...deadLetters],
    auditLog: {
      unsealed,
      sealingLagSeconds: sealingLagSeconds(oldestUnsealedAt, at),
      sealingStopped: isSealingStopped,
      lastVerification:
        verification === null
          ? null
          : { sound: verification.isSound, finishedAt: new Date(verification.finishedAt).toISOString() },
    },
    people: { active: gauges.activePeople, registered: counts.registered, sessionSeconds: gauges.sessionSeconds },
    signIns: {
      succeeded: counts.signInsSucceeded,
      failed: counts.signInsFailed,
      blocked: counts.signInsBlocked,
      factorsFailed: counts.factorsFailed,
    },
    accessDenied: counts.accessDenied,
    appointments: {
      booked: counts.booked,
      rescheduled: counts.rescheduled,
      cancelled: counts.cancelled,
      noShows: counts.noShows,
    },
  };
}

export const overviewRoutes: Routes = [
  route(
    {
      operationId: 'getOverview',
      method: 'get',
      path: '/api/v1/admin/overview',
      summary: 'Get the state of the portal',
      description:
        'What the dashboards show, for a clinic without Grafana: traffic, errors and latency, queues, providers, the audit log, sign-ins and appointments. The counts are bounded and come from the database in one round trip; the traffic is that of the process that answers, and at the edge that of all isolates if Analytics Engine can be asked.',
      tag: 'Platform',
      access: 'manage:clinic',
      example: { as: 'admin' },
      responses: { 200: json(overviewSchema, 'The overview') },
    },
    async (c) => {
      const { platform } = c.env;
      const [overview, recent] = await Promise.all([
        readOverview(c.get('deps'), c.get('context').now),
        platform.recentTraffic(),
      ]);
      return c.json(
        {
          ...stateView(overview),
          traffic: trafficView(recent),
          providers: platform.providers().map(({ provider, state }) => ({ provider, state })),
          _links: {
            self: linkTo('getOverview'),
            queues: linkTo('getQueues'),
            deadLetters: linkTo('listDeadLetters'),
            metrics: linkTo('getMetrics'),
            ready: linkTo('getReadiness'),
          },
        },
        200,
      );
    },
  ),
];
