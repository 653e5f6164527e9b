/** The gauges that the database knows: read in one round trip when somebody asks for the metrics. */
import type { ProviderStatus } from '../../../domain/notifications/ports.ts';
import { oldestAgeSeconds, type Queues } from '../../../domain/notifications/queues.ts';
import { COUNTED_AT_MOST, type Gauges } from '../../../domain/platform/gauges.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Deps } from '../context.ts';
import type { Metrics } from '../metrics.ts';

export interface Known {
  readonly at: Instant;
  readonly queues: Omit<Queues, 'today'>;
  readonly deadLetters: readonly { readonly channel: string; readonly count: number }[];
  readonly gauges: Gauges;
}

/** The names that {@link setKnown} and {@link setProviders} set. A value that is not known any more is cleared before. */
export const COLLECTED = [
  'portal_queue_jobs',
  'portal_queue_oldest_age_seconds',
  'portal_queue_finished_jobs',
  'portal_dead_letters',
  'portal_audit_unsealed_events',
  'portal_audit_sealing_lag_seconds',
  'portal_audit_sealing_stopped',
  'portal_audit_verification_failed',
  'portal_audit_verification_time_seconds',
  'portal_active_people',
  'portal_session_duration_seconds',
  'portal_provider_state',
  'portal_provider_failures_in_a_row',
] as const;

export async function readKnown(deps: Pick<Deps, 'database' | 'loads' | 'settings'>, now: Instant): Promise<Known> {
  const { notifications, platform } = deps.loads;
  const [queues, deadLetters, gauges] = await deps.database.load(
    notifications.queues(now, deps.settings.rates),
    notifications.deadLetterCounts(COUNTED_AT_MOST),
    platform.gauges(now),
  );
  return { at: now, queues, deadLetters, gauges };
}

export function setKnown(metrics: Metrics, { at, queues, deadLetters, gauges }: Known): void {
  for (const queue of queues.topics) {
    const { topic } = queue;
    metrics.set('portal_queue_jobs', { topic, state: 'due' }, queue.due);
    metrics.set('portal_queue_jobs', { topic, state: 'scheduled' }, queue.scheduled);
    metrics.set('portal_queue_jobs', { topic, state: 'retrying' }, queue.retrying);
    metrics.set('portal_queue_oldest_age_seconds', { topic }, oldestAgeSeconds(queue, at) ?? 0);
    metrics.set('portal_queue_finished_jobs', { topic, outcome: 'done' }, queue.done);
    metrics.set('portal_queue_finished_jobs', { topic, outcome: 'given_up' }, queue.givenUp);
  }
  for (const { channel, count } of deadLetters) metrics.set('portal_dead_letters', { channel }, count);
  const { unsealed, oldestUnsealedAt, isSealingStopped, verification } = gauges.audit;
  metrics.set('portal_audit_unsealed_events', {}, unsealed);
  metrics.set('portal_audit_sealing_lag_seconds', {}, sealingLagSeconds(oldestUnsealedAt, at));
  metrics.set('portal_audit_sealing_stopped', {}, isSealingStopped ? 1 : 0);
  metrics.set('portal_audit_verification_failed', {}, verification?.isSound === false ? 1 : 0);
  if (verification !== null)
    metrics.set('portal_audit_verification_time_seconds', {}, Math.floor(verification.finishedAt / 1000));
  metrics.set('portal_active_people', {}, gauges.activePeople);
  if (gauges.sessionSeconds !== null) {
    metrics.set('portal_session_duration_seconds', { quantile: '0.5' }, gauges.sessionSeconds.median);
    metrics.set('portal_session_duration_seconds', { quantile: '0.95' }, gauges.sessionSeconds.p95);
  }
}

/** In seconds, with milliseconds; 0 if everything is sealed. */
export function sealingLagSeconds(oldestUnsealedAt: Instant | null, now: Instant): number {
  return oldestUnsealedAt === null ? 0 : Math.max(0, (now - oldestUnsealedAt) / 1000);
}

const STATES: readonly ProviderStatus['state'][] = ['untried', 'up', 'failing', 'paused'];

export function setProviders(metrics: Metrics, providers: readonly ProviderStatus[]): void {
  for (const { provider, state, failuresInARow } of providers) {
    for (const each of STATES) metrics.set('portal_provider_state', { provider, state: each }, each === state ? 1 : 0);
    metrics.set('portal_provider_failures_in_a_row', { provider }, failuresInARow);
  }
}
