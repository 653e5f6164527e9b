/**
 * An archive is lines of JSON, gzipped and encrypted as an age file (age-encryption.org/v1): `age -d FILE | gunzip`
 * shows it without this program. age detects files that were truncated or changed; the last line holds the SHA-256 of
 * all lines before it, so that an archive whose writing was interrupted is detected too.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Decrypter, Encrypter } from 'age-encryption';

/** Who can open an archive: holders of the identity of a recipient, or people who know the passphrase. */
export type Lock = { readonly recipients: readonly string[] } | { readonly passphrase: string };
export type Opener = { readonly identities: readonly string[]; readonly passphrase: string | undefined };

/** The archive cannot be used; the message says why and what to do. */
export class ArchiveRefused extends Error {
  override readonly name = 'ArchiveRefused';
}

/** A complete archive under a temporary name. */
export interface Draft {
  /** Renames it to its final name. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}

/** Leaves no file behind if it fails. */
export async function draftArchive(path: string, lock: Lock, lines: AsyncIterable<string>): Promise<Draft> {
  const encrypter = new Encrypter();
  if ('passphrase' in lock) encrypter.setPassphrase(lock.passphrase);
  else for (const recipient of lock.recipients) encrypter.addRecipient(recipient);
  const clear = Readable.toWeb(Readable.from(sealedLines(lines))) as ReadableStream<Uint8Array<ArrayBuffer>>;
  const encrypted = await encrypter.encrypt(
    clear.pipeThrough(new CompressionStream('gzip')) as ReadableStream<Uint8Array>,
  );
  const draft = `${path}.partial`;
  const discard = () => rm(draft, { force: true });
  await discard();
  try {
    await pipeline(
      Readable.fromWeb(encrypted as Parameters<typeof Readable.fromWeb>[0]),
      createWriteStream(draft, { flags: 'wx', mode: 0o600 }),
    );
    const file = await open(draft, 'r+');
    await file.sync();
    await file.close();
  } catch (error) {
    await discard();
    throw error;
  }
  return { keep: () => rename(draft, path), discard };
}

/** Appends the line that ends an archive. */
async function* sealedLines(lines: AsyncIterable<string>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const digest = createHash('sha256');
  for await (const line of lines) {
    const bytes = encoder.encode(`${line}\n`);
    digest.update(bytes);
    yield bytes;
  }
  yield encoder.encode(`${JSON.stringify({ end: { sha256: digest.digest('hex') } })}\n`);
}

/**
 * The lines of an archive without the last one. Discard all lines if it throws.
 *
 * @throws ArchiveRefused if the archive cannot be opened, was truncated or changed
 */
export async function* readArchive(path: string, opener: Opener): AsyncGenerator<string> {
  const decrypter = new Decrypter();
  for (const identity of opener.identities) decrypter.addIdentity(identity);
  if (opener.passphrase !== undefined) decrypter.addPassphrase(opener.passphrase);
  const digest = createHash('sha256');
  let last: string | undefined;
  try {
    const source = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array<ArrayBuffer>>;
    const decrypted = await decrypter.decrypt(source);
    const clear = decrypted.pipeThrough(new DecompressionStream('gzip') as TransformStream<Uint8Array, Uint8Array>);
    for await (const line of linesOf(clear)) {
      if (last !== undefined) {
        digest.update(`${last}\n`);
        yield last;
      }
      last = line;
    }
  } catch (error) {
    throw new ArchiveRefused(`${path}: ${whatIsWrong(error as Error)}`, { cause: error });
  }
  if (last !== JSON.stringify({ end: { sha256: digest.digest('hex') } })) {
    throw new ArchiveRefused(`${path}: ${CUT_OFF} (it has no valid end)`);
  }
}

const CUT_OFF = 'the archive is cut off or damaged. Take another copy of it, or another backup';

function whatIsWrong(error: Error & { readonly code?: unknown }): string {
  if (typeof error.code === 'string' && error.code.startsWith('E') && !error.code.startsWith('ERR_')) {
    return `it cannot be read (${error.code})`;
  }
  // The age library's message for a valid header that names other recipients.
  if (/no identity matched/.test(error.message)) {
    return 'it cannot be opened with this identity or passphrase: it was made for others';
  }
  return `${CUT_OFF} (${error.message})`;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let begun: string[] = [];
  for await (const chunk of stream) {
    const [head = '', ...rest] = decoder.decode(chunk, { stream: true }).split('\n');
    begun.push(head);
    for (const next of rest) {
      yield begun.join('');
      begun = [next];
    }
  }
  const left = begun.join('') + decoder.decode();
  if (left !== '') yield left;
}
