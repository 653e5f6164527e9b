/** The reads of the context privacy. */
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { SessionId, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';
import type { EmergencyAccessId, Viewer } from '../shared/viewer.ts';
import type { ChapterSource } from './catalogue/tables.ts';
import type { ClinicalIdentity, Consent, ConsentId, DataExportId } from './changes.ts';
import type { EmergencyAccess, EmergencyState, Receiver } from './emergency-access.ts';
import type { LegalText, TextDecision } from './legal-text.ts';
import type { MergeId, MergeState, PatientMerge, UndoState } from './merge.ts';
import type { ProcessingLimit, ProcessingLimitId } from './processing-limit.ts';
import type { RetentionKind } from './retention.ts';

/** `current`: it is the newest decision of its kind, which is in force. */
export type ShownConsent = Consent & { readonly current: boolean };

/** A decision, and the person who made it. */
export type Acceptance = ShownConsent & { readonly userId: UserId };

export interface DataExport {
  readonly id: DataExportId;
  readonly userId: UserId;
  readonly status: 'requested' | 'ready' | 'fetched';
  readonly fileKey: string | null;
  /** Size of the ZIP file. */
  readonly sizeBytes: number | null;
  readonly requestedAt: Instant;
  readonly completedAt: Instant | null;
  readonly fetchedAt: Instant | null;
}

/** Facts that erasing a person needs beside rows and files. */
export interface ErasureFacts {
  readonly clinical: ClinicalIdentity | null;
  /** Records that were merged into this one. */
  readonly aliases: readonly UserId[];
  /** Whether erasure would destroy the clinic's notes, because an unfinished upgrade has not moved them to a clinical key. */
  readonly losesNotes: boolean;
  /** Live sessions, whose cache entries are deleted. */
  readonly sessionIds: readonly SessionId[];
  /** Hashes of live API keys, whose cache entries are deleted. */
  readonly apiKeyHashes: readonly Uint8Array[];
}

/** Whose rows a chapter is read from. */
export interface CopyPerson {
  readonly userId: UserId;
  readonly dataKey: DataKey;
}

/** What the picture of a person is read with: see `Avatar` of identity. */
export interface CopiedAvatar {
  readonly object: string;
  readonly fileKey: string;
  readonly header: Uint8Array;
  readonly sizeBytes: number;
}

/** The person whose copy is made. */
export interface CopyOwner extends CopyPerson {
  readonly firstName: string;
  readonly avatar: CopiedAvatar | null;
  /** Records that were merged into this one, with what stays in them. */
  readonly aliases: readonly CopyPerson[];
}

export type CopyValue =
  | string
  | number
  | boolean
  | null
  | readonly CopyValue[]
  | { readonly [name: string]: CopyValue };

/** One entry of a chapter in the copy. */
export type CopyRecord = Readonly<Record<string, CopyValue>>;

export interface ChapterPage {
  readonly records: readonly CopyRecord[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

/** Name and role of a person whose account is open. */
export interface PersonName {
  readonly name: string;
  readonly role: string;
}

/** A record that the clinic keeps after the account of its patient was erased. */
export interface ClinicalRecord {
  readonly patientId: UserId;
  readonly key: DataKey;
  /** Null while the account exists, because the account holds the name. */
  readonly name: string | null;
  readonly dateOfBirth: string | null;
  readonly erasedAt: Instant | null;
  /** End of the patient's last appointment, from which the retention counts. */
  readonly lastTreatedAt: Instant;
  readonly hold: { readonly at: Instant; readonly by: UserId; readonly reason: string } | null;
  readonly damaged?: readonly string[];
}

export interface ClinicalEntry {
  readonly appointmentId: string;
  readonly doctorId: UserId;
  readonly doctorName: string;
  readonly type: string;
  readonly start: Instant;
  readonly end: Instant;
  readonly status: string;
  readonly notes: string | null;
  readonly damaged?: readonly string[];
}

export interface ClinicalRecordRead {
  readonly record: ClinicalRecord;
  readonly entries: readonly ClinicalEntry[];
}

export interface PrivacyLoads {
  /** Records of erased patients, and records under a hold. Recorded. */
  clinicalRecordsRead(after: string | null, limit: number): RecordedLoad<ClinicalRecord[]>;
  clinicalRecordRead(patientId: UserId): RecordedLoad<ClinicalRecordRead | undefined>;
  clinicalRecord(patientId: UserId): Load<ClinicalRecord | undefined>;
  /** Newest first; one more than `limit` when there is a next page. */
  consents(
    userId: UserId,
    page: { readonly after: { readonly at: Instant; readonly id: ConsentId } | null; readonly limit: number },
  ): Load<ShownConsent[]>;
  /** Undefined if the person is not a patient. */
  emergencyState(patientId: UserId, viewer: Viewer): Load<EmergencyState | undefined>;
  emergencyAccess(id: EmergencyAccessId): Load<EmergencyAccess | undefined>;
  /** Newest first, one more than `limit` when there is a next page; recorded for each patient. */
  emergencyAccessesRead(
    state: 'unreviewed' | 'reviewed' | null,
    page: { readonly after: { readonly at: Instant; readonly id: EmergencyAccessId } | null; readonly limit: number },
  ): RecordedLoad<EmergencyAccess[]>;
  /** A person whose account is open. */
  receiver(userId: UserId): Load<Receiver | undefined>;
  processingLimit(id: ProcessingLimitId): Load<ProcessingLimit | undefined>;
  /** Of one person, newest first. Recorded for that person. */
  processingLimitsRead(userId: UserId): RecordedLoad<ProcessingLimit[]>;
  /** Whether one of the ids belongs to a restricted record that the viewer could read without the restriction. */
  restrictedAmong(ids: readonly string[], viewer: Viewer): Load<boolean>;
  /** Every version of every kind. */
  legalTexts(): Load<LegalText[]>;
  /** The person's latest decision on each version of each text. */
  textDecisions(userId: UserId): Load<TextDecision[]>;
  /** Decisions on a text, newest first, one more than `limit` when there is a next page; recorded for each person. */
  acceptancesRead(
    text: { readonly kind: string; readonly version: string | null; readonly userId: UserId | null },
    page: { readonly after: { readonly at: Instant; readonly id: ConsentId } | null; readonly limit: number },
  ): RecordedLoad<Acceptance[]>;
  dataExport(id: DataExportId, userId: UserId): Load<DataExport | undefined>;
  /** All copies of the person, newest first. */
  exportsOf(userId: UserId): Load<DataExport[]>;
  /** The copy that is being made or can be downloaded, if it was requested after `since`. */
  openExport(userId: UserId, since: Instant): Load<DataExport | undefined>;
  copyOwner(userId: UserId): Load<CopyOwner | undefined>;
  /** Names of the persons whose account is open. */
  names(ids: readonly UserId[]): Load<ReadonlyMap<string, PersonName>>;
  /** A page of one chapter, in the order of its key. */
  chapter(
    source: ChapterSource,
    owner: CopyPerson,
    page: { readonly after: string | null; readonly limit: number },
  ): Load<ChapterPage>;
  /** Undefined unless both are open records of patients. */
  mergeState(survivorId: UserId, aliasId: UserId): Load<MergeState | undefined>;
  /** Undefined unless it merged a record into this one, which is open. */
  undoState(survivorId: UserId, mergeId: MergeId): Load<UndoState | undefined>;
  merge(id: MergeId): Load<PatientMerge | undefined>;
  /** Merges in which the record took part; newest first, one more than `limit`. Undefined if the viewer may not know it. Recorded. */
  mergesRead(
    patientId: UserId,
    viewer: Viewer,
    page: { readonly after: MergeId | null; readonly limit: number },
  ): RecordedLoad<PatientMerge[] | undefined>;
  /** The record that one of these was merged into, if the viewer may see it. */
  mergedInto(ids: readonly string[], viewer: Viewer): Load<UserId | undefined>;
  erasureFacts(userId: UserId): Load<ErasureFacts | undefined>;
  /** The number of rows of each kind that are older than their period. */
  overdue(cutOffs: Readonly<Record<RetentionKind, Instant>>): Load<Readonly<Record<RetentionKind, number>>>;
  /** File keys of copies that are older, the oldest first. The files are deleted before the rows. */
  overdueFiles(before: Instant, limit: number): Load<string[]>;
}
