/** The changes of the context privacy. */
import type { Id, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Damage } from '../shared/sealed-columns.ts';
import type { Instant } from '../shared/time.ts';
import type { EmergencyAccessId } from '../shared/viewer.ts';
import type { EmergencyAccess, Verdict } from './emergency-access.ts';
import type { LegalText } from './legal-text.ts';
import type { MergeId, MovedRow, PatientMerge } from './merge.ts';
import type { FilledField, ProfileField } from './merged-profile.ts';
import type { ProcessingLimit, ProcessingLimitId } from './processing-limit.ts';
import type { RetentionKind } from './retention.ts';

export type ConsentId = Id<'consent'>;
export type DataExportId = Id<'data_export'>;

export interface Consent {
  readonly id: ConsentId;
  /** The kind of the legal text, such as `research` or `newsletter`. */
  readonly kind: string;
  /** The version of the legal text. */
  readonly version: string;
  /** False withdraws it. */
  readonly given: boolean;
  readonly at: Instant;
}

/** Guarded: the patient has none yet. */
export interface ClinicalKeyCreated {
  readonly type: 'clinical_key.created';
  readonly patientId: UserId;
  readonly key: DataKey;
  readonly at: Instant;
}

/** Data that the clinic keeps to find the record of an erased patient. */
export interface ClinicalIdentity {
  readonly key: DataKey;
  readonly name: string;
  readonly dateOfBirth: string | null;
}

export type PrivacyChange =
  | ClinicalKeyCreated
  /** Guarded: the record is kept, and there is no hold. */
  | {
      readonly type: 'clinical_hold.placed';
      readonly patientId: UserId;
      readonly key: DataKey;
      readonly reason: string;
      readonly by: UserId;
      readonly at: Instant;
    }
  /** Guarded: there is a hold. */
  | { readonly type: 'clinical_hold.lifted'; readonly patientId: UserId }
  /** Guarded: it was not noted before. */
  | { readonly type: 'damage.noted'; readonly damage: Damage; readonly at: Instant }
  | { readonly type: 'consent.recorded'; readonly userId: UserId; readonly consent: Consent }
  /** The reason is sealed under the patient's key. */
  | {
      readonly type: 'emergency_access.opened';
      readonly access: EmergencyAccess & { readonly reason: string };
      readonly dataKey: DataKey;
    }
  /** Guarded: it was not reviewed before. */
  | {
      readonly type: 'emergency_access.reviewed';
      readonly id: EmergencyAccessId;
      readonly verdict: Verdict;
      readonly by: UserId;
      readonly at: Instant;
    }
  /** Guarded: it is open at that moment. */
  | {
      readonly type: 'emergency_access.ended';
      readonly id: EmergencyAccessId;
      readonly by: UserId;
      readonly at: Instant;
    }
  | { readonly type: 'processing_limit.set'; readonly limit: ProcessingLimit }
  /**
   * Changes nothing. Guarded: no restriction of the person's data is in force, else the conflict is `processing_restricted`.
   * Locks the account, as `processing_limit.set` does, so that the two are serialised.
   */
  | { readonly type: 'processing.relied_on'; readonly userId: UserId }
  /** Guarded: it is in force. */
  | {
      readonly type: 'processing_limit.lifted';
      readonly id: ProcessingLimitId;
      readonly by: UserId;
      readonly at: Instant;
    }
  | { readonly type: 'legal_text.published'; readonly text: LegalText; readonly publishedBy: UserId }
  /** Guarded: no other open export was requested after `since`. */
  | {
      readonly type: 'data_export.requested';
      readonly id: DataExportId;
      readonly userId: UserId;
      readonly since: Instant;
      readonly at: Instant;
    }
  /** Guarded: its status is `requested`. */
  | {
      readonly type: 'data_export.completed';
      readonly id: DataExportId;
      readonly fileKey: string;
      readonly sizeBytes: number;
      readonly at: Instant;
    }
  /** Guarded: it is ready and was not fetched. */
  | { readonly type: 'data_export.fetched'; readonly id: DataExportId; readonly at: Instant }
  /** The download that began at `fetchedAt` was incomplete: the copy can be downloaded again, unless it was erased since. */
  | { readonly type: 'data_export.released'; readonly id: DataExportId; readonly fetchedAt: Instant }
  /**
   * Moves the alias's rows to the survivor, sealed under `key`, and closes the alias. Guarded by both versions, and by the rows: the
   * alias has no others, and nothing sealed in them has changed.
   */
  | {
      readonly type: 'patient.merged';
      readonly merge: PatientMerge;
      readonly survivorVersion: number;
      readonly aliasVersion: number;
      readonly filled: readonly FilledField[];
      readonly rows: readonly MovedRow[];
      readonly key: DataKey;
    }
  /** Moves the rows back to the alias and opens it again. Guarded: it was not undone before, and both records still exist. */
  | {
      readonly type: 'patient.unmerged';
      readonly merge: PatientMerge;
      readonly survivorVersion: number;
      readonly emptied: readonly ProfileField[];
      readonly rows: readonly MovedRow[];
      readonly key: DataKey;
      readonly by: UserId;
      readonly at: Instant;
    }
  /** Deletes what was kept so that the merge could be undone. Without effect when it was undone. */
  | { readonly type: 'patient.merge_finished'; readonly id: MergeId; readonly at: Instant }
  /** Destroys the person's keys and deletes all data that belong to the person alone. */
  | {
      readonly type: 'user.erased';
      readonly userId: UserId;
      /** Records that were merged into this one: erased with it. Guarded: there are no others. */
      readonly aliases: readonly UserId[];
      readonly at: Instant;
      /** Set for a patient whose clinical text the clinic keeps. */
      readonly clinical: ClinicalIdentity | null;
    }
  | {
      /** Deletes the oldest rows, at most `limit`. */
      readonly type: 'retention.applied';
      readonly kind: RetentionKind;
      readonly before: Instant;
      readonly limit: number;
    };
