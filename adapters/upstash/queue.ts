/**
 * Publishes jobs to QStash, which calls `<publicUrl>/api/v1/callbacks/qstash/<topic>` with `{"id": "…"}` when they are
 * due. Flow control keeps QStash from calling faster than the rate of a topic allows, and too often at once.
 */

import { type Clock, type JobQueue, type QueuedJob, Unavailable } from '../../domain/shared/ports.ts';
import { PORTION_SECONDS, type TopicRates, URGENT_PRIORITY } from '../../domain/shared/topic-rates.ts';

export interface QStashQueueOptions {
  readonly url: string;
  readonly token: string;
  /** The public URL of this API, from configuration. */
  readonly publicUrl: string;
  /** Of topics that are limited. Default: none is. */
  readonly rates?: TopicRates;
  /** Calls of one topic that may be under way. Default 10. */
  readonly parallelism?: number;
  /** Time-out of one batch. Default 5000. */
  readonly timeoutMilliseconds?: number;
  /** Longest delay that the QStash plan allows. Default 7 days, that of the free plan. */
  readonly maxDelaySeconds?: number;
}

const DEFAULT_TIMEOUT_MILLISECONDS = 5000;
const DEFAULT_MAX_DELAY_SECONDS = 7 * 86_400;
/** Margin for clock differences and for jobs that wait for their batch. */
const HORIZON_MARGIN_SECONDS = 3600;
const BATCH_SIZE = 100;
const DEFAULT_PARALLELISM = 10;
const DELIVERY_RETRIES = 3;

/**
 * QStash forgets a deduplication id after ten minutes, so a job published again later is delivered again. One that has another time
 * by then is another message.
 *
 * @param clock decides which jobs are due immediately
 */
export function qstashQueue(options: QStashQueueOptions, clock: Clock): JobQueue {
  const timeout = options.timeoutMilliseconds ?? DEFAULT_TIMEOUT_MILLISECONDS;
  // Loaded when something is published, which happens after an answer: most requests publish nothing.
  const load = async () => {
    const { Client } = await import('@upstash/qstash');
    return new Client({
      baseUrl: options.url,
      token: options.token,
      // Otherwise QSTASH_DEV in the environment would send jobs to a local server.
      devMode: false,
      enableTelemetry: false,
      // The caller repeats what fails (`resilience/guarded.ts`).
      retry: false,
    });
  };
  const toMessage = (job: QueuedJob) => ({
    url: callbackUrl(options.publicUrl, job.topic),
    body: { id: job.id },
    deduplicationId: `${job.id}-${job.notBefore}`,
    flowControl: flowControl(options, job),
    retries: DELIVERY_RETRIES,
    // QStash sends them along with its call.
    ...(job.traceParent !== undefined && { headers: { traceparent: job.traceParent } }),
    // In whole seconds, rounded up so that nothing is delivered early; left out for due jobs, so that they do not wait
    // for the second.
    ...(job.notBefore > clock.now() && { notBefore: Math.ceil(job.notBefore / 1000) }),
  });

  return {
    horizonSeconds: (options.maxDelaySeconds ?? DEFAULT_MAX_DELAY_SECONDS) - HORIZON_MARGIN_SECONDS,
    async publish(jobs) {
      const client = await load();
      for (let from = 0; from < jobs.length; from += BATCH_SIZE) {
        const batch = jobs.slice(from, from + BATCH_SIZE).map(toMessage);
        const replies: readonly unknown[] = await within(timeout, client.batchJSON(batch));
        if (replies.length !== batch.length || !replies.every(isAccepted)) {
          throw new Unavailable('qstash', { cause: new Error('not every job of the batch was accepted') });
        }
      }
    },
  };
}

/**
 * One key for each topic. What is urgent has a key of its own, so that it does not wait behind what is not. Keys begin with the portal's
 * host, because those of one account of QStash are common to all that use it.
 */
function flowControl({ publicUrl, rates = {}, parallelism = DEFAULT_PARALLELISM }: QStashQueueOptions, job: QueuedJob) {
  const rate = rates[job.topic];
  const key = `${new URL(publicUrl).host}.${job.topic}`.replaceAll(/[^\w.-]/g, '-');
  if (job.priority <= URGENT_PRIORITY) return { key: `${key}.urgent`, parallelism };
  if (rate === undefined) return { key, parallelism };
  // In portions where the rate can be divided.
  const portions = 60 / PORTION_SECONDS;
  return rate % portions === 0
    ? { key, parallelism, rate: rate / portions, period: PORTION_SECONDS }
    : { key, parallelism, rate, period: 60 };
}

/** The URL to which QStash delivers jobs of a topic; also the `sub` of its signatures. */
export function callbackUrl(publicUrl: string, topic: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/api/v1/callbacks/qstash/${encodeURIComponent(topic)}`;
}

function isAccepted(reply: unknown): boolean {
  return typeof reply === 'object' && reply !== null && 'messageId' in reply;
}

/** The client has no time-out of its own. */
async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, expired]);
  } catch (error) {
    throw new Unavailable('qstash', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
