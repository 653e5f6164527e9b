/** Deletes what uploads leave behind that were not completed, and the bytes of files whose rows are gone. */

import { fileFolder } from '../../../domain/files/file.ts';
import { abandonUpload } from '../../../domain/files/upload.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { queueMissingThumbnails } from './thumbnails.ts';

/** Of each kind, in one minute. */
const AT_ONCE = 100;
/** As the purge waits for objects that are being stored when the time of the upload ends. */
const SETTLING_MS = 600_000;

/** Called each minute. Bytes are deleted before the row that tells of them. Queues the thumbnails of pictures that have none. */
export async function sweepFiles(deps: Deps, context: Context): Promise<void> {
  const { database, loads, files } = deps;
  const [expired] = await database.load(loads.files.expiredUploads(context.now - SETTLING_MS, AT_ONCE));
  await queueMissingThumbnails(deps, context, AT_ONCE);
  for (const id of expired) await commit(deps, context, abandonUpload(id));
  const [purges] = await database.load(loads.files.purges(context.now, AT_ONCE));
  for (const { id } of purges) await files.deleteFolder(fileFolder(id));
  if (purges.length === 0) return;
  const ids = purges.map(({ id }) => id);
  await commit(
    deps,
    context,
    decided({ value: undefined, changes: [{ type: 'file.purged', ids, at: context.now }], audit: [] }),
  );
}
