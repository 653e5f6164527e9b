/** An S3-compatible server in this process, for tests of what is stored in one. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Server {
  run(): Promise<{ readonly port: number }>;
  close(): Promise<void>;
}

type ServerClass = new (options: object) => Server;

const installed = loadServer();

/** Installed apart, by `npm ci --prefix tools/s3-server`: its hundred packages are of no use to anybody else. */
function loadServer(): ServerClass | undefined {
  try {
    return createRequire(new URL('../../tools/s3-server/package.json', import.meta.url))('@20minutes/s3rver');
  } catch {
    return undefined;
  }
}

export const hasS3Server = installed !== undefined;
/** For the name of a test. */
export const s3Reason = hasS3Server ? '' : ' (skipped: tools/s3-server is not installed)';

export interface S3Server {
  readonly port: number;
  /** As for `s3FileStorage`. */
  readonly place: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  stop(): Promise<void>;
}

/** With one empty bucket. */
export async function startS3Server(): Promise<S3Server> {
  if (installed === undefined) throw new Error('tools/s3-server is not installed');
  const directory = await mkdtemp(join(tmpdir(), 's3-'));
  const options = { port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: 'files' }] };
  const server = new installed(options);
  const { port } = await server.run();
  const credentials = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
  return {
    port,
    place: { endpoint: `http://127.0.0.1:${port}`, bucket: 'files', ...credentials },
    async stop() {
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}
