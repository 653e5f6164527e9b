/** Sends the requests of the load, and remembers which were refused. */
import { client, type Reply, type Sent } from './http.ts';
import { pause } from './services.ts';

export interface Refused {
  readonly at: number;
  /** `null` when there was no answer. */
  readonly status: number | null;
  readonly retryAfter: string | null;
  readonly step: string;
}

type Send = (step: string, method: string, path: string, sent: Sent) => Promise<Reply | undefined>;

export interface Sender {
  readonly refused: Refused[];
  /** @returns the answer, or `undefined` when there was none */
  readonly once: Send;
  /** @returns the answer that settles it, or `undefined` when there was none in time */
  readonly settled: Send;
}

/** Answers of the rules of booking: the time is taken meanwhile, or the patient is elsewhere then. */
const DECLINED = [409, 422];

/** @param isOver whether to give up what is not settled */
export function createSender(urls: readonly string[], isOver: () => boolean): Sender {
  const refused: Refused[] = [];
  let turn = 0;
  const once: Send = async (step, method, path, sent) => {
    const url = urls[turn++ % urls.length] ?? '';
    try {
      const reply = await client(url)(method, path, sent);
      if (reply.status >= 300 && !DECLINED.includes(reply.status)) {
        refused.push({ at: performance.now(), status: reply.status, retryAfter: reply.retryAfter, step });
      }
      return reply;
    } catch {
      refused.push({ at: performance.now(), status: null, retryAfter: null, step });
      return undefined;
    }
  };
  const settled: Send = async (step, method, path, sent) => {
    for (;;) {
      const reply = await once(step, method, path, sent);
      if (reply !== undefined && reply.status < 500) return reply;
      if (isOver()) return undefined;
      await pause(Math.min(500, 1_000 * Number(reply?.retryAfter ?? 0.1)));
    }
  };
  return { refused, once, settled };
}
