/** A multipart form whose file is read while it arrives (RFC 7578). */
import { Readable } from 'node:stream';
import { Busboy, type BusboyEvents, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import type { Context as HonoContext } from 'hono';
import type { AppEnv } from './env.ts';
import { fieldProblem, required } from './faults.ts';
import { Problem, pointerTo } from './problems.ts';
import { streamedBody } from './streamed-body.ts';

/** The values of each field, in the order of the form. */
export type FormFields = ReadonlyMap<string, readonly string[]>;

export interface StreamedForm {
  /** Those that stand before the file. */
  readonly fields: FormFields;
  readonly filename: string;
  /** As declared; empty if it was not. */
  readonly mediaType: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Call it when all bytes were read. @returns those that stand after the file */
  fieldsAfter(): Promise<FormFields>;
}

const LIMITS = {
  files: 1,
  fields: 40,
  parts: 41,
  fieldNameSize: 100,
  fieldSize: 8 * 1024,
  headerPairs: 20,
  headerSize: 8 * 1024,
} as const;

const FILE = 'file';

interface OpenedFile {
  readonly name: string;
  readonly stream: BusboyFileStream;
  readonly filename: string;
  readonly mediaType: string;
}

/** Reads until the file `file` begins. @throws Problem if the form cannot be split, has too many fields, or no file */
export async function readForm(c: HonoContext<AppEnv>): Promise<StreamedForm> {
  const source = Readable.from(streamedBody(c), { objectMode: false });
  const parsing = parse(source, parserOf(c.req.header('content-type') ?? ''));
  const file = await parsing.opened;
  if (file === undefined) throw required('/file');
  if (file.name !== FILE) {
    parsing.stop();
    throw fieldProblem(pointerTo(file.name), 'unknown_field', 'is not a field of this operation');
  }
  const before = new Map(parsing.fields);
  parsing.fields.clear();
  return {
    fields: before,
    filename: file.filename,
    mediaType: file.mediaType,
    bytes: bytesOf(file.stream, parsing.stop),
    async fieldsAfter() {
      await parsing.ended;
      return parsing.fields;
    },
  };
}

interface Parsing {
  readonly fields: Map<string, readonly string[]>;
  /** Undefined if the form has no file. */
  readonly opened: Promise<OpenedFile | undefined>;
  readonly ended: Promise<void>;
  /** Ends the request. */
  stop(): void;
}

function parse(source: Readable, parser: BusboyInstance): Parsing {
  const fields = new Map<string, readonly string[]>();
  const opened = Promise.withResolvers<OpenedFile | undefined>();
  const ended = Promise.withResolvers<void>();
  // Whoever waits gets the failure; nobody may be waiting.
  opened.promise.catch(() => {});
  ended.promise.catch(() => {});
  let file: BusboyFileStream | undefined;
  let isFailed = false;
  const fail = (error: unknown) => {
    if (isFailed) return;
    isFailed = true;
    const problem = error instanceof Problem ? error : new Problem({ code: 'malformed_form' });
    opened.reject(problem);
    ended.reject(problem);
    file?.destroy(problem);
    source.unpipe(parser);
    source.destroy();
  };
  const onField: BusboyEvents['field'] = (name, value, isNameCut, isValueCut) => {
    if (isNameCut || isValueCut) fail(fieldProblem(pointerTo(name), 'too_big', 'is too long'));
    else fields.set(name, [...(fields.get(name) ?? []), value]);
  };
  const onFile: BusboyEvents['file'] = (name, stream, filename, _encoding, mediaType) => {
    file = stream;
    stream.on('error', fail);
    opened.resolve({ name, stream, filename: filename ?? '', mediaType: mediaType ?? '' });
  };
  parser.on('field', onField);
  parser.on('file', onFile);
  const tooMany = () => fail(new Problem({ code: 'malformed_form', detail: 'The form has too many parts.' }));
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) parser.on(limit, tooMany);
  parser.on('error', fail);
  parser.once('finish', () => {
    opened.resolve(undefined);
    ended.resolve();
  });
  source.on('error', fail);
  source.pipe(parser);
  return { fields, opened: opened.promise, ended: ended.promise, stop: () => void source.destroy() };
}

function parserOf(contentType: string): BusboyInstance {
  try {
    // The name as it was sent: one with a path is refused, not repaired.
    return new Busboy({ headers: { 'content-type': contentType }, limits: LIMITS, preservePath: true });
  } catch {
    throw new Problem({ code: 'malformed_form' });
  }
}

/** @param stop ends the request, when the reader stops before the end */
async function* bytesOf(stream: BusboyFileStream, stop: () => void): AsyncGenerator<Uint8Array> {
  let isWhole = false;
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
    isWhole = true;
  } finally {
    if (!isWhole) stop();
  }
}
