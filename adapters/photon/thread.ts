/** The thread that decodes pictures, so that requests do not wait for it. It renders one picture, and is ended. */
import type { PictureFacts } from '../../domain/files/picture.ts';
import type { Shape, SmallPictureType } from '../../domain/files/ports.ts';
import { loadPhoton, renderPicture } from './render.ts';

/** What the thread is sent, once. */
export interface RenderTask {
  readonly wasm: Uint8Array<ArrayBuffer>;
  readonly picture: Uint8Array;
  readonly facts: PictureFacts;
  readonly shapes: readonly Shape[];
  readonly type: SmallPictureType;
}

/** What it answers; null if the picture cannot be decoded. Deno sends null also for undefined. */
export type RenderAnswer = readonly Uint8Array[] | null;

/** The one of a thread, which names no receiver. */
declare function postMessage(answer: RenderAnswer): void;

addEventListener('message', (event) => {
  const { wasm, picture, facts, shapes, type } = (event as MessageEvent<RenderTask>).data;
  loadPhoton(wasm);
  let answer: RenderAnswer;
  try {
    answer = renderPicture(picture, facts, shapes, type);
  } catch {
    answer = null;
  }
  postMessage(answer);
});
