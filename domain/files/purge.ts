/** Deleting the bytes of files whose rows are gone. The database notes each such file in the transaction that deletes its row. */
import type { Instant } from '../shared/time.ts';
import type { FileId } from './file.ts';

/** A file without a row, whose objects may still exist. */
export interface FilePurge {
  readonly id: FileId;
  /** From then on no upload can store another object of it. */
  readonly settledAt: Instant;
}

export type PurgeChange =
  /** Its objects were deleted at that moment. It is forgotten if none can follow. */
  { readonly type: 'file.purged'; readonly ids: readonly FileId[]; readonly at: Instant };
