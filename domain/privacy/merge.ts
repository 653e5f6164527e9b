/**
 * Merging two records of one patient: what the alias has becomes the survivor's, and the alias is closed. The clinic may undo it for
 * a day. `catalogue/merging.ts` declares what becomes of each table.
 */
import { decided } from '../shared/changes.ts';
import type { AppointmentId, Id, SessionId, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { revokeCredentials } from '../shared/revocation.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { PrivacyChange } from './changes.ts';
import type { Decision } from './decision.ts';
import { type MergeReceiver, tellMerged, tellParted } from './merge-mails.ts';
import { fieldsToEmpty, fieldsToFill, type MergeProfile, type ProfileField } from './merged-profile.ts';
import { isPast, type Overlap, type ToldOverlap, toldOverlaps } from './overlaps.ts';

export type MergeId = Id<'patient_merge'>;

/** For how long a merge can be undone, in milliseconds. */
export const UNDO_MERGE_MS = 86_400_000;

/** How many rows change hands at most, because they are sealed anew in one batch. */
export const MERGE_ROWS = 1000;

/** Empties the alias's profile when its merge can no longer be undone. */
export const FINISH_MERGE = 'privacy.finish_merge';

export interface PatientMerge {
  readonly id: MergeId;
  readonly survivorId: UserId;
  readonly aliasId: UserId;
  readonly aliasStatus: 'no_account' | 'invited' | 'active';
  readonly mergedBy: UserId;
  readonly mergedAt: Instant;
  readonly undoUntil: Instant;
  /** What the alias's profile filled in the survivor's. */
  readonly filled: readonly ProfileField[];
  /** The alias's appointments at whose time the survivor was in another one. */
  readonly doubled: readonly AppointmentId[];
  readonly undone: { readonly by: UserId; readonly at: Instant } | null;
}

/** A row that changes hands. */
export interface MovedRow {
  readonly table: string;
  readonly id: string;
  /** The columns that name the former owner. */
  readonly columns: readonly string[];
  /** What is sealed under the former owner's key; all sealed columns of the row, or none. */
  readonly boxes: readonly MovedBox[];
}

export interface MovedBox {
  readonly column: string;
  readonly stored: Uint8Array | null;
  /** Null if nothing is stored; undefined if the value is damaged, which then stays as it is stored. */
  readonly text: string | null | undefined;
  /** Sealed under the clinical key. */
  readonly clinical: boolean;
}

/** One of the two records, as far as undoing has to know it. */
export interface MergedParty extends MergeReceiver {
  readonly version: number;
  readonly profile: MergeProfile;
}

/** One of the two records, as far as merging has to know it. */
export interface MergeParty extends MergedParty {
  readonly status: 'no_account' | 'invited' | 'active';
  readonly wasDoctor: boolean;
  readonly isRestricted: boolean;
  readonly hasLegalHold: boolean;
}

export interface MergeState {
  readonly survivor: MergeParty;
  readonly alias: MergeParty;
  /** At most one more than {@link MERGE_ROWS}, those that end last. */
  readonly overlaps: readonly Overlap[];
  /** Whether one acts for the other. */
  readonly areProxies: boolean;
  /** At most one more than {@link MERGE_ROWS}. */
  readonly rows: readonly MovedRow[];
  readonly aliasSessions: readonly SessionId[];
  readonly aliasApiKeys: readonly Uint8Array[];
}

export const MERGE_OBSTACLES = [
  'same_record',
  'alias_has_account',
  'survivor_without_account',
  'was_doctor',
  'processing_restricted',
  'legal_hold',
  'proxies_of_each_other',
  'overlapping_appointments',
  'past_overlaps',
  'too_many_rows',
] as const;
export type MergeObstacle = (typeof MERGE_OBSTACLES)[number];

export type MergeRefused = {
  readonly code: 'merge_not_possible';
  /** All of them, so that they can be cleared at once. */
  readonly obstacles: readonly MergeObstacle[];
  readonly overlaps: readonly ToldOverlap[];
};

export type UndoRefused =
  /** More than a day has passed. */
  { readonly code: 'merge_final' } | { readonly code: 'merge_undone' };

/** Obstacles that the clinic may confirm. */
export const ACKNOWLEDGEABLE = ['past_overlaps'] as const satisfies readonly MergeObstacle[];

/** What the clinic has confirmed, and when. */
interface Confirmed {
  /** The alias's account ends. */
  readonly endsAccount: boolean;
  readonly acknowledged: readonly (typeof ACKNOWLEDGEABLE)[number][];
  readonly now: Instant;
}

export function mergeObstacles(
  state: MergeState,
  { endsAccount, acknowledged, now }: Confirmed,
): readonly MergeObstacle[] {
  const { survivor, alias, overlaps, areProxies, rows } = state;
  const found: Readonly<Record<MergeObstacle, boolean>> = {
    same_record: survivor.id === alias.id,
    alias_has_account: alias.status !== 'no_account' && !endsAccount,
    // The person would lose the account; merged the other way round it is kept.
    survivor_without_account: alias.status === 'active' && survivor.status !== 'active',
    was_doctor: alias.wasDoctor || survivor.wasDoctor,
    processing_restricted: alias.isRestricted || survivor.isRestricted,
    legal_hold: alias.hasLegalHold || survivor.hasLegalHold,
    proxies_of_each_other: areProxies,
    overlapping_appointments: overlaps.some((each) => !isPast(each, now)),
    past_overlaps: !acknowledged.includes('past_overlaps') && overlaps.some((each) => isPast(each, now)),
    too_many_rows: rows.length > MERGE_ROWS || overlaps.length > MERGE_ROWS,
  };
  return MERGE_OBSTACLES.filter((each) => found[each]);
}

/** What a merge would do, or what stands against it. */
export interface MergePreview {
  readonly obstacles: readonly MergeObstacle[];
  readonly overlaps: readonly ToldOverlap[];
  /** What the alias's profile fills in the survivor's. */
  readonly filled: readonly ProfileField[];
  /** How many rows of each table change hands, by table; with `too_many_rows` there are more. */
  readonly moves: readonly { readonly kind: string; readonly count: number }[];
}

/** What {@link mergePatients} decides on the same state, whether or not obstacles stand against it. */
export function previewMerge(state: MergeState, confirmed: Confirmed): MergePreview {
  const { survivor, alias, rows, overlaps } = state;
  const tables = Map.groupBy(rows, ({ table }) => table);
  return {
    obstacles: mergeObstacles(state, confirmed),
    overlaps: toldOverlaps(overlaps, confirmed.now),
    filled: fieldsToFill(survivor.profile, alias.profile).map(({ field }) => field),
    moves: [...tables].map(([kind, its]) => ({ kind, count: its.length })).sort((a, b) => (a.kind < b.kind ? -1 : 1)),
  };
}

interface Merging extends Confirmed {
  readonly id: MergeId;
  readonly by: UserId;
  /** A new key, for the survivor's clinical text if there is none. */
  readonly clinicalKey: DataKey;
  /** A new key, for the message to the account that is closed. */
  readonly messageKey: DataKey;
}

/** A merge with what changed hands in it. */
export interface Merged extends Pick<MergePreview, 'moves'> {
  readonly merge: PatientMerge;
}

/** @param state the versions are those that the caller has seen */
export function mergePatients(
  state: MergeState,
  merging: Merging,
): Result<Decision<PrivacyChange | ReturnType<typeof revokeCredentials>, Merged>, MergeRefused> {
  const { id, by, clinicalKey, messageKey, now } = merging;
  const { survivor, alias, rows, overlaps } = state;
  const preview = previewMerge(state, merging);
  if (preview.obstacles.length > 0) {
    return refuse({ code: 'merge_not_possible', obstacles: preview.obstacles, overlaps: preview.overlaps });
  }
  const filled = fieldsToFill(survivor.profile, alias.profile);
  const merge: PatientMerge = {
    id,
    survivorId: survivor.id,
    aliasId: alias.id,
    aliasStatus: alias.status,
    mergedBy: by,
    mergedAt: now,
    undoUntil: now + UNDO_MERGE_MS,
    filled: preview.filled,
    doubled: [...new Set(overlaps.map(({ aliasAppointmentId }) => aliasAppointmentId))],
    undone: null,
  };
  const { created, key } = keyFor(survivor, rows, clinicalKey, now);
  return ok(
    decided({
      value: { merge, moves: preview.moves },
      changes: [
        ...created,
        {
          type: 'patient.merged',
          merge,
          survivorVersion: survivor.version,
          aliasVersion: alias.version,
          filled,
          rows,
          key,
        },
        // After the rows have moved: what the alias still has is void.
        revokeCredentials('account_closed', alias.id, null, now),
      ],
      audit: told('patient.merged', merge, merge.filled),
      messages: tellMerged(survivor, alias, merge.undoUntil, messageKey),
      jobs: [{ topic: FINISH_MERGE, payload: { mergeId: id }, notBefore: merge.undoUntil }],
    }),
  );
}

/** What undoing a merge has to know. */
export interface UndoState {
  readonly merge: PatientMerge;
  readonly survivor: MergedParty;
  readonly alias: MergedParty;
  /** The rows that moved and are still the survivor's. */
  readonly rows: readonly MovedRow[];
}

/**
 * Gives the alias back its rows and what it was. What was made for the survivor since stays the survivor's; credentials that ended
 * stay void.
 */
export function unmergePatients(
  { merge, survivor, alias, rows }: UndoState,
  { by, clinicalKey, now }: Pick<Merging, 'by' | 'clinicalKey' | 'now'>,
): Result<Decision<PrivacyChange, PatientMerge>, UndoRefused> {
  if (merge.undone !== null) return refuse({ code: 'merge_undone' });
  if (now >= merge.undoUntil) return refuse({ code: 'merge_final' });
  const { created, key } = keyFor(alias, rows, clinicalKey, now);
  const undone: PatientMerge = { ...merge, undone: { by, at: now } };
  const emptied = fieldsToEmpty(merge.filled, survivor.profile, alias.profile);
  const survivorVersion = survivor.version;
  return ok(
    decided({
      value: undone,
      changes: [
        ...created,
        { type: 'patient.unmerged', merge: undone, survivorVersion, emptied, rows, key, by, at: now },
      ],
      audit: told('patient.unmerged', merge, emptied),
      messages: tellParted(survivor, alias),
    }),
  );
}

/** The key that the rows are sealed with; clinical text has one of its own, which is made when it is needed first. */
function keyFor(
  owner: { readonly id: UserId; readonly dataKey: DataKey },
  rows: readonly MovedRow[],
  clinicalKey: DataKey,
  at: Instant,
): { readonly created: readonly PrivacyChange[]; readonly key: DataKey } {
  const { id, dataKey } = owner;
  const holdsClinicalText = rows.some(({ boxes }) => boxes.some(({ clinical, text }) => clinical && text));
  if (!holdsClinicalText || dataKey.clinical !== undefined) return { created: [], key: dataKey };
  return {
    created: [{ type: 'clinical_key.created', patientId: id, key: clinicalKey, at }],
    key: { ...dataKey, clinical: clinicalKey },
  };
}

/** In the streams of both, which stay apart. */
function told(
  type: 'patient.merged' | 'patient.unmerged',
  { id, survivorId, aliasId }: PatientMerge,
  fields: readonly ProfileField[],
): AuditDraft[] {
  const profile = fields.length === 0 ? {} : { fields: fields.join(' ') };
  return [survivorId, aliasId].map((stream) => ({
    type,
    stream,
    outcome: 'success',
    resource: { type: 'patient_merge', id },
    details: { survivor: survivorId, alias: aliasId, ...profile },
  }));
}
