/** Every change that the context files decides. */
import type { AppendChange } from './append.ts';
import type { DownloadLinkChange } from './download-link.ts';
import type { LifeChange } from './life.ts';
import type { PublicLinkChange } from './public-link.ts';
import type { PurgeChange } from './purge.ts';
import type { ScanChange } from './scan.ts';
import type { ShareChange } from './share.ts';
import type { ThumbnailChange } from './thumbnail.ts';
import type { UploadChange, UploaderChange } from './upload.ts';

export type FileChange =
  | UploadChange
  | UploaderChange
  | AppendChange
  | ScanChange
  | LifeChange
  | PurgeChange
  | DownloadLinkChange
  | ShareChange
  | PublicLinkChange
  | ThumbnailChange;
