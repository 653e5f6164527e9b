/** Every change of every context: what one batch may hold, and the decisions that are committed as one. */

import type { AuditChange } from './audit/changes.ts';
import type { AuditEventType } from './audit-catalog.ts';
import type { FileChange } from './files/changes.ts';
import type { IdentityChange } from './identity/changes.ts';
import type { MessageDraft } from './messages.ts';
import type { MfaChange } from './mfa/changes.ts';
import type { NotificationChange } from './notifications/changes.ts';
import type { PrivacyChange } from './privacy/changes.ts';
import type { ProtectionChange } from './protection/changes.ts';
import type { AppointmentChange } from './scheduling/appointment.ts';
import type { SchedulingChange } from './scheduling/changes.ts';
import type { StepOrigin } from './scheduling/steps.ts';
import type { DecisionOf } from './shared/changes.ts';
import type { DataKey } from './shared/ports.ts';
import type { WebhookChange } from './webhooks/changes.ts';

/** Reason, symptoms and notes of an appointment are encrypted with its patient's key; its history keeps who changed it. */
export type KeyedAppointmentChange = AppointmentChange & { readonly patientKey: DataKey; readonly origin: StepOrigin };

/** A wanted specialty and the reason for time off are encrypted with the key of the person concerned. */
export type PersonalChange = Extract<
  SchedulingChange,
  { readonly type: 'waitlist.entry_added' | 'availability.time_off_added' | 'rebooking.begun' }
>;
export type KeyedPersonalChange = PersonalChange & { readonly dataKey: DataKey };

export type StoredSchedulingChange =
  | Exclude<SchedulingChange, AppointmentChange | PersonalChange>
  | KeyedAppointmentChange
  | KeyedPersonalChange;

export type Change =
  | AuditChange
  | FileChange
  | IdentityChange
  | MfaChange
  | NotificationChange
  | StoredSchedulingChange
  | PrivacyChange
  | ProtectionChange
  | WebhookChange;

/** A decision with the events and messages of any context. */
export type Decision<C extends Change, T> = DecisionOf<C, T, AuditEventType, MessageDraft>;
