/** The part of the journey that is about documents: upload, scan, download. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';

interface Place {
  readonly url: string;
  /** Makes delayed jobs due, if the test controls the queue's clock. */
  advanceQueue?(seconds: number): Promise<void>;
}

/** More than one part of 8 MiB. */
const SIZE = 9_000_000;
const PART = 8_388_608;

/** Each line has its number, so that exchanged parts would be noticed. */
function longText(): Uint8Array<ArrayBuffer> {
  let text = '';
  for (let n = 0; text.length < SIZE; n++) text += `${n}: haemoglobin 14.1 g/dl\n`;
  return new TextEncoder().encode(text).slice(0, SIZE);
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Uploads a file as a form, one to a signed address and one in pieces, and gets all back once they are found clean. */
export async function keepDocuments(place: Place, token: string): Promise<void> {
  const bytes = longText();
  const sent = [
    await uploadForm(place, token, bytes),
    await uploadDirectly(place, token, bytes),
    await uploadInPieces(place, token, bytes),
  ];
  for (const id of sent) await expectBytes(place, token, id, bytes);
  const { status } = await fetch(`${place.url}/api/v1/files/${sent[0]}`, { method: 'DELETE', headers: of(token) });
  expect(status).toBe(204);
  const gone = await fetch(`${place.url}/api/v1/files/${sent[0]}/download`, { headers: of(token) });
  expect(gone.status).toBe(404);
}

const of = (token: string) => ({ Authorization: `Bearer ${token}` });

async function uploadForm({ url }: Place, token: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const form = new FormData();
  form.set('fileType', 'lab_result');
  form.set('sha256', hashOf(bytes));
  form.set('file', new Blob([bytes], { type: 'text/plain' }), 'values.txt');
  const response = await fetch(`${url}/api/v1/files/upload`, { method: 'POST', headers: of(token), body: form });
  const answer = (await response.json()) as { id: string };
  expect([response.status, answer]).toMatchObject([201, { sizeBytes: SIZE }]);
  return answer.id;
}

async function uploadDirectly({ url }: Place, token: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const file = { filename: 'more.txt', mimeType: 'text/plain', sizeBytes: SIZE, fileType: 'other' };
  const begun = await fetch(`${url}/api/v1/files`, {
    method: 'POST',
    headers: { ...of(token), 'Content-Type': 'application/json' },
    body: JSON.stringify(file),
  });
  const { id, uploadUrl } = (await begun.json()) as { id: string; uploadUrl: string };
  const { pathname, search } = new URL(uploadUrl);
  const stored = await fetch(`${url}${pathname}${search}`, { method: 'PUT', body: bytes });
  expect(stored.status, await stored.text()).toBe(204);
  const completed = await fetch(`${url}/api/v1/files/${id}/complete`, { method: 'POST', headers: of(token) });
  expect([completed.status, await completed.json()]).toMatchObject([200, { sha256: hashOf(bytes) }]);
  return id;
}

/** Each piece is broken off, and the next one goes on where the portal says that it is. */
async function uploadInPieces({ url }: Place, token: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const file = { filename: 'rest.txt', mimeType: 'text/plain', sizeBytes: SIZE, fileType: 'other' };
  const begun = await fetch(`${url}/api/v1/files`, {
    method: 'POST',
    headers: { ...of(token), 'Content-Type': 'application/json' },
    body: JSON.stringify(file),
  });
  const { id } = (await begun.json()) as { id: string };
  const upload = `${url}/api/v1/files/${id}/upload`;
  const append = (offset: number, body: BodyInit, more: RequestInit = {}) =>
    fetch(upload, {
      method: 'PATCH',
      headers: {
        ...of(token),
        'Content-Type': 'application/partial-upload',
        'Upload-Offset': `${offset}`,
        'Upload-Complete': '?1',
      },
      body,
      ...more,
    });
  let offset = 0;
  for (const piece of [1_000_000, 6_000_000]) {
    const broken = new AbortController();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent >= piece) return broken.abort();
        controller.enqueue(bytes.slice(offset + sent, offset + sent + 100_000));
        sent += 100_000;
      },
    });
    await expect(append(offset, body, { signal: broken.signal, duplex: 'half' } as RequestInit)).rejects.toThrow();
    const { headers } = await fetch(upload, { method: 'HEAD', headers: of(token) });
    const stored = Number(headers.get('upload-offset'));
    expect(stored).toBeGreaterThanOrEqual(offset);
    expect(stored).toBeLessThanOrEqual(offset + piece);
    offset = stored;
  }
  const last = await append(offset, bytes.slice(offset));
  expect([last.status, await last.json()]).toMatchObject([200, { id, sha256: hashOf(bytes) }]);
  return id;
}

async function expectBytes(place: Place, token: string, id: string, bytes: Uint8Array): Promise<void> {
  const address = `${place.url}/api/v1/files/${id}`;
  const state = async () => ((await (await fetch(address, { headers: of(token) })).json()) as { state: string }).state;
  for (let attempt = 0; attempt < 100 && (await state()) !== 'clean'; attempt++) {
    await place.advanceQueue?.(0);
    await new Promise((wake) => setTimeout(wake, 100));
  }
  expect(await state()).toBe('clean');
  const whole = await fetch(`${address}/download`, { headers: of(token) });
  expect(whole.status).toBe(200);
  expect(hashOf(new Uint8Array(await whole.arrayBuffer()))).toBe(hashOf(bytes));
  // Across the border of two parts.
  const range = { ...of(token), Range: `bytes=${PART - 10}-${PART + 9}` };
  const part = await fetch(`${address}/download`, { headers: range });
  expect([part.status, await part.text()]).toEqual([206, new TextDecoder().decode(bytes.slice(PART - 10, PART + 10))]);
}
