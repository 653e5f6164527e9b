import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { s3FileStorage } from '../../adapters/s3/file-storage.ts';
import { describeFileStorage } from './file-storage.contract.ts';

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

const reason = installed === undefined ? ' (skipped: tools/s3-server is not installed)' : '';

describe.skipIf(installed === undefined)(`an S3-compatible server${reason}`, () => {
  describeFileStorage(
    'S3',
    async () => {
      if (installed === undefined) throw new Error('not installed');
      const directory = await mkdtemp(join(tmpdir(), 's3-'));
      const options = { port: 0, address: '127.0.0.1', silent: true, directory, configureBuckets: [{ name: 'files' }] };
      const server = new installed(options);
      const { port } = await server.run();
      const storage = s3FileStorage({
        endpoint: `http://127.0.0.1:${port}`,
        bucket: 'files',
        accessKeyId: 'S3RVER',
        secretAccessKey: 'S3RVER',
      });
      return {
        storage,
        async stop() {
          await server.close();
          await rm(directory, { recursive: true });
        },
      };
    },
    'this server ignores If-None-Match; s3-file-storage.test.ts holds what is sent and understood',
  );
});
