/** A client of uploads that can be resumed. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import { PART_BYTES } from '../../../domain/files/file.ts';
import type { Documents } from './documents.ts';

type Body = string | Uint8Array | ReadableStream<Uint8Array>;

export interface Begun {
  readonly uploadUrl: string;
  readonly id: string;
  readonly _links: Readonly<Record<string, object>>;
}

export interface Resuming {
  begin(sizeBytes: number, more?: object): Promise<Begun>;
  head(id: string): Promise<Response>;
  append(
    id: string,
    body: Body,
    offset: number,
    isLast: '?0' | '?1',
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>;
  cancel(id: string): Promise<Response>;
}

export function resuming(fetch: Documents['fetch'], token: string): Resuming {
  return {
    async begin(sizeBytes, more = {}) {
      const file = { filename: 'values.txt', mimeType: 'text/plain', sizeBytes, fileType: 'lab_result', ...more };
      const headers = { 'Content-Type': 'application/json' };
      const begun = await fetch('/files', token, { method: 'POST', headers, body: JSON.stringify(file) });
      if (begun.status !== 201) throw new Error(await begun.text());
      return (await begun.json()) as Begun;
    },
    head: (id) => fetch(`/files/${id}/upload`, token, { method: 'HEAD' }),
    append: (id, body, offset, isLast, headers = {}) =>
      fetch(`/files/${id}/upload`, token, {
        method: 'PATCH',
        body: body as BodyInit,
        headers: {
          'Content-Type': 'application/partial-upload',
          'Upload-Offset': `${offset}`,
          'Upload-Complete': isLast,
          ...(body instanceof ReadableStream ? {} : { 'Content-Length': `${body.length}` }),
          ...headers,
        },
        duplex: 'half',
      } as RequestInit),
    cancel: (id) => fetch(`/files/${id}/upload`, token, { method: 'DELETE' }),
  };
}

const encoded = (piece: string | Uint8Array) => (typeof piece === 'string' ? new TextEncoder().encode(piece) : piece);

/** A body of unknown length. @param held its end waits for it */
export function bodyOf(pieces: readonly (string | Uint8Array)[], held?: Promise<void>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      for (const piece of pieces) controller.enqueue(encoded(piece));
      await held;
      controller.close();
    },
  });
}

/** A body whose connection breaks after these bytes. */
export function cutAfter(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let isSent = bytes.length === 0;
  return new ReadableStream({
    pull(controller) {
      if (isSent) controller.error(new Error('the connection broke'));
      else controller.enqueue(bytes);
      isSent = true;
    },
  });
}

/** Text of this size. Each line has its number, so that exchanged or repeated bytes are noticed. */
export function numberedText(sizeBytes: number): Uint8Array<ArrayBuffer> {
  let text = '';
  for (let n = 0; text.length < sizeBytes; n++) text += `${n}: haemoglobin 14.1 g/dl\n`;
  return new TextEncoder().encode(text).slice(0, sizeBytes);
}

/** Uploads files whose requests break at any bytes: each ends as one that was sent at once. */
export async function endsAsUncut(client: Resuming, numRuns: number): Promise<void> {
  const border = fc.constantFrom(-1, 0, 1).map((by) => PART_BYTES + by);
  const cuts = fc.array(fc.oneof(fc.nat(2 * PART_BYTES), border, fc.constantFrom(0, 1)), { maxLength: 4 });
  const size = fc.oneof(fc.integer({ min: 1, max: 3 * PART_BYTES }), border, fc.constant(2 * PART_BYTES));
  await fc.assert(
    fc.asyncProperty(size, cuts, async (sizeBytes, pieces) => {
      const bytes = numberedText(sizeBytes);
      const { id } = await client.begin(sizeBytes);
      let offset = 0;
      for (const piece of pieces) {
        await client.append(id, cutAfter(bytes.subarray(offset, offset + piece)), offset, '?1').catch(() => undefined);
        const stored = Number((await client.head(id)).headers.get('upload-offset'));
        expect(stored).toBe(Math.min(offset + piece, sizeBytes));
        offset = stored;
      }
      const last = await client.append(id, bytes.slice(offset), offset, '?1');
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect([last.status, await last.json()]).toMatchObject([200, { sizeBytes, sha256 }]);
    }),
    { numRuns, seed: 15 },
  );
}
