/** What is found in the bytes of an upload: their type, their hash, and whether the content is sound (R52). */
import {
  detectFileType,
  type FileType,
  type FileTypeMismatch,
  HEAD_BYTES,
  hasControls,
  type UnsupportedFileType,
} from '../../../domain/files/file-type.ts';
import type { StoredParts } from '../../../domain/files/loads.ts';
import type { Received } from '../../../domain/files/upload.ts';
import type { ContentFault } from '../../../domain/files/word-document.ts';
import type { Deps } from '../context.ts';
import { randomAccess, readBytes, UploadStopped } from './bytes.ts';
import { inspectFile } from './inspect.ts';

export type ContentRefused = { readonly code: 'file_content_refused'; readonly fault: ContentFault };
export type BytesRefused = UnsupportedFileType | FileTypeMismatch | ContentRefused;

interface Declared {
  readonly mediaType: string;
  readonly filename: string;
}

/** Looks at bytes that pass through: the hash of all, the type by the first, and of text whether all of it is text. */
export interface Look {
  /** @throws UploadStopped once the bytes are of a type that is not accepted, or of another one than declared */
  through(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  /** Call it when all have passed. */
  result(): { readonly type: FileType; readonly sizeBytes: number; readonly sha256: string };
}

export function lookAt({ newHash }: Pick<Deps, 'newHash'>, declared: Declared): Look {
  const hash = newHash();
  const head = new Uint8Array(HEAD_BYTES);
  let sizeBytes = 0;
  let type: FileType | undefined;
  let text: TextCheck | undefined;
  /** @param looked how many bytes of the head came before those that are looked at next */
  const judge = (looked: number) => {
    const found = detectFileType(head.subarray(0, Math.min(sizeBytes, HEAD_BYTES)), declared);
    if (!found.ok) throw new UploadStopped(found.error);
    type = found.value;
    if (type !== 'text/plain') return;
    text = textCheck();
    text.next(head.subarray(0, looked));
  };
  return {
    async *through(bytes) {
      for await (const chunk of bytes) {
        if (sizeBytes < HEAD_BYTES) head.set(chunk.subarray(0, HEAD_BYTES - sizeBytes), sizeBytes);
        const before = sizeBytes;
        sizeBytes += chunk.length;
        hash.update(chunk);
        if (type === undefined && sizeBytes >= HEAD_BYTES) judge(before);
        text?.next(chunk);
        yield chunk;
      }
      if (type === undefined) judge(sizeBytes);
      text?.end();
    },
    result() {
      if (type === undefined) throw new Error('the bytes have not passed');
      return { type, sizeBytes, sha256: hash.digest() };
    },
  };
}

/** Both throw UploadStopped if the bytes are no UTF-8, or hold characters that no text has. */
interface TextCheck {
  next(chunk: Uint8Array): void;
  end(): void;
}

function textCheck(): TextCheck {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const check = (chunk: Uint8Array, stream: boolean) => {
    let text: string;
    try {
      text = decoder.decode(chunk, { stream });
    } catch {
      throw new UploadStopped({ code: 'file_type_unsupported' } as const);
    }
    if (hasControls(text)) throw new UploadStopped({ code: 'file_type_unsupported' } as const);
  };
  return { next: (chunk) => check(chunk, true), end: () => check(new Uint8Array(), false) };
}

/** @throws UploadStopped if the content is not sound */
export async function inspected(
  deps: Pick<Deps, 'files' | 'fileCipher' | 'inflate'>,
  stored: StoredParts,
  { type, sizeBytes, sha256 }: ReturnType<Look['result']>,
): Promise<Received> {
  const fault = await inspectFile(type, randomAccess(deps, stored), deps.inflate);
  if (fault !== undefined) throw new UploadStopped<ContentRefused>({ code: 'file_content_refused', fault });
  return { mimeType: type, sizeBytes, sha256 };
}

/** The same for bytes that are stored. @throws UploadStopped */
export async function receivedIn(
  deps: Pick<Deps, 'files' | 'fileCipher' | 'inflate' | 'newHash'>,
  stored: StoredParts,
  declared: Declared,
): Promise<Received> {
  const look = lookAt(deps, declared);
  const { sizeBytes } = randomAccess(deps, stored);
  for await (const _ of look.through(readBytes(deps, stored, { offset: 0, length: sizeBytes })));
  return inspected(deps, stored, look.result());
}
