import { describe, expect, test, vi } from 'vitest';
import { photonThumbnailer, type Thread } from '../../adapters/photon/thumbnailer.ts';
import { testThumbnailer } from '../support/pictures.ts';
import { thumbnailerContract } from './thumbnailer.contract.ts';

describe('photon', () => thumbnailerContract(() => testThumbnailer));

describe('the thread of photon', () => {
  const facts = { width: 1, height: 1, orientation: 1 } as const;
  const render = (thumbnailer: ReturnType<typeof photonThumbnailer>) =>
    thumbnailer.render(new Uint8Array(1), facts, []);
  const reason = (error: { readonly reason?: string }) => error.reason;

  /** Threads that answer when the test says so. */
  function threads() {
    const started: Thread[] = [];
    const start = (): Thread => {
      const thread: Thread = { postMessage: () => {}, terminate: vi.fn(), onmessage: null, onerror: null };
      started.push(thread);
      return thread;
    };
    const answer = (thread: Thread) => thread.onmessage?.call(thread as Worker, { data: [] } as never);
    return { started, start, answer };
  }

  test('one that takes too long is given up, and no other begins until it ends', async () => {
    const { started, start, answer } = threads();
    const thumbnailer = photonThumbnailer({ longestMs: 1, start });
    expect(await render(thumbnailer).catch(reason)).toBe('timeout');
    expect(await render(thumbnailer).catch(reason)).toBe('busy');
    expect(started).toHaveLength(1);
    const [first] = started;
    if (first === undefined) throw new Error('no thread was started');
    answer(first);
    expect(first.terminate).toHaveBeenCalledOnce();
    expect(await render(thumbnailer).catch(reason)).toBe('timeout');
    expect(started).toHaveLength(2);
  });

  test('one that fails is ended, and the next picture gets another', async () => {
    const { started, start, answer } = threads();
    const thumbnailer = photonThumbnailer({ start });
    const both = [render(thumbnailer).catch(reason), render(thumbnailer)];
    await vi.waitFor(() => expect(started).toHaveLength(1));
    const preventDefault = vi.fn();
    started[0]?.onerror?.call(started[0] as never, { message: 'out of memory', preventDefault } as never);
    await vi.waitFor(() => expect(started).toHaveLength(2));
    if (started[1] !== undefined) answer(started[1]);
    expect(await Promise.all(both)).toEqual(['thread_failed', []]);
    expect(preventDefault).toHaveBeenCalledOnce();
  });
});
