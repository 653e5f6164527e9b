/**
 * Spans that wait for the collector. What finds no room is dropped and counted: a collector that is away or slow costs memory up to
 * the bound, and costs requests nothing.
 */
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

/** Spans that wait at most. */
const MOST_WAITING = 4_096;
/** Spans in one request to the collector. */
const BATCH = 512;

export type DropReason = 'queue_full' | 'refused' | 'trace_too_long';

export interface ExportObserver {
  exported(spans: number): void;
  dropped(spans: number, reason: DropReason): void;
  failed(error: unknown): void;
}

/** What became of a batch: `later` if the collector may take it then. */
export type Sent = 'taken' | 'refused' | 'later';

export interface ExportQueue {
  add(spans: readonly ReadableSpan[]): void;
  /** Exports what waits, one batch after another. Never rejects. */
  flush(): Promise<void>;
}

/**
 * @param send rejects like `later`
 * @param schedule calls the given function when it is time to export; asked once for all spans that come until then
 */
export function createExportQueue(
  send: (spans: readonly ReadableSpan[]) => Promise<Sent>,
  schedule: (flush: () => Promise<void>) => void,
  observer: ExportObserver,
): ExportQueue {
  let waiting: ReadableSpan[] = [];
  let isScheduled = false;
  let flushing: Promise<void> | undefined;

  const soon = () => {
    if (isScheduled || waiting.length === 0) return;
    isScheduled = true;
    schedule(flush);
  };
  const keep = (spans: readonly ReadableSpan[]) => {
    const room = Math.max(0, MOST_WAITING - waiting.length);
    if (spans.length > room) observer.dropped(spans.length - room, 'queue_full');
    waiting.push(...spans.slice(0, room));
  };
  const attempt = async (batch: readonly ReadableSpan[]): Promise<Sent> => {
    try {
      return await send(batch);
    } catch (error) {
      observer.failed(error);
      return 'later';
    }
  };
  const run = async () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH);
      const sent = await attempt(batch);
      if (sent === 'taken') observer.exported(batch.length);
      else if (sent === 'refused') observer.dropped(batch.length, 'refused');
      else {
        // In front of those that came meanwhile.
        const newer = waiting;
        waiting = [];
        keep([...batch, ...newer]);
        return;
      }
    }
  };
  const flush = () => {
    isScheduled = false;
    flushing ??= run().finally(() => {
      flushing = undefined;
      soon();
    });
    return flushing;
  };

  return {
    add(spans) {
      keep(spans);
      soon();
    },
    flush,
  };
}
