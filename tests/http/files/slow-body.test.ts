/** Bodies of files that arrive slowly. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { chunksOf, IDLE_TIMEOUT_MS, SLOWEST_BYTES } from '../../../src/http/streamed-body.ts';

let now = 0;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Sends a piece after each second. @returns the bytes that were read, and the code of what has ended it */
async function readSlowly(pieceBytes: number, pieces: number, readerMs = 0) {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
  });
  let read = 0;
  let code: string | undefined;
  const reading = (async () => {
    for await (const { length } of chunksOf(body, 10 * SLOWEST_BYTES, { now: () => now })) {
      read += length;
      now += readerMs;
    }
  })().catch((error) => {
    code = error.details.code;
  });
  for (let n = 0; n < pieces && code === undefined; n++) {
    now += 1_000;
    await vi.advanceTimersByTimeAsync(1_000);
    if (code === undefined) controller?.enqueue(new Uint8Array(pieceBytes));
    await vi.advanceTimersByTimeAsync(0);
  }
  if (code === undefined) controller?.close();
  await reading;
  return { read, code };
}

const SECONDS = IDLE_TIMEOUT_MS / 1_000;
const ENOUGH = Math.ceil(SLOWEST_BYTES / SECONDS);

test('a body that drips is ended, though its next byte always comes', async () => {
  expect(await readSlowly(1, 100)).toEqual({ read: SECONDS - 1, code: 'request_timeout' });
  expect(await readSlowly(ENOUGH - 200, 100)).toMatchObject({ code: 'request_timeout' });
});

test('a body that is fast enough may take long, and a small one less than the time', async () => {
  const pieces = 5 * SECONDS;
  expect(await readSlowly(ENOUGH + 200, pieces)).toEqual({ read: pieces * (ENOUGH + 200), code: undefined });
  expect(await readSlowly(1, SECONDS - 1)).toEqual({ read: SECONDS - 1, code: undefined });
});

test('the time in which the portal stores what has arrived does not count', async () => {
  const pieces = 5 * SECONDS;
  expect(await readSlowly(ENOUGH + 200, pieces, 10_000)).toMatchObject({ code: undefined });
});
