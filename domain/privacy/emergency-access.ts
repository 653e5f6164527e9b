/** Emergency access ("break-glass"): a doctor opens the record of a patient who is not the doctor's, for some hours. */
import { type Decision, decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { MessageDraft } from '../shared/messages.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { EmergencyAccessId } from '../shared/viewer.ts';
import type { PrivacyChange } from './changes.ts';

/** How long the record stays open. */
export const EMERGENCY_ACCESS_MS = 4 * 3_600_000;

export const VERDICTS = ['justified', 'not_justified'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface EmergencyAccess {
  readonly id: EmergencyAccessId;
  readonly doctorId: UserId;
  readonly patientId: UserId;
  /** In the doctor's words. Null when they can be read no more. */
  readonly reason: string | null;
  readonly openedAt: Instant;
  readonly expiresAt: Instant;
  readonly review: { readonly verdict: Verdict; readonly by: UserId; readonly at: Instant } | null;
}

/** Somebody who is told. */
export interface Receiver {
  readonly userId: UserId;
  readonly dataKey: DataKey;
}

/** What opening is decided on. */
export interface EmergencyState {
  readonly patient: Receiver;
  /** Whether the doctor reads the record anyway. */
  readonly isOpen: boolean;
  readonly doctorName: string;
  readonly officers: readonly Receiver[];
}

export type EmergencyNotNeeded = { readonly code: 'emergency_not_needed' };
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
    channel: 'email',
    category: 'security',
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

/** Nobody judges what they did themselves. */
export function reviewAccess(
  access: EmergencyAccess,
  verdict: Verdict,
  by: UserId,
  at: Instant,
): Result<Decision<PrivacyChange, EmergencyAccess>, ReviewRefused> {
  if (access.review !== null) return refuse({ code: 'already_reviewed' });
  if (access.doctorId === by) return refuse({ code: 'own_access' });
  return ok(
    decided({
      value: { ...access, review: { verdict, by, at } },
      changes: [{ type: 'emergency_access.reviewed', id: access.id, verdict, by, at }],
      audit: [
        {
          type: 'emergency_access.reviewed',
          stream: access.patientId,
          outcome: 'success',
          resource: { type: 'emergency_access', id: access.id },
          details: { verdict },
        },
      ],
    }),
  );
}
