/** What was done with one file. */
import type { RecordedLoad } from '../shared/database.ts';
import type { UserId } from '../shared/ids.ts';
import type { EventPlace, ShownEvent } from './ports.ts';

export interface FileHistoryLoads {
  /** The newest first, one more than `limit` if there is a next page; `undefined` if it is not a file of the person. */
  fileHistoryRead(
    ownerId: UserId,
    fileId: string,
    page: { readonly after: EventPlace | null; readonly limit: number },
  ): RecordedLoad<ShownEvent[] | undefined>;
}
