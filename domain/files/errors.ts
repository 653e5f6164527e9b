/** Every refusal of the context files. */
import type {
  AppendSuperseded,
  ContentDigestMismatch,
  LengthInconsistent,
  OffsetMismatch,
  UploadCompleted,
} from './append.ts';
import type { DetailsDamaged, NotClean, NotYourFile, UnderHold } from './life.ts';
import type { PublicLinkEnded, PublicLinksOff } from './public-link.ts';
import type { ClinicFull, FileTooLarge, QuotaExceeded } from './quota.ts';
import type { ScanPending } from './scan.ts';
import type { ReceiverUnfit, ShareEndInvalid, ShareNotFound, TooManyShares } from './share.ts';
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
  | UploadCompleted
  | OffsetMismatch
  | LengthInconsistent
  | AppendSuperseded
  | ContentDigestMismatch
  | NotYourFile
  | UnderHold
  | NotClean
  | DetailsDamaged
  | ScanPending
  | ShareNotFound
  | PublicLinksOff
  | PublicLinkEnded
  | ReceiverUnfit
  | ShareEndInvalid
  | TooManyShares
)['code'];
