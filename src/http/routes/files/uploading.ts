/** What all uploads have in common. */
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import type { Config } from '../../../config.ts';
import { required } from '../../faults.ts';

export const fileBytes = (config: Config) => config.FILE_MAX_MB * 1_000_000;

/** Larger files are sent in several requests: proxies before the portal refuse bodies of 100 MB. */
export const WHOLE_BYTES = 50_000_000;

/** Why an upload may not begin. */
export const BEGINNING = [
  'not_found',
  'file_too_large',
  'file_quota_exceeded',
  'file_storage_full',
  'file_appointment_unknown',
] as const;
/** Why bytes are refused. */
export const BYTES = [
  'file_type_unsupported',
  'file_type_mismatch',
  'file_content_refused',
  'file_hash_mismatch',
  'file_incomplete',
  'file_upload_over',
] as const;

/** Whom the file is about: patients add to their own documents unless they name somebody for whom they act. */
export function ownerOf(actor: KnownActor, named: UserId | undefined): UserId {
  if (named !== undefined) return named;
  if (actor.role !== 'patient') throw required('/patientId');
  return actor.userId;
}
