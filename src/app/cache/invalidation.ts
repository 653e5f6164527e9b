/**
 * What each change makes stale. The type makes the table complete: a change that is not in it does not compile. The same list
 * of changes that a batch commits is looked up here, so a use case cannot forget to invalidate.
 */
import type { Change } from '../../../domain/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { OTHERS } from './invalidation-others.ts';
import type { Tag } from './kinds.ts';
import type { Of, Say } from './say.ts';

const hoursOf = (...doctors: readonly UserId[]): Tag[] => doctors.map((id) => `hours:${id}` as const);

/** An account and its sessions, which hold its data key, its role and its factors. */
const account = ({ userId }: { readonly userId: UserId }): Tag[] => [`person:${userId}`, `access:${userId}`];
/** The name of a doctor stands in the directory, and the change does not tell whether it is one. */
const named = (change: { readonly userId: UserId }): Tag[] => [...account(change), 'directory'];
/** What the account shows, and no session depends on. */
const profile = ({ userId }: { readonly userId: UserId }): Tag[] => [`person:${userId}`];
const made = ({ user }: { readonly user: { readonly id: UserId } }): Tag[] => named({ userId: user.id });
const access = ({ userId }: { readonly userId: UserId }): Tag[] => [`access:${userId}`];
const session = ({ sessionId }: Of<'session.revoked' | 'session.reauthenticated' | 'session.strengthened'>): Tag[] => [
  `session:${sessionId}`,
];
const visit = ({ appointment }: { readonly appointment: Of<'appointment.booked'>['appointment'] }): Tag[] =>
  hoursOf(appointment.doctorId, ...appointment.additionalDoctorIds);
const hours = ({ doctorId }: { readonly doctorId: UserId }): Tag[] => hoursOf(doctorId);
const merged = ({ merge }: { readonly merge: { readonly survivorId: UserId; readonly aliasId: UserId } }): Tag[] =>
  [merge.survivorId, merge.aliasId].flatMap((userId): Tag[] => [...account({ userId }), `inbox:${userId}`]);

const IDENTITY = {
  'admins.remain': 'nothing',
  'api_key.created': 'nothing',
  'api_key.relied_on': 'nothing',
  'api_key.revoked': 'nothing',
  'api_key.used': 'nothing',
  'credentials.revoked': access,
  'data_key.rewrapped': ({ key }) => account({ userId: key.ownerId as UserId }),
  'doctor.added': () => ['directory'],
  'email.restored': profile,
  'email_change.confirmed': profile,
  'email_change.requested': ({ change }) => profile(change),
  'email_changes.ended': profile,
  'login.failed': 'nothing',
  'mail.none_since': 'nothing',
  'one_time_token.issued': 'nothing',
  'one_time_token.none_since': 'nothing',
  'one_time_token.used': 'nothing',
  'password.relied_on': 'nothing',
  'patient.invited': account,
  'person.indexed': 'nothing',
  'refresh_token.rotated': 'nothing',
  // Its id is new, so nothing of it is cached.
  'session.opened': 'nothing',
  'session.reauthenticated': session,
  'session.relied_on': 'nothing',
  'session.revoked': session,
  'session.strengthened': session,
  'sessions.suspected': access,
  'sign_in.cleared': 'nothing',
  'sign_in.failed': 'nothing',
  'user.activated': named,
  'user.attempts_cleared': 'nothing',
  'user.avatar_changed': profile,
  'user.claimed': named,
  'user.closed': named,
  'user.contested': account,
  'user.created': made,
  'user.email_verified': profile,
  'user.password_changed': access,
  // Preferences are not part of the cached account.
  'user.preferences_changed': 'nothing',
  'user.profile_changed': (change) => [...profile(change), 'directory'],
  'user.role_changed': named,
  'user.taken_over': made,
} as const satisfies { readonly [T in Change['type']]?: Say<T> };

const MFA = {
  'backup_code.used': 'nothing',
  'backup_codes.replaced': 'nothing',
  'mfa.disabled': account,
  'mfa_attempts.recorded': 'nothing',
  'mfa_challenge.failed': 'nothing',
  'mfa_challenge.issued': 'nothing',
  'mfa_challenge.passed': 'nothing',
  'mfa_phone.code_issued': 'nothing',
  'mfa_phone.enrolled': account,
  'mfa_phone.removed': account,
  'sms_code.issued': 'nothing',
  'totp.enrolled': account,
  'totp.setup_started': 'nothing',
  'totp.step_consumed': 'nothing',
  'trusted_device.added': 'nothing',
  'trusted_device.revoked': access,
  'trusted_device.used': 'nothing',
} as const satisfies { readonly [T in Change['type']]?: Say<T> };

const SCHEDULING = {
  'appointment.booked': visit,
  'appointment.cancelled': visit,
  // Reason, notes and intake are not cached.
  'appointment.edited': 'nothing',
  'appointment.rescheduled': (change) => [...visit(change), ...hoursOf(change.previous.doctorId)],
  'appointment.restored': visit,
  'appointment.status_changed': visit,
  'appointment.wall_clock_kept': visit,
  'appointment_type.changed': () => ['types'],
  'appointment_type.created': () => ['types'],
  'availability.override_added': hours,
  'availability.override_removed': hours,
  'availability.override_replaced': hours,
  'availability.replaced': (change) => [...hours(change), 'directory'],
  'availability.time_off_added': hours,
  'availability.time_off_removed': hours,
  'calendar_feed.created': 'nothing',
  'calendar_feed.revoked': 'nothing',
  'clinic.logo_changed': 'nothing',
  'clinic.settings_changed': () => ['clinic'],
  'clinic_holiday.added': () => ['clinic'],
  'clinic_holiday.removed': () => ['clinic'],
  'confirmation_link.used': 'nothing',
  'delay.set': 'nothing',
  'delay.told': 'nothing',
  'digest.begun': 'nothing',
  'digest.portion_told': 'nothing',
  'doctor.changed': () => ['directory'],
  'doctor.resigned': ({ doctorId }) => [...hoursOf(doctorId), 'directory'],
  // The booking of the same batch takes the same time of the same doctor.
  'hold.consumed': 'nothing',
  'hold.placed': ({ hold }) => hoursOf(hold.doctorId),
  // The change does not tell whose time it frees.
  'hold.released': () => ['kind:availability'],
  'location.changed': () => ['locations'],
  'location.created': () => ['locations'],
  'proxy.accepted': 'nothing',
  'proxy.created': 'nothing',
  'proxy.revoked': 'nothing',
  'rebooking.begun': 'nothing',
  'rebooking.settled': 'nothing',
  // Times that need resources are not cached.
  'resource.changed': 'nothing',
  'resource.created': 'nothing',
  'scheduling.tidied': 'nothing',
  'series.created': 'nothing',
  'timezone_rules.compared': 'nothing',
  'timezone_rules.noted': 'nothing',
  'timezone_rules.pass_begun': 'nothing',
  'timezone_rules.pass_ended': 'nothing',
  'waitlist.deferred_matched': 'nothing',
  'waitlist.entry_added': 'nothing',
  'waitlist.entry_changed': 'nothing',
  'waitlist.horizon_rolled': 'nothing',
  'waitlist.offer_closed': 'nothing',
  'waitlist.offer_made': 'nothing',
  'waitlist.time_deferred': 'nothing',
  'wall_clocks.written': 'nothing',
} as const satisfies { readonly [T in Change['type']]?: Say<T> };

const PRIVACY = {
  'clinical_hold.lifted': 'nothing',
  'clinical_hold.placed': 'nothing',
  // Sessions and accounts hold the clinical key, wrapped.
  'clinical_key.created': ({ patientId }) => account({ userId: patientId }),
  'consent.recorded': 'nothing',
  'damage.noted': 'nothing',
  'data_export.completed': 'nothing',
  'data_export.fetched': 'nothing',
  'data_export.released': 'nothing',
  'data_export.requested': 'nothing',
  'emergency_access.ended': 'nothing',
  'emergency_access.opened': 'nothing',
  'emergency_access.reviewed': 'nothing',
  'legal_text.published': () => ['legal'],
  'patient.merge_finished': 'nothing',
  'patient.merged': merged,
  'patient.unmerged': merged,
  'processing.relied_on': 'nothing',
  'processing_limit.lifted': 'nothing',
  'processing_limit.set': 'nothing',
  'retention.applied': ({ kind }) => {
    if (kind === 'notifications') return ['kind:unread_counts'];
    return kind === 'clinical_keys' ? ['kind:sessions', 'kind:profiles'] : [];
  },
  'user.erased': ({ userId, aliases }) => [
    ...[userId, ...aliases].flatMap((id): Tag[] => [...account({ userId: id }), `inbox:${id}`]),
    'directory',
    'kind:availability',
  ],
} as const satisfies { readonly [T in Change['type']]?: Say<T> };

const INVALIDATES: { readonly [T in Change['type']]: Say<T> } = {
  ...IDENTITY,
  ...MFA,
  ...SCHEDULING,
  ...PRIVACY,
  ...OTHERS,
};

/** The tags of all that these changes make stale, each once and in one order. */
export function tagsOf(changes: readonly Change[]): readonly Tag[] {
  const tags = changes.flatMap((change) => {
    const say = INVALIDATES[change.type] as 'nothing' | ((change: Change) => readonly Tag[]);
    return say === 'nothing' ? [] : say(change);
  });
  return [...new Set(tags)].sort();
}
