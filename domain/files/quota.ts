/** How much a person, and the clinic as a whole, may store. */
import { ok, type Result, refuse } from '../shared/result.ts';
import type { FileOrigin } from './file.ts';

export interface FileLimits {
  /** Of one file. */
  readonly maximumBytes: number;
  /** Of a person's own files. */
  readonly personBytes: number;
  /** Of all files. */
  readonly clinicBytes: number;
}

/** How many own files a person may have: lists and filters of one person stay short. */
export const MAXIMUM_FILES = 5_000;

/** What a person's own files take: `reserved` for those that are being uploaded. Deleted ones count until they are purged. */
export interface FileUsage {
  readonly reservedBytes: number;
  readonly usedBytes: number;
  readonly files: number;
}

export const NO_FILES: FileUsage = { reservedBytes: 0, usedBytes: 0, files: 0 };

/** @see limit in bytes; `null` if there are too many files */
export type QuotaExceeded = { readonly code: 'file_quota_exceeded'; readonly limit: number | null };
export type ClinicFull = { readonly code: 'file_storage_full' };
export type FileTooLarge = { readonly code: 'file_too_large'; readonly limit: number };

/** Whether a file of this size may be added. The commit checks it again, since others may add files at the same time. */
export function withinQuota(
  sizeBytes: number,
  origin: FileOrigin,
  usage: FileUsage,
  clinicUsedBytes: number,
  limits: FileLimits,
): Result<void, QuotaExceeded | ClinicFull | FileTooLarge> {
  if (sizeBytes > limits.maximumBytes) return refuse({ code: 'file_too_large', limit: limits.maximumBytes });
  if (origin === 'own') {
    if (usage.files >= MAXIMUM_FILES) return refuse({ code: 'file_quota_exceeded', limit: null });
    if (usage.reservedBytes + usage.usedBytes + sizeBytes > limits.personBytes)
      return refuse({ code: 'file_quota_exceeded', limit: limits.personBytes });
  }
  if (clinicUsedBytes + sizeBytes > limits.clinicBytes) return refuse({ code: 'file_storage_full' });
  return ok(undefined);
}
