/** Jobs handed to QStash, which calls `<publicUrl>/api/v1/callbacks/qstash/<topic>` with `{"id": "…"}` when they are due. */
import { type Clock, type JobQueue, type QueuedJob, Unavailable } from '../../domain/shared/ports.ts';

export interface QStashQueueOptions {
  readonly url: string;
  readonly token: string;
  /** Where this API is reached from outside, from configuration. */
  readonly publicUrl: string;
  /** For one batch. Default 5000. */
  readonly timeoutMilliseconds?: number;
  /** The longest delay of the plan. Default 7 days, the free one. */
  readonly maxDelaySeconds?: number;
}

const DEFAULT_TIMEOUT_MILLISECONDS = 5000;
const DEFAULT_MAX_DELAY_SECONDS = 7 * 86_400;
/** Clocks differ, and a job may wait for its batch. */
const HORIZON_MARGIN_SECONDS = 3600;
const BATCH_SIZE = 100;
const DELIVERY_RETRIES = 3;

/**
 * QStash forgets a deduplication id after ten minutes, so a job handed over again later arrives again.
 *
 * One request as in https://upstash.com/docs/qstash/api/publish/batch, by ourselves: the vendor's client prints each failure on
 * the console besides throwing it, has no time-out, and would take its address from the environment.
 *
 * @param clock decides which jobs are due at once
 */
export function qstashQueue(options: QStashQueueOptions, clock: Clock): JobQueue {
  const timeout = options.timeoutMilliseconds ?? DEFAULT_TIMEOUT_MILLISECONDS;
  const address = `${options.url.replace(/\/+$/, '')}/v2/batch`;
  const toMessage = (job: QueuedJob) => ({
    destination: callbackUrl(options.publicUrl, job.topic),
    body: JSON.stringify({ id: job.id }),
    headers: {
      'content-type': 'application/json',
      'upstash-method': 'POST',
      'upstash-retries': String(DELIVERY_RETRIES),
      'upstash-deduplication-id': job.id,
      // In whole seconds, rounded up so that nothing is early; left out when due, so that nothing due waits for the second.
      ...(job.notBefore > clock.now() && { 'upstash-not-before': String(Math.ceil(job.notBefore / 1000)) }),
    },
  });
  const send = async (messages: readonly object[], signal: AbortSignal): Promise<unknown> => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { Authorization: `Bearer ${options.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(messages),
      signal,
    });
    if (response.ok) return response.json();
    await response.body?.cancel();
    throw new Error(`answered ${response.status}`);
  };

  return {
    horizonSeconds: (options.maxDelaySeconds ?? DEFAULT_MAX_DELAY_SECONDS) - HORIZON_MARGIN_SECONDS,
    async publish(jobs) {
      for (let from = 0; from < jobs.length; from += BATCH_SIZE) {
        const batch = jobs.slice(from, from + BATCH_SIZE).map(toMessage);
        let replies: unknown;
        try {
          replies = await send(batch, AbortSignal.timeout(timeout));
        } catch (cause) {
          throw new Unavailable('qstash', { cause });
        }
        if (!Array.isArray(replies) || replies.length !== batch.length || !replies.every(isAccepted)) {
          throw new Unavailable('qstash', { cause: new Error('not every job of the batch was accepted') });
        }
      }
    },
  };
}

/** Where QStash delivers jobs of a topic; also the `sub` of its signatures. */
export function callbackUrl(publicUrl: string, topic: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/api/v1/callbacks/qstash/${encodeURIComponent(topic)}`;
}

function isAccepted(reply: unknown): boolean {
  return typeof reply === 'object' && reply !== null && 'messageId' in reply;
}
