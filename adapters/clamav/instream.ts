/**
 * The scanner ClamAV: `clamd` over TCP, by its command INSTREAM (man page clamd(8)). It has neither TLS nor authentication, so it
 * is called on the same machine or in a private network only; from elsewhere by the service of `tools/scanner.ts`.
 */
import { connect, type Socket } from 'node:net';
import type { FileScanner, Verdict } from '../../domain/files/ports.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { TOO_LARGE, verdictOf } from './reply.ts';

export interface ClamdOptions {
  readonly host: string;
  readonly port: number;
  /** Longest silence of clamd, in milliseconds: while it takes bytes, and until its verdict. Default 30,000. */
  readonly timeoutMilliseconds?: number;
  /** `StreamMaxLength` of clamd. Default 25 MiB. Over it clamd resets the connection, and its reply may be lost. */
  readonly maximumBytes?: number;
}

const TIMEOUT_MILLISECONDS = 30_000;
const MAXIMUM_BYTES = 25 * 1024 * 1024;
/** Its verdict is one line. */
const MAXIMUM_REPLY_BYTES = 4096;

export function clamdScanner(options: ClamdOptions): FileScanner {
  return {
    name: 'clamd',
    async scan(bytes, sizeBytes) {
      if (sizeBytes > (options.maximumBytes ?? MAXIMUM_BYTES)) return { verdict: 'unscannable', reason: TOO_LARGE };
      try {
        return await scanWith(options, bytes);
      } catch (error) {
        throw new Unavailable('clamd', { cause: error });
      }
    },
  };
}

async function scanWith(options: ClamdOptions, bytes: AsyncIterable<Uint8Array>): Promise<Verdict> {
  const { host, port, timeoutMilliseconds = TIMEOUT_MILLISECONDS } = options;
  const socket = connect({ host, port });
  socket.setTimeout(timeoutMilliseconds, () => socket.destroy(new Error('clamd is silent')));
  const reply = replyOf(socket);
  const sending = send(socket, bytes, reply);
  // Whichever fails second is awaited by nobody.
  for (const each of [sending, reply]) each.catch(() => {});
  try {
    await Promise.race([sending, reply]);
    return verdictOf(await reply);
  } finally {
    socket.destroy();
  }
}

/** Chunks of `length(4) ‖ bytes`, ended by one of length 0. Stops when clamd replies early, as it does over its size limit. */
async function send(socket: Socket, bytes: AsyncIterable<Uint8Array>, reply: Promise<string>): Promise<void> {
  let isReplied = false;
  const replied = reply.then(
    () => {
      isReplied = true;
    },
    () => {
      isReplied = true;
    },
  );
  await write(socket, Buffer.from('zINSTREAM\0'), replied);
  for await (const chunk of bytes) {
    if (isReplied) return;
    if (chunk.length === 0) continue;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.length);
    socket.write(length);
    await write(socket, chunk, replied);
  }
  socket.write(Buffer.alloc(4));
}

/** Waits until clamd has taken most of what was written, so that no more than a chunk waits in memory. */
async function write(socket: Socket, bytes: Uint8Array, replied: Promise<void>): Promise<void> {
  if (socket.write(bytes)) return;
  await Promise.race([new Promise<void>((resolve) => socket.once('drain', () => resolve())), replied]);
}

/** The line that clamd sends before it closes the connection, without the NUL that ends it. */
function replyOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes('\0')) resolve(text.slice(0, text.indexOf('\0')));
      else if (text.length > MAXIMUM_REPLY_BYTES) reject(new Error('the reply is too long'));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('clamd closed the connection')));
  });
}
