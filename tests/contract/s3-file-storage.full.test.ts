import { describe } from 'vitest';
import { s3FileStorage } from '../../adapters/s3/file-storage.ts';
import { hasS3Server, s3Reason, startS3Server } from '../support/s3-server.ts';
import { describeFileStorage } from './file-storage.contract.ts';

describe.skipIf(!hasS3Server)(`an S3-compatible server${s3Reason}`, () => {
  describeFileStorage(
    'S3',
    async () => {
      const { place, stop } = await startS3Server();
      return { storage: s3FileStorage(place), stop };
    },
    'this server ignores If-None-Match; s3-file-storage.test.ts holds what is sent and understood',
  );
});
