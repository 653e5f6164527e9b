/** What privacy reads. */
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
import type { ProcessingLimit, ProcessingLimitId } from './processing-limit.ts';
import type { RetentionKind } from './retention.ts';

/** With whether it is the newest of its kind, which is the one in force. */
export type ShownConsent = Consent & { readonly current: boolean };

/** A decision with who made it. */
export type Acceptance = ShownConsent & { readonly userId: UserId };

export interface DataExport {
  readonly id: DataExportId;
  readonly userId: UserId;
  readonly status: 'requested' | 'ready' | 'fetched';
  readonly fileKey: string | null;
  /** Of the archive. */
  readonly sizeBytes: number | null;
  readonly requestedAt: Instant;
  readonly completedAt: Instant | null;
  readonly fetchedAt: Instant | null;
}

/** What erasing a person has to reach beside rows and files. */
export interface ErasureFacts {
  readonly clinical: ClinicalIdentity | null;
  /** The clinic's notes are not under a clinical key yet: an upgrade is unfinished. */
  readonly losesNotes: boolean;
  /** Live sessions, which are cached. */
  readonly sessionIds: readonly SessionId[];
  /** Of live API keys, which are cached. */
  readonly apiKeyHashes: readonly Uint8Array[];
}

/** Whose copy is made. */
export interface CopyOwner {
  readonly userId: UserId;
  readonly dataKey: DataKey;
  readonly firstName: string;
  readonly avatarKey: string | null;
}

export type CopyValue =
  | string
  | number
  | boolean
  | null
  | readonly CopyValue[]
  | { readonly [name: string]: CopyValue };

/** One entry of a chapter, as it stands in the copy. */
export type CopyRecord = Readonly<Record<string, CopyValue>>;

export interface ChapterPage {
  readonly records: readonly CopyRecord[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

/** Somebody whose account is open, as others see them. */
export interface PersonName {
  readonly name: string;
  readonly role: string;
}

/** A record that the clinic keeps after the account of its patient was erased. */
export interface ClinicalRecord {
  readonly patientId: UserId;
  readonly key: DataKey;
  /** Null while the account exists: the record is found by it. */
  readonly name: string | null;
  readonly dateOfBirth: string | null;
  readonly erasedAt: Instant | null;
  /** When the patient's last appointment ended or ends: the retention counts from then. */
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
  /** Of erased patients, and of those under a hold. Recorded. */
  clinicalRecordsRead(after: string | null, limit: number): RecordedLoad<ClinicalRecord[]>;
  clinicalRecordRead(patientId: UserId): RecordedLoad<ClinicalRecordRead | undefined>;
  clinicalRecord(patientId: UserId): Load<ClinicalRecord | undefined>;
  /** Newest first; one more than `limit` when there is a next page. */
  consents(
    userId: UserId,
    page: { readonly after: { readonly at: Instant; readonly id: ConsentId } | null; readonly limit: number },
  ): Load<ShownConsent[]>;
  /** Undefined for whoever is no patient. */
  emergencyState(patientId: UserId, viewer: Viewer): Load<EmergencyState | undefined>;
  emergencyAccess(id: EmergencyAccessId): Load<EmergencyAccess | undefined>;
  /** Newest first, one more than `limit` when there is a next page; recorded for each patient. */
  emergencyAccessesRead(
    state: 'unreviewed' | 'reviewed' | null,
    page: { readonly after: { readonly at: Instant; readonly id: EmergencyAccessId } | null; readonly limit: number },
  ): RecordedLoad<EmergencyAccess[]>;
  /** Somebody whose account is open. */
  receiver(userId: UserId): Load<Receiver | undefined>;
  processingLimit(id: ProcessingLimitId): Load<ProcessingLimit | undefined>;
  /** Of one person, newest first. Recorded for that person. */
  processingLimitsRead(userId: UserId): RecordedLoad<ProcessingLimit[]>;
  /** Whether one of the things named belongs to a restricted record that would be open to the viewer otherwise. */
  restrictedAmong(ids: readonly string[], viewer: Viewer): Load<boolean>;
  /** Every version of every kind. */
  legalTexts(): Load<LegalText[]>;
  /** What the person said last to each version of each text. */
  textDecisions(userId: UserId): Load<TextDecision[]>;
  /** Who decided what on a text, newest first, one more than `limit` when there is a next page; recorded for each of them. */
  acceptancesRead(
    text: { readonly kind: string; readonly version: string | null; readonly userId: UserId | null },
    page: { readonly after: { readonly at: Instant; readonly id: ConsentId } | null; readonly limit: number },
  ): RecordedLoad<Acceptance[]>;
  dataExport(id: DataExportId, userId: UserId): Load<DataExport | undefined>;
  /** All there are, newest first. */
  exportsOf(userId: UserId): Load<DataExport[]>;
  /** The copy that is being made or waits to be fetched, when it was asked for after `since`. */
  openExport(userId: UserId, since: Instant): Load<DataExport | undefined>;
  copyOwner(userId: UserId): Load<CopyOwner | undefined>;
  /** Who is who, of those whose account is open. */
  names(ids: readonly UserId[]): Load<ReadonlyMap<string, PersonName>>;
  /** A page of one chapter, in the order of its key. */
  chapter(
    source: ChapterSource,
    owner: CopyOwner,
    page: { readonly after: string | null; readonly limit: number },
  ): Load<ChapterPage>;
  erasureFacts(userId: UserId): Load<ErasureFacts | undefined>;
  /** How much is older than its period. */
  overdue(cutOffs: Readonly<Record<RetentionKind, Instant>>): Load<Readonly<Record<RetentionKind, number>>>;
  /** File keys of copies that are older, the oldest first, to be deleted before their rows. */
  overdueFiles(before: Instant, limit: number): Load<string[]>;
}
