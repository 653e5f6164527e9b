/** Problems of appointments, holds, the waitlist and what a clinic sets up for them. */
import type { SchedulingErrorCode as RefusalCode } from '../../../domain/scheduling/errors.ts';
import type { StaleVersion } from '../../../domain/shared/version.ts';
import { pathTo } from '../links.ts';
import { kind, type ProblemKind } from './kind.ts';

/** A stale version fails the precondition that named it: `precondition_failed` stands for both. */
export type SchedulingErrorCode = Exclude<RefusalCode, StaleVersion['code']>;

export const SCHEDULING_PROBLEMS = {
  invalid_fields: kind(
    422,
    'Some fields are not valid',
    'Each entry of errors points at a field (RFC 6901) and says what was expected.',
  ),
  slot_taken: kind(
    409,
    'The time has just been taken',
    'Choose another time; alternatives lists the nearest free ones. The clinic may book over up to three appointments with overbook and exceptionReason.',
  ),
  slot_unavailable: kind(
    422,
    'The time cannot be booked',
    'reasons lists every obstacle, alternatives the nearest free times.',
  ),
  birth_date_required: kind(
    422,
    'The date of birth is missing',
    'It is asked before the first appointment: give it in the profile of the patient. The clinic may book without it and ask later: acknowledge `birth_date_required`.',
  ),
  proxy_not_possible: kind(
    422,
    'This person cannot act for the patient',
    'The person needs an active account as a patient, and is not the patient. The end must be in the future; a parent acts for a child who is not of age.',
  ),
  proxy_exists: kind(
    409,
    'The person acts for the patient already',
    'End that first if the ground or the end changes.',
  ),
  proxy_closed: kind(409, 'This has ended', 'It was ended, has expired or was accepted already.'),
  too_many_proxies: kind(409, 'Too many people act for the patient', 'End one that is no longer needed.'),
  hold_not_found: kind(404, 'There is no such hold', 'It was released or used, or it belongs to somebody else.'),
  hold_expired: kind(409, 'The hold has expired', 'Hold the time again, or book it directly.'),
  hold_mismatch: kind(
    422,
    'The hold does not match the booking',
    'Book the doctor, time and appointment type that were held.',
  ),
  too_many_holds: kind(409, 'Too many times are held already', 'Book or release one of them first.'),
  appointment_not_found: kind(404, 'There is no such appointment', 'It does not exist, or you may not see it.'),
  invalid_transition: kind(
    409,
    'The status of the appointment does not allow this',
    'Read the appointment: _links lists what can be done now.',
  ),
  appointment_closed: kind(
    409,
    'The appointment is over',
    'A cancelled, completed or missed appointment cannot be changed.',
  ),
  action_not_permitted: kind(
    403,
    'You may not do this',
    'Only the doctor of the appointment, or reception, may change the time of this doctor.',
  ),
  too_late_to_cancel: kind(409, 'It is too late to cancel', 'Call the clinic.'),
  too_late_to_reschedule: kind(409, 'It is too late to move the appointment', 'Call the clinic.'),
  too_many_reschedules: kind(409, 'The appointment was moved too often', 'Call the clinic.'),
  too_early: kind(
    409,
    'It is too early for this',
    'from says when it becomes possible. Until then _links does not offer it.',
  ),
  nothing_to_undo: kind(
    409,
    'There is no step to undo',
    'An arrival, a room, a check-in, a completion, a departure, a no-show and a cancellation can be undone. currentStatus is what the appointment is now.',
  ),
  too_late_to_undo: kind(
    409,
    'It is too late to undo this',
    'A step can be undone until the end of the day on which it was made: until says when that was.',
  ),
  intake_not_found: kind(404, 'Nothing is asked before this visit', 'Its type had no questions when it was booked.'),
  waitlist_entry_not_found: kind(404, 'There is no such waitlist entry', 'It does not exist, or you may not see it.'),
  waitlist_entry_closed: kind(409, 'The waitlist entry is closed', 'Join the waitlist again.'),
  offer_not_found: kind(404, 'There is no such offer', 'It does not exist, or you may not see it.'),
  offer_expired: kind(409, 'The offer has expired', 'The time was offered to the next person on the waitlist.'),
  offer_closed: kind(409, 'The offer is closed', 'It was accepted or declined already.'),
  doctor_accepts_no_new_patients: kind(
    409,
    'The doctor accepts no new patients',
    'Leave out the doctor, or name another one.',
  ),
  waitlist_entry_exists: kind(
    409,
    'The patient is on the waitlist for this already',
    'entryId names the open entry with the same criteria. Leave that entry first, or change the criteria.',
  ),
  too_many_waitlist_entries: kind(409, 'Too many waitlist entries', 'Leave one of them first.'),
  series_unavailable: kind(
    409,
    'Some dates of the series cannot be booked',
    'occurrences lists them, each with its reasons.',
  ),
  doctor_still_booked: kind(
    409,
    'The doctor still has appointments',
    'Nothing was changed. appointments counts them, appointmentIds names the first 100, and until is when the last of them begins. Move each to another doctor or cancel it, then try again.',
  ),
  doctor_not_found: kind(404, 'There is no such doctor', `See ${pathTo('listDoctors')} for the directory.`),
  appointment_type_not_found: kind(404, 'There is no such appointment type', `See ${pathTo('listAppointmentTypes')}.`),
  appointment_type_exists: kind(
    409,
    'An appointment type with this code exists',
    'Choose another code, or change that type.',
  ),
  location_not_found: kind(404, 'There is no such location', `See ${pathTo('listLocations')}.`),
  location_exists: kind(409, 'A location with this name exists', 'Choose another name, or change that location.'),
  location_in_use: kind(
    409,
    'The location is still in use',
    'Nothing was changed. appointments counts those to come, appointmentIds names the first 100, until is when the last of them begins, and doctorIds names those whose hours are there. Move or cancel the appointments and change the hours, then try again.',
  ),
  resource_not_found: kind(404, 'There is no such room or device', `See ${pathTo('listResources')}.`),
  resource_exists: kind(
    409,
    'The location has a room or device with this name',
    'Choose another name, or change that resource.',
  ),
  resource_in_use: kind(
    409,
    'Appointments are to take the room or device',
    'Nothing was changed. appointments counts them, appointmentIds names the first 100, and until is when the last of them begins. Move or cancel them, then try again.',
  ),
  override_not_found: kind(404, 'There is no such override', 'It was removed already.'),
  override_exists: kind(409, 'There is an override for this date already', 'Remove it first.'),
  rebooking_not_found: kind(404, 'There is no such rebooking', 'Or it is of another doctor.'),
  time_off_not_found: kind(404, 'There is no such time off', 'It was removed already.'),
  holiday_not_found: kind(404, 'There is no such holiday', 'It was removed already.'),
  calendar_feed_not_found: kind(
    404,
    'There is no such calendar link',
    'It was revoked already, or it belongs to somebody else.',
  ),
  too_many_calendar_feeds: kind(409, 'Too many calendar links', 'Revoke a link that is no longer used.'),
} satisfies Readonly<Record<SchedulingErrorCode, ProblemKind>>;
