import { describe, expect, test, vi } from 'vitest';
import { type Images, imagesThumbnailer } from '../../adapters/images/thumbnailer.ts';
import { photonThumbnailer, type Thread } from '../../adapters/photon/thumbnailer.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { PICTURE, testThumbnailer } from '../support/pictures.ts';
import { thumbnailerContract } from './thumbnailer.contract.ts';

describe('photon', () => thumbnailerContract(() => testThumbnailer));

describe('the thread of photon', () => {
  const facts = { width: 1, height: 1, orientation: 1 } as const;
  const render = (thumbnailer: ReturnType<typeof photonThumbnailer>) =>
    thumbnailer.render(new Uint8Array(1), facts, [], 'image/jpeg');
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

  test('one that cannot decode a picture gives none', async () => {
    const { started, start } = threads();
    const none = render(photonThumbnailer({ start }));
    await vi.waitFor(() => expect(started).toHaveLength(1));
    started[0]?.onmessage?.call(started[0] as Worker, { data: null } as never);
    expect(await none).toBeUndefined();
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

describe('faults of Cloudflare Images', () => {
  const facts = { width: 96, height: 64, orientation: 1 } as const;

  /** @param answers of one picture after another: the code of a fault, or `made` */
  async function render(...answers: readonly (number | 'made')[]) {
    const left = [...answers];
    const transformer = {
      transform: () => transformer,
      async output() {
        const next = left.shift();
        if (next !== 'made') throw Object.assign(new Error('IMAGES_TRANSFORM_ERROR'), { code: next });
        return { image: () => new Blob([PICTURE]).stream() };
      },
    };
    const images: Images = { input: () => transformer };
    const work = imagesThumbnailer(images).render(PICTURE, facts, [{ side: 48, fit: 'inside' }], 'image/jpeg');
    const result = await work.catch((error: unknown) => (error instanceof Unavailable ? 'away' : error));
    return [Array.isArray(result) ? 'made' : result, left.length];
  }

  test.for([
    ['a picture that it cannot read', [9412], undefined],
    ['a fault of its own', [9504], 'away'],
    ['a damaged picture, if it makes another one', [9523, 'made', 9523], undefined],
    ['itself, if it makes no other one either', [9523, 9523], 'away'],
    ['itself, if it makes the picture the second time', [9523, 'made', 'made'], 'made'],
    ['itself, if the fault is another the second time', [9523, 'made', 9504], 'away'],
  ] as const)('tells of %s', async ([, answers, result]) => {
    expect(await render(...answers)).toEqual([result, 0]);
  });
});
