import { describe } from 'vitest';
import { bucketPlace } from '../../support/file-places.ts';
import { hasS3Server, s3Reason } from '../../support/s3-server.ts';
import { describeHostileUploads } from './hostile-uploads.ts';

describe.skipIf(!hasS3Server)(`with an S3-compatible server${s3Reason}`, () => {
  describeHostileUploads('S3', bucketPlace);
});
