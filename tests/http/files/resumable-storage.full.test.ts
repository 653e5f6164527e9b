/** Uploads that are resumed, on each storage. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { getPlatformProxy } from 'wrangler';
import { fileSystemStorage } from '../../../adapters/filesystem/file-storage.ts';
import { type Bucket, r2FileStorage } from '../../../adapters/r2/file-storage.ts';
import { s3FileStorage } from '../../../adapters/s3/file-storage.ts';
import type { FileStorage } from '../../../domain/shared/ports.ts';
import { hasS3Server, s3Reason, startS3Server } from '../../support/s3-server.ts';
import { type Documents, startDocuments } from './documents.ts';
import { endsAsUncut, resuming } from './resuming.ts';

interface Place {
  readonly storage: FileStorage;
  stop(): Promise<void>;
}

const PLACES: readonly (readonly [name: string, isThere: boolean, start: () => Promise<Place>])[] = [
  [
    'a folder',
    true,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'resumed-'));
      return { storage: fileSystemStorage(folder), stop: () => rm(folder, { recursive: true }) };
    },
  ],
  [
    `S3${s3Reason}`,
    hasS3Server,
    async () => {
      const { place, stop } = await startS3Server();
      return { storage: s3FileStorage(place), stop };
    },
  ],
  [
    'R2',
    true,
    async () => {
      const configPath = fileURLToPath(new URL('../../contract/r2.wrangler.json', import.meta.url));
      const platform = await getPlatformProxy<{ FILES: Bucket }>({ configPath, persist: false });
      return { storage: r2FileStorage(platform.env.FILES), stop: platform.dispose };
    },
  ],
];

for (const [name, isThere, start] of PLACES) {
  describe.skipIf(!isThere)(`uploads to ${name}`, () => {
    let documents: Documents;
    let place: Place;
    beforeAll(async () => {
      [documents, place] = await Promise.all([startDocuments(), start()]);
      (documents.clinic.portal.deps as { files: FileStorage }).files = place.storage;
    });
    afterAll(async () => {
      await documents.close();
      await place.stop();
    });

    test('that were cut off at any bytes give the same files as others', async () => {
      await endsAsUncut(resuming(documents.fetch, documents.clinic.maria.token), 10);
    }, 120_000);
  });
}
