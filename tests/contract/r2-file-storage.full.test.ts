import { fileURLToPath } from 'node:url';
import { getPlatformProxy } from 'wrangler';
import { type Bucket, r2FileStorage } from '../../adapters/r2/file-storage.ts';
import { describeFileStorage } from './file-storage.contract.ts';

describeFileStorage('R2', async () => {
  const configPath = fileURLToPath(new URL('./r2.wrangler.json', import.meta.url));
  const platform = await getPlatformProxy<{ FILES: Bucket }>({ configPath, persist: false });
  return { storage: r2FileStorage(platform.env.FILES), stop: platform.dispose };
});
