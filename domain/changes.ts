/** Every change of every context: what one batch may hold. */
import type { AuditChange } from './audit/changes.ts';
import type { IdentityChange } from './identity/changes.ts';
import type { MfaChange } from './mfa/changes.ts';
import type { NotificationChange } from './notifications/changes.ts';
import type { PrivacyChange } from './privacy/changes.ts';
import type { AppointmentChange, SchedulingChange } from './scheduling/changes.ts';
import type { DataKey } from './shared/ports.ts';

/** The words of an appointment are sealed with its patient's key. */
export type KeyedAppointmentChange = AppointmentChange & { readonly patientKey: DataKey };

/** What somebody waits for, and why a doctor is away, are sealed with that person's key. */
type PersonalChange = Extract<
  SchedulingChange,
  { readonly type: 'waitlist.entry_added' | 'availability.time_off_added' }
>;
export type KeyedPersonalChange = PersonalChange & { readonly dataKey: DataKey };

export type StoredSchedulingChange =
  | Exclude<SchedulingChange, AppointmentChange | PersonalChange>
  | KeyedAppointmentChange
  | KeyedPersonalChange;

export type Change =
  | AuditChange
  | IdentityChange
  | MfaChange
  | NotificationChange
  | StoredSchedulingChange
  | PrivacyChange;
