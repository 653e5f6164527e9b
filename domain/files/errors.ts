/** Every refusal of the context files. */
import type { DetailsDamaged, NotClean, NotYourFile, UnderHold } from './life.ts';
import type { ClinicFull, FileTooLarge, QuotaExceeded } from './quota.ts';
import type { ScanPending } from './scan.ts';
import type { AppointmentUnknown, FileIncomplete, FileNotFound, HashMismatch, UploadOver } from './upload.ts';

export type FileErrorCode = (
  | QuotaExceeded
  | ClinicFull
  | FileTooLarge
  | FileNotFound
  | UploadOver
  | AppointmentUnknown
  | FileIncomplete
  | HashMismatch
  | NotYourFile
  | UnderHold
  | NotClean
  | DetailsDamaged
  | ScanPending
)['code'];
