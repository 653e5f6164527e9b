/**
 * What can be recorded in the audit log, and what a use case hands in to have it recorded. Each type of event says once
 * how grave it is, whether it touches protected health information, and how it reads to the patient (R46).
 */
import type { UserId } from './ids.ts';

export type AuditCategory = 'auth' | 'data_access' | 'data_modification' | 'admin';
export type AuditSeverity = 'low' | 'medium' | 'high' | 'critical';
/** The terms of FHIR's AuditEvent.action. */
export type AuditAction = 'create' | 'read' | 'update' | 'delete' | 'execute';
export type AuditOutcome = 'success' | 'failure' | 'partial';

export interface AuditEventKind {
  readonly category: AuditCategory;
  readonly action: AuditAction;
  readonly severity: AuditSeverity;
  /** Whether protected health information was seen or written. */
  readonly phiAccessed: boolean;
  /** Whether data left the portal as a file. */
  readonly dataExported: boolean;
  /** Whether its success proves that whoever asked is the person concerned, though they were nobody yet when they asked. */
  readonly provesPerson: boolean;
  /** One sentence for the person concerned. `{actor}` stands for who did it: `you`, a name, `the clinic`. */
  readonly text: string;
}

type Flag = 'phi' | 'export' | 'proves';
type Describe = (action: AuditAction, severity: AuditSeverity, text: string, ...flags: Flag[]) => AuditEventKind;

function inCategory(category: AuditCategory): Describe {
  return (action, severity, text, ...flags) => ({
    category,
    action,
    severity,
    phiAccessed: flags.includes('phi'),
    dataExported: flags.includes('export'),
    provesPerson: flags.includes('proves'),
    text,
  });
}

const auth = inCategory('auth');
const access = inCategory('data_access');
const change = inCategory('data_modification');
const admin = inCategory('admin');

const CATALOG = {
  // identity
  'user.registered': change('create', 'medium', 'Your account was created.'),
  'user.registration_repeated': auth('execute', 'medium', 'Somebody tried to register with your e-mail address.'),
  'user.email_verified': auth('execute', 'low', 'Your e-mail address was confirmed.', 'proves'),
  'user.email_change_requested': auth('update', 'high', 'A change of your e-mail address was asked for.'),
  'user.email_change_cancelled': auth('update', 'medium', 'The change of your e-mail address was cancelled.'),
  'user.email_change_failed': auth('execute', 'medium', 'A link to change your e-mail address was refused.'),
  'user.email_changed': auth('update', 'critical', 'Your e-mail address was changed.'),
  'user.email_restored': auth('update', 'critical', 'The change of your e-mail address was taken back.', 'proves'),
  'user.email_restore_failed': auth('execute', 'medium', 'A link to take your e-mail address back was refused.'),
  'user.verification_requested': auth('execute', 'low', 'A new confirmation mail was asked for.'),
  'user.verification_failed': auth('execute', 'low', 'A link to confirm your e-mail address was refused.'),
  'user.invited': admin('create', 'medium', 'You were invited by {actor}.'),
  'user.invitation_accepted': auth('execute', 'medium', 'Your invitation was accepted.', 'proves'),
  'user.created': admin('create', 'high', 'Your account was created by {actor}.'),
  'user.listed': admin('read', 'medium', 'A list of accounts was seen by {actor}.'),
  'user.invitation_refused': auth('execute', 'medium', 'A link to accept your invitation was refused.'),
  'user.role_changed': admin('update', 'high', 'Your role was changed by {actor}.'),
  'user.unlocked': admin('update', 'medium', 'Your account was unlocked by {actor}.'),
  'user.read': access('read', 'low', 'Your account was seen by {actor}.'),
  'user.profile_read': access('read', 'low', 'Your profile was seen by {actor}.', 'phi'),
  'user.profile_updated': change('update', 'medium', 'Your profile was changed by {actor}.', 'phi'),
  'user.avatar_updated': change('update', 'low', 'Your picture was changed by {actor}.'),
  'user.preferences_updated': change('update', 'low', 'Your settings were changed by {actor}.'),
  'user.closed': change('delete', 'high', 'Your account was closed by {actor}.'),
  'clinical_record.listed': access(
    'read',
    'high',
    'A list of clinical records kept after erasure was seen by {actor}.',
    'phi',
  ),
  'clinical_record.read': access(
    'read',
    'high',
    'The clinical record that the clinic keeps of you was read by {actor}.',
    'phi',
  ),
  'clinical_hold.placed': change('update', 'high', 'Your clinical record was put under a legal hold by {actor}.'),
  'clinical_hold.lifted': change('update', 'high', 'The legal hold on your clinical record was lifted by {actor}.'),
  'record.damaged': admin('read', 'high', 'A stored value was found to be damaged.'),
  'user.erased': change('delete', 'high', 'Your personal data was erased.'),
  'login.succeeded': auth('execute', 'low', 'You signed in.', 'proves'),
  'login.failed': auth('execute', 'medium', 'A sign-in to your account failed.'),
  'login.blocked': auth('execute', 'high', 'A sign-in was refused after too many failures.'),
  'login.unusual': auth('execute', 'high', 'A sign-in from an unusual place or device was noticed.'),
  'step_up.succeeded': auth('execute', 'low', 'You proved again who you are.'),
  'step_up.failed': auth('execute', 'medium', 'An attempt to prove again who you are failed.'),
  logout: auth('execute', 'low', 'You signed out.'),
  'logout.all': auth('execute', 'medium', 'You signed out everywhere.'),
  'session.revoked': auth('delete', 'medium', 'One of your sessions was ended by {actor}.'),
  'refresh_token.rotated': auth('execute', 'low', 'Your session was renewed.', 'proves'),
  'refresh_token.repeated': auth('execute', 'low', 'The renewal of your session was answered a second time.', 'proves'),
  'refresh_token.rejected': auth('execute', 'medium', 'A renewal of your session was refused.'),
  'refresh_token.reused': auth('execute', 'critical', 'A used-up session token came back, so the session was ended.'),
  'password.reset_requested': auth('execute', 'medium', 'A new password was asked for.'),
  'password.reset': auth('update', 'high', 'Your password was reset.', 'proves'),
  'password.reset_failed': auth('execute', 'medium', 'A link to reset your password was refused.'),
  'password.changed': auth('update', 'high', 'Your password was changed.'),
  'password.change_failed': auth('execute', 'medium', 'An attempt to change your password failed.'),
  'api_key.created': auth('create', 'high', 'An API key was created by {actor}.'),
  'api_key.revoked': auth('delete', 'medium', 'An API key was revoked by {actor}.'),
  'api_key.rejected': auth('execute', 'medium', 'An API key of yours was refused.'),
  'access.denied': auth('execute', 'medium', 'Something that was asked for by {actor} was refused.'),

  // mfa
  'mfa.setup_started': auth('create', 'low', 'You began to set up an authenticator app.'),
  'mfa.enabled': auth('update', 'high', 'Two-step sign-in was switched on.'),
  'mfa.app_replaced': auth('update', 'high', 'The authenticator app was replaced by another one.'),
  'mfa.enable_failed': auth('execute', 'medium', 'A code to switch on two-step sign-in was wrong.'),
  'mfa.disabled': auth('update', 'high', 'Two-step sign-in was switched off.'),
  'mfa.reset': auth('update', 'critical', 'The clinic removed the second step of your sign-in.'),
  'mfa.disable_failed': auth('execute', 'high', 'An attempt to switch off two-step sign-in failed.'),
  'mfa.challenge_issued': auth('execute', 'low', 'A second step was asked for at sign-in.'),
  'mfa.challenge_passed': auth('execute', 'low', 'The second step at sign-in was passed.', 'proves'),
  'mfa.challenge_failed': auth('execute', 'medium', 'The second step at sign-in failed.'),
  'mfa.attempts_exhausted': auth('execute', 'high', 'Codes were refused for a while after too many wrong ones.'),
  'mfa.sms_sent': auth('execute', 'low', 'A sign-in code was sent to your phone.'),
  'mfa.phone_enrolled': auth('update', 'high', 'Your phone can now receive sign-in codes.'),
  'mfa.phone_removed': auth('delete', 'high', 'Your phone no longer receives sign-in codes.'),
  'mfa.backup_code_used': auth('execute', 'high', 'A backup code was used to sign in.', 'proves'),
  'mfa.backup_codes_regenerated': auth('update', 'high', 'New backup codes were made; the old ones are void.'),
  'trusted_device.added': auth('create', 'medium', 'A device was marked as trusted.', 'proves'),
  'trusted_device.used': auth('execute', 'low', 'A trusted device was used to sign in.', 'proves'),
  'trusted_device.revoked': auth('delete', 'medium', 'A device is no longer trusted.'),

  // scheduling
  'doctor.updated': admin('update', 'low', 'Your directory entry was changed by {actor}.'),
  'appointment_type.created': admin('create', 'low', 'A type of appointment was added by {actor}.'),
  'appointment_type.updated': admin('update', 'low', 'A type of appointment was changed by {actor}.'),
  'availability.updated': change('update', 'medium', 'Your working hours were changed by {actor}.'),
  'availability_override.added': change('create', 'medium', 'Your working hours on one day were changed by {actor}.'),
  'availability_override.removed': change('delete', 'medium', 'A change of your working hours was undone by {actor}.'),
  'time_off.listed': access('read', 'low', 'Your time off was seen by {actor}.'),
  'time_off.added': change('create', 'medium', 'Time off was entered for you by {actor}.'),
  'time_off.removed': change('delete', 'medium', 'Time off of yours was removed by {actor}.'),
  'clinic_holiday.added': admin('create', 'medium', 'A holiday of the clinic was added by {actor}.'),
  'clinic_holiday.removed': admin('delete', 'medium', 'A holiday of the clinic was removed by {actor}.'),
  'hold.created': change('create', 'low', 'A time was held for you by {actor}.'),
  'hold.released': change('delete', 'low', 'A time held for you was released by {actor}.'),
  'appointment.booked': change('create', 'medium', 'Your appointment was booked by {actor}.', 'phi'),
  'appointment.read': access('read', 'low', 'Your appointment was seen by {actor}.', 'phi'),
  'appointment.listed': access('read', 'low', 'Your appointments were listed by {actor}.', 'phi'),
  'appointment.exported': access(
    'read',
    'low',
    'Your appointment was saved to a calendar by {actor}.',
    'phi',
    'export',
  ),
  'appointment.updated': change('update', 'medium', 'Your appointment was changed by {actor}.', 'phi'),
  'appointment.rescheduled': change('update', 'medium', 'Your appointment was moved by {actor}.', 'phi'),
  'appointment.cancelled': change('update', 'medium', 'Your appointment was cancelled by {actor}.', 'phi'),
  'appointment.confirmed': change('update', 'low', 'Your appointment was confirmed by {actor}.', 'phi'),
  'appointment.checked_in': change('update', 'low', 'You were checked in by {actor}.', 'phi'),
  'appointment.completed': change('update', 'low', 'Your appointment was marked as completed by {actor}.', 'phi'),
  'appointment.no_show': change('update', 'medium', 'Your appointment was marked as missed by {actor}.', 'phi'),
  'appointment_series.booked': change('create', 'medium', 'A series of appointments was booked by {actor}.', 'phi'),
  'waitlist.joined': change('create', 'low', 'You were put on the waitlist by {actor}.', 'phi'),
  'waitlist.listed': access('read', 'low', 'Your waitlist entries were seen by {actor}.', 'phi'),
  'waitlist.left': change('delete', 'low', 'You were taken off the waitlist by {actor}.'),
  'waitlist.offered': change('create', 'low', 'A free time was offered to you.'),
  'waitlist.offer_accepted': change('update', 'medium', 'An offered time was accepted by {actor}.', 'phi'),
  'waitlist.offer_declined': change('update', 'low', 'An offered time was declined by {actor}.'),
  'waitlist.offer_expired': change('update', 'low', 'An offered time was not taken up in time.'),
  'waitlist.offer_withdrawn': change('update', 'low', 'An offered time was taken back.'),
  'calendar_feed.created': change('create', 'medium', 'A calendar link was created by {actor}.'),
  'calendar_feed.read': access('read', 'low', 'Your calendar was fetched through its link.', 'phi', 'export'),
  'calendar_feed.revoked': change('delete', 'low', 'Your calendar link was revoked by {actor}.'),

  // notifications
  'notification.sent': change('execute', 'low', 'A message was sent to you.'),
  'notification.failed': change('update', 'medium', 'A message could not be delivered to you.'),
  'notification.dead_lettered': change('update', 'high', 'A message to you was given up after several attempts.'),
  'callback.rejected': auth('execute', 'high', 'A callback with a wrong signature was refused.'),

  // audit and privacy
  'audit.own_read': access('read', 'low', 'The history of your record was seen by {actor}.', 'phi'),
  'audit.own_exported': access(
    'read',
    'medium',
    'The history of your record was downloaded by {actor}.',
    'phi',
    'export',
  ),
  'audit.affected_read': admin('read', 'critical', 'Whose records somebody touched was looked up by {actor}.', 'phi'),
  'audit.searched': admin('read', 'high', 'Events of your record were searched by {actor}.', 'phi'),
  'audit.event_read': admin('read', 'high', 'An event of your record was seen by {actor}.', 'phi'),
  'audit.exported': admin('read', 'critical', 'The audit log was exported by {actor}.', 'phi', 'export'),
  'audit.verified': admin('execute', 'low', 'The audit log was verified.'),
  'audit.verification_requested': admin('execute', 'low', 'A verification of the audit log was asked for.'),
  'audit.verification_failed': admin('execute', 'critical', 'The verification of the audit log found a fault.'),
  'audit.sealing_stopped': admin('execute', 'critical', 'The audit log is not sealed any more: its history was lost.'),
  'audit.sealing_resumed': admin('execute', 'high', 'The audit log is sealed again.'),
  'audit.origin_began': admin('create', 'critical', 'The audit log goes on under a new origin.'),
  'privacy.export_requested': access('execute', 'high', 'A copy of your data was asked for by {actor}.'),
  'privacy.export_completed': access('create', 'medium', 'The copy of your data is ready.', 'phi'),
  'privacy.export_interrupted': access('read', 'medium', 'The copy of your data was not received whole.', 'phi'),
  'privacy.export_downloaded': access('read', 'high', 'The copy of your data was fetched by {actor}.', 'phi', 'export'),
  'consent.given': change('create', 'medium', 'You gave your consent.'),
  'consent.withdrawn': change('update', 'medium', 'You withdrew your consent.'),
  'privacy.export_requested_for': access(
    'execute',
    'critical',
    'A copy of your data was asked for, for you, by {actor}.',
  ),
  'privacy.export_downloaded_for': access(
    'read',
    'critical',
    'The copy of your data was fetched, for you, by {actor}.',
    'phi',
    'export',
  ),
  'privacy.rectified_for': change('update', 'high', 'Your profile was corrected, for you, by {actor}.', 'phi'),
  'emergency_access.opened': access('execute', 'critical', 'Your record was opened in an emergency by {actor}.', 'phi'),
  'emergency_access.reviewed': admin('update', 'high', 'An emergency access to your record was reviewed by {actor}.'),
  'emergency_access.ended': admin('update', 'high', 'An emergency access to your record was ended by {actor}.'),
  'emergency_access.read': admin('read', 'high', 'Emergency accesses to your record were seen by {actor}.', 'phi'),
  'processing_limit.set': change('create', 'high', 'A limit on the use of your data was set by {actor}.'),
  'processing_limit.lifted': change('update', 'high', 'A limit on the use of your data was lifted by {actor}.'),
  'processing_limit.read': access('read', 'medium', 'The limits on the use of your data were seen by {actor}.'),
  'consent.read': access('read', 'medium', 'What you agreed to was seen by {actor}.'),
  'legal_text.published': admin('create', 'high', 'A legal text was published by {actor}.'),
  'retention.applied': admin('delete', 'high', 'Data was deleted at the end of its retention period.'),

  // keys
  'token_keys.rotated': admin('update', 'high', 'The keys of the access tokens were rotated by {actor}.'),
  'index_key.rotated': admin('update', 'high', 'The keys of personal data were rotated by {actor}.'),
  'field_keys.rotated': admin('update', 'high', 'The keys of personal data were rotated by {actor}.'),
  'field_keys.retired': admin('delete', 'high', 'Older keys that protect personal data were retired.'),
} as const satisfies Record<string, AuditEventKind>;

export type AuditEventType = keyof typeof CATALOG;

export const AUDIT_CATALOG: Readonly<Record<AuditEventType, AuditEventKind>> = CATALOG;
export const AUDIT_EVENT_TYPES = Object.keys(CATALOG) as readonly AuditEventType[];

export function isAuditEventType(text: string): text is AuditEventType {
  return Object.hasOwn(CATALOG, text);
}

/** The person whose record is concerned, or the portal itself. Each stream is a hash chain of its own. */
export type AuditStream = UserId | 'system';

export interface AuditResource {
  /** What it is, in the singular: `appointment`, `file`. */
  readonly type: string;
  readonly id: string;
}

export type JsonScalar = string | number | boolean | null;

/** What a use case hands in. Everything else about the event comes from the catalogue and the request's context. */
export interface AuditDraft {
  readonly type: AuditEventType;
  readonly stream: AuditStream;
  readonly outcome: AuditOutcome;
  readonly resource?: AuditResource;
  /**
   * In clear and for ever, also when the person is erased (ADR 0101): ids, codes and numbers of ours, and no text that a
   * client chose freely. Never a password, token, code or key (R46).
   */
  readonly details?: Readonly<Record<string, JsonScalar>>;
  /** The code of the refusal, when the outcome is not success. */
  readonly error?: string;
}
