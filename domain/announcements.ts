/**
 * What each change says to other systems of the clinic. The table names every change of the contexts that scheduling,
 * identity and privacy decide, so that a new one does not compile until somebody has decided whether it is announced.
 */
import type { AuditChange } from './audit/changes.ts';
import type { Change } from './changes.ts';
import type { FileChange } from './files/changes.ts';
import type { MfaChange } from './mfa/changes.ts';
import type { NotificationChange } from './notifications/changes.ts';
import type { ProtectionChange } from './protection/changes.ts';
import type { SecurityFindingChange } from './protection/finding.ts';
import type { Appointment } from './scheduling/appointment.ts';
import type { WaitlistOffer } from './scheduling/waitlist.ts';
import type { WebhookChange } from './webhooks/changes.ts';
import type { Announcement, EventData, WebhookEventType } from './webhooks/event-types.ts';

/** Contexts whose changes are of no concern to other systems. */
type Unannounced = AuditChange | FileChange | MfaChange | NotificationChange | Settled | WebhookChange;
/** What limits and blocks do concerns the portal alone. */
type Settled = Exclude<ProtectionChange, SecurityFindingChange>;
type Announced = Exclude<Change, Unannounced>;

/** `null`: it is not announced. */
type Announcing = {
  readonly [T in Announced['type']]: ((change: Extract<Announced, { readonly type: T }>) => Announcement | null) | null;
};

function of(type: WebhookEventType, data: EventData): Announcement {
  return { type, data };
}

function ofAppointment(
  type: WebhookEventType,
  { id, version, patientId, doctorId, ...its }: Appointment,
): Announcement {
  const { additionalDoctorIds, appointmentTypeId, locationId, seriesId } = its;
  return of(type, {
    id,
    version,
    patientId,
    doctorId,
    additionalDoctorIds,
    appointmentTypeId,
    locationId,
    seriesId,
  });
}

function ofOffer(type: WebhookEventType, { id, version, entryId, patientId, doctorId }: WaitlistOffer): Announcement {
  return of(type, { id, version, entryId, patientId, doctorId });
}

/** The version that the doctor's availability has after the change. */
function ofAvailability(change: { readonly doctorId: string; readonly expectedVersion: number }): Announcement {
  return of('availability.changed', { doctorId: change.doctorId, version: change.expectedVersion + 1 });
}

const ofHolidays = () => of('availability.changed', { doctorId: null, version: null });

const registered = ({ user }: Extract<Change, { readonly type: 'user.created' | 'user.taken_over' }>) =>
  user.role === 'patient' ? of('patient.registered', { id: user.id, version: user.version }) : null;

const ANNOUNCING: Announcing = {
  'appointment.booked': ({ appointment }) =>
    ofAppointment(appointment.status === 'requested' ? 'appointment.requested' : 'appointment.booked', appointment),
  'appointment.rescheduled': ({ appointment }) => ofAppointment('appointment.moved', appointment),
  'appointment.wall_clock_kept': ({ appointment }) => ofAppointment('appointment.moved', appointment),
  'appointment.cancelled': ({ appointment }) => ofAppointment('appointment.cancelled', appointment),
  'appointment.status_changed': ({ appointment }) => ofAppointment('appointment.status_changed', appointment),
  'appointment.restored': ({ appointment }) => ofAppointment('appointment.status_changed', appointment),
  'confirmation_link.used': null,
  'appointment.edited': ({ appointment }) => ofAppointment('appointment.updated', appointment),
  'waitlist.offer_made': ({ offer }) => ofOffer('waitlist.offer_made', offer),
  'waitlist.offer_closed': ({ offer }) => ofOffer('waitlist.offer_closed', offer),
  'availability.replaced': ofAvailability,
  'availability.override_added': ofAvailability,
  'availability.override_replaced': ofAvailability,
  'availability.override_removed': ofAvailability,
  'availability.time_off_added': ofAvailability,
  'availability.time_off_removed': ofAvailability,
  'clinic_holiday.added': ofHolidays,
  'clinic_holiday.removed': ofHolidays,
  'user.created': registered,
  'user.taken_over': registered,
  'user.erased': ({ userId, aliases }) => of('person.erased', { id: userId, aliasIds: aliases }),
  'patient.merged': ({ merge, survivorVersion }) =>
    of('patient.merged', { id: merge.survivorId, version: survivorVersion + 1, aliasId: merge.aliasId }),
  'patient.unmerged': ({ merge, survivorVersion }) =>
    of('patient.unmerged', { id: merge.survivorId, version: survivorVersion + 1, aliasId: merge.aliasId }),
  // Whom it is about is left out: who may know reads it.
  'security_finding.raised': ({ finding: { id, version, rule, severity, subject } }) =>
    of('security.finding_raised', { id, version, rule, severity, subject: subject.kind }),
  'security_finding.grown': null,
  'security_finding.closed': null,
  'security_findings.told': null,

  // Scheduling: what is set up, held and tidied. A held or waiting patient has no appointment yet.
  'appointment_type.changed': null,
  'appointment_type.created': null,
  'calendar_feed.created': null,
  'calendar_feed.revoked': null,
  'clinic.logo_changed': null,
  'clinic.settings_changed': null,
  'delay.set': null,
  'delay.told': null,
  'digest.begun': null,
  'digest.portion_told': null,
  'doctor.changed': null,
  'doctor.resigned': null,
  'hold.consumed': null,
  'hold.placed': null,
  'hold.released': null,
  'location.changed': null,
  'location.created': null,
  'proxy.accepted': null,
  'proxy.created': null,
  'proxy.revoked': null,
  'rebooking.begun': null,
  'rebooking.settled': null,
  'resource.changed': null,
  'resource.created': null,
  'scheduling.tidied': null,
  'series.created': null,
  'timezone_rules.compared': null,
  'timezone_rules.noted': null,
  'timezone_rules.pass_begun': null,
  'timezone_rules.pass_ended': null,
  'waitlist.deferred_matched': null,
  'waitlist.entry_added': null,
  'waitlist.entry_changed': null,
  'waitlist.horizon_rolled': null,
  'waitlist.time_deferred': null,
  'wall_clocks.written': null,

  // Identity: accounts and credentials are the portal's own.
  'admins.remain': null,
  'api_key.created': null,
  'api_key.relied_on': null,
  'api_key.revoked': null,
  'api_key.used': null,
  'credentials.revoked': null,
  'data_key.rewrapped': null,
  'doctor.added': null,
  'email.restored': null,
  'email_change.confirmed': null,
  'email_change.requested': null,
  'email_changes.ended': null,
  'login.failed': null,
  'mail.none_since': null,
  'one_time_token.issued': null,
  'one_time_token.none_since': null,
  'one_time_token.used': null,
  'password.relied_on': null,
  'patient.invited': null,
  'person.indexed': null,
  'refresh_token.rotated': null,
  'session.opened': null,
  'session.reauthenticated': null,
  'session.relied_on': null,
  'session.revoked': null,
  'session.strengthened': null,
  'sessions.suspected': null,
  'sign_in.cleared': null,
  'sign_in.failed': null,
  'user.activated': null,
  'user.attempts_cleared': null,
  'user.avatar_changed': null,
  'user.claimed': null,
  'user.closed': null,
  'user.contested': null,
  'user.email_verified': null,
  'user.password_changed': null,
  'user.preferences_changed': null,
  'user.profile_changed': null,
  'user.role_changed': null,

  // Privacy.
  'clinical_hold.lifted': null,
  'clinical_hold.placed': null,
  'clinical_key.created': null,
  'consent.recorded': null,
  'damage.noted': null,
  'data_export.completed': null,
  'data_export.fetched': null,
  'data_export.released': null,
  'data_export.requested': null,
  'emergency_access.ended': null,
  'emergency_access.opened': null,
  'emergency_access.reviewed': null,
  'legal_text.published': null,
  'patient.merge_finished': null,
  'processing.relied_on': null,
  'processing_limit.lifted': null,
  'processing_limit.set': null,
  'retention.applied': null,
};

/** What the changes of one batch say, in their order. Equal announcements are made once. */
export function announcementsOf(changes: readonly Change[]): readonly Announcement[] {
  const announced = new Map<string, Announcement>();
  for (const change of changes) {
    // Changes of the unannounced contexts are not in the table.
    const announce = ANNOUNCING[change.type as Announced['type']] as
      | ((change: Change) => Announcement | null)
      | null
      | undefined;
    const announcement = announce?.(change) ?? null;
    if (announcement !== null) announced.set(JSON.stringify(announcement), announcement);
  }
  return [...announced.values()];
}
