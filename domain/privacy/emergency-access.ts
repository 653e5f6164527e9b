/** Emergency access ("break-glass"): a doctor opens the record of a patient who is not the doctor's, for some hours. */

import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { EmergencyAccessId } from '../shared/viewer.ts';
import type { AuditDraft } from './audit-events.ts';
import type { PrivacyChange } from './changes.ts';
import type { Decision } from './decision.ts';
import type { MessageDraft } from './messages.ts';

/** How long the record stays open. */
export const EMERGENCY_ACCESS_MS = 4 * 3_600_000;

export const VERDICTS = ['justified', 'not_justified'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface EmergencyAccess {
  readonly id: EmergencyAccessId;
  readonly doctorId: UserId;
  readonly patientId: UserId;
  /** In the doctor's words. Null when it cannot be decrypted any more. */
  readonly reason: string | null;
  readonly openedAt: Instant;
  readonly expiresAt: Instant;
  readonly review: { readonly verdict: Verdict; readonly by: UserId; readonly at: Instant } | null;
  /** Set when an administrator ended the access before it expired. */
  readonly ended: { readonly by: UserId; readonly at: Instant } | null;
}

/** A receiver of a message. */
export interface Receiver {
  readonly userId: UserId;
  readonly dataKey: DataKey;
}

/** The state on which opening a record is decided. */
export interface EmergencyState {
  readonly patient: Receiver;
  /** Whether the doctor may read the record without an emergency access. */
  readonly isOpen: boolean;
  readonly doctorName: string;
  readonly officers: readonly Receiver[];
}

export type EmergencyNotNeeded = { readonly code: 'emergency_not_needed' };
export type EmergencyOver = { readonly code: 'emergency_access_over' };
export type ReviewRefused = { readonly code: 'already_reviewed' } | { readonly code: 'own_access' };

export function openRecord(
  access: EmergencyAccess & { readonly reason: string },
  state: EmergencyState,
): Result<Decision<PrivacyChange, EmergencyAccess>, EmergencyNotNeeded> {
  if (state.isOpen) return refuse({ code: 'emergency_not_needed' });
  const { id, patientId, expiresAt } = access;
  const tell = (receiver: Receiver, isPatient: boolean): MessageDraft => ({
    template: 'emergency-access',
    variables: { doctorName: state.doctorName, until: expiresAt, isPatient },
    userId: receiver.userId,
    dataKey: receiver.dataKey,
  });
  return ok(
    decided({
      value: access,
      changes: [{ type: 'emergency_access.opened', access, dataKey: state.patient.dataKey }],
      audit: [
        {
          type: 'emergency_access.opened',
          stream: patientId,
          outcome: 'success',
          resource: { type: 'emergency_access', id },
          details: { until: expiresAt },
        },
      ],
      messages: [tell(state.patient, true), ...state.officers.map((officer) => tell(officer, false))],
    }),
  );
}

/** Whether requests that name this access may read the record at that time. */
export function isOpen({ ended, expiresAt }: Pick<EmergencyAccess, 'ended' | 'expiresAt'>, at: Instant): boolean {
  return ended === null && at < expiresAt;
}

type Outcome<E> = Result<Decision<PrivacyChange, EmergencyAccess>, E>;

/** Refuses a review by the doctor who opened the record. An access that was not justified ends with the verdict. */
export function reviewAccess(
  access: EmergencyAccess,
  verdict: Verdict,
  by: UserId,
  at: Instant,
): Outcome<ReviewRefused> {
  if (access.review !== null) return refuse({ code: 'already_reviewed' });
  if (access.doctorId === by) return refuse({ code: 'own_access' });
  const ending = verdict === 'not_justified' ? endAccess(access, by, at) : undefined;
  const ended = ending?.ok === true ? ending.value : undefined;
  return ok(
    decided({
      value: { ...access, ended: ended?.value.ended ?? access.ended, review: { verdict, by, at } },
      changes: [{ type: 'emergency_access.reviewed', id: access.id, verdict, by, at }, ...(ended?.changes ?? [])],
      audit: [recorded('emergency_access.reviewed', access, { verdict }), ...(ended?.audit ?? [])],
    }),
  );
}

/** Closes the record to the doctor at once. */
export function endAccess(access: EmergencyAccess, by: UserId, at: Instant): Outcome<EmergencyOver> {
  if (!isOpen(access, at)) return refuse({ code: 'emergency_access_over' });
  return ok(
    decided({
      value: { ...access, ended: { by, at } },
      changes: [{ type: 'emergency_access.ended', id: access.id, by, at }],
      audit: [recorded('emergency_access.ended', access)],
    }),
  );
}

function recorded(
  type: 'emergency_access.reviewed' | 'emergency_access.ended',
  { id, patientId }: EmergencyAccess,
  details: AuditDraft['details'] = {},
): AuditDraft {
  return { type, stream: patientId, outcome: 'success', resource: { type: 'emergency_access', id }, details };
}
