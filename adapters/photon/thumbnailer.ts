/**
 * Small pictures under Deno, made in a thread of their own, which is ended after each picture: WebAssembly does not give memory
 * back. One at a time, so that memory is bounded. Deno does not stop a thread that is busy (denoland/deno#35657), so one that takes
 * too long runs on until it is done, and until then no other begins.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Thumbnailer } from '../../domain/files/ports.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import type { RenderAnswer, RenderTask } from './thread.ts';

const WASM = fileURLToPath(import.meta.resolve('@cf-wasm/photon/photon.wasm'));

/** A picture of the most pixels takes 3 to 6 s on a slow processor. */
const LONGEST_MS = 30_000;

/** The part of a `Worker` that is used. */
export type Thread = Pick<Worker, 'postMessage' | 'terminate' | 'onmessage' | 'onerror'>;

interface Options {
  readonly longestMs?: number;
  readonly start?: () => Thread;
}

const startThread = (): Thread => new Worker(new URL('./thread.ts', import.meta.url), { type: 'module' });

export function photonThumbnailer({ longestMs = LONGEST_MS, start = startThread }: Options = {}): Thumbnailer {
  let last: Promise<unknown> = Promise.resolve();
  let isStuck = false;
  const begin = async (task: Omit<RenderTask, 'wasm'>): Promise<RenderAnswer> => {
    if (isStuck) throw new Unavailable('thumbnails', { reason: 'busy', retryAfterSeconds: longestMs / 1000 });
    const wasm = new Uint8Array(await readFile(WASM));
    return within(start(), { ...task, wasm }, longestMs, (stuck) => {
      isStuck = stuck;
    });
  };
  return {
    async render(picture, facts, shapes, type) {
      const work = last.then(() => begin({ picture, facts, shapes, type }));
      last = work.catch(() => {});
      return (await work) ?? undefined;
    },
  };
}

/** @param onStuck told whether the thread runs beyond its time */
function within(
  thread: Thread,
  task: RenderTask,
  longestMs: number,
  onStuck: (isStuck: boolean) => void,
): Promise<RenderAnswer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      onStuck(true);
      reject(new Unavailable('thumbnails', { reason: 'timeout' }));
    }, longestMs);
    const end = () => {
      clearTimeout(timer);
      onStuck(false);
      thread.terminate();
    };
    thread.onmessage = ({ data }: MessageEvent<RenderAnswer>) => {
      end();
      resolve(data);
    };
    thread.onerror = (event) => {
      // Without this the error would end the process.
      event.preventDefault();
      end();
      reject(new Unavailable('thumbnails', { cause: new Error(event.message), reason: 'thread_failed' }));
    };
    thread.postMessage(task satisfies RenderTask);
  });
}
