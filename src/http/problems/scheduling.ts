/** Problems of appointments, holds, the waitlist and proxies. */
import type { SchedulingErrorCode as RefusalCode } from '../../../domain/scheduling/errors.ts';
import type { StaleVersion } from '../../../domain/shared/version.ts';
import { CLINIC_PROBLEMS } from './clinic.ts';
import { kind, type ProblemKind } from './kind.ts';

/** A stale version fails the precondition that named it: `precondition_failed` stands for both. */
export type SchedulingErrorCode = Exclude<RefusalCode, StaleVersion['code']>;

export const SCHEDULING_PROBLEMS = {
  invalid_fields: kind(
    422,
    'Some fields are not valid',
    'Each entry of errors points at a field (RFC 6901) and says what was expected.',
    'Each field is well formed, but together they contradict each other, for example hours that overlap.',
  ),
  slot_taken: kind(
    409,
    'The time has just been taken',
    'Choose another time; alternatives lists the nearest free ones. The clinic may book over up to three appointments with overbook and exceptionReason.',
    'Somebody else booked or held the time after you saw it.',
  ),
  slot_unavailable: kind(
    422,
    'The time cannot be booked',
    'reasons lists every obstacle, alternatives the nearest free times.',
    'Rules of the doctor, the appointment type or the calendar do not allow this time. All of them are listed.',
  ),
  birth_date_required: kind(
    422,
    'The date of birth is missing',
    'It is asked before the first appointment: give it in the profile of the patient. The clinic may book without it and ask later: acknowledge `birth_date_required`.',
    'The patient has no appointment yet, and the date of birth is not known.',
  ),
  proxy_not_possible: kind(
    422,
    'This person cannot act for the patient',
    'The person needs an active account as a patient, and is not the patient. The end must be in the future; a parent acts for a child who is not of age.',
    'The person has no active account as a patient, or is the patient; or the end has passed already.',
  ),
  proxy_exists: kind(
    409,
    'The person acts for the patient already',
    'End that first if the ground or the end changes.',
    'One that is in force names the same two people.',
  ),
  proxy_closed: kind(
    409,
    'This has ended',
    'It was ended, has expired or was accepted already.',
    'It was ended, its end has passed, or the request was accepted or is older than 7 days.',
  ),
  too_many_proxies: kind(
    409,
    'Too many people act for the patient',
    'End one that is no longer needed.',
    'The patient has as many people and requests as limit says.',
  ),
  hold_not_found: kind(
    404,
    'There is no such hold',
    'It was released or used, or it belongs to somebody else.',
    'The hold was used or released, or belongs to somebody else.',
  ),
  hold_expired: kind(
    409,
    'The hold has expired',
    'Hold the time again, or book it directly.',
    'A hold lives for ten minutes.',
  ),
  hold_mismatch: kind(
    422,
    'The hold does not match the booking',
    'Book the doctor, time and appointment type that were held.',
    'The booking names another doctor, time, type or patient than the hold does.',
  ),
  too_many_holds: kind(
    409,
    'Too many times are held already',
    'Book or release one of them first.',
    'One person may hold at most limit times at once.',
  ),
  appointment_not_found: kind(
    404,
    'There is no such appointment',
    'It does not exist, or you may not see it.',
    'It does not exist, or you may not see it.',
  ),
  invalid_transition: kind(
    409,
    'The status of the appointment does not allow this',
    'Read the appointment: _links lists what can be done now.',
    'The appointment cannot go from its current status (from) to the requested one (to).',
  ),
  appointment_closed: kind(
    409,
    'The appointment is over',
    'A cancelled, completed or missed appointment cannot be changed.',
    'The appointment was cancelled, took place or was missed, as currentStatus says.',
  ),
  action_not_permitted: kind(
    403,
    'You may not do this',
    'Only the doctor of the appointment, or reception, may change the time of this doctor.',
    'Only the clinic, or the doctor of the appointment, may do this.',
  ),
  too_late_to_cancel: kind(
    409,
    'It is too late to cancel',
    'Call the clinic.',
    'The clinic requires notice: the last moment was until.',
  ),
  too_late_to_reschedule: kind(
    409,
    'It is too late to move the appointment',
    'Call the clinic.',
    'The clinic requires notice: the last moment was until.',
  ),
  too_many_reschedules: kind(
    409,
    'The appointment was moved too often',
    'Call the clinic.',
    'Patients may move one appointment at most limit times.',
  ),
  too_early: kind(
    409,
    'It is too early for this',
    'from says when it becomes possible. Until then _links does not offer it.',
    'The step is possible only from a time before or after the start of the appointment: from.',
  ),
  nothing_to_undo: kind(
    409,
    'There is no step to undo',
    'An arrival, a room, a check-in, a completion, a departure, a no-show and a cancellation can be undone. currentStatus is what the appointment is now.',
    'The appointment is requested, scheduled or confirmed, or its history does not tell the status before.',
  ),
  too_late_to_undo: kind(
    409,
    'It is too late to undo this',
    'A step can be undone until the end of the day on which it was made: until says when that was.',
    'The step was made on an earlier day, in the time zone of the appointment. It could be undone until until.',
  ),
  intake_not_found: kind(
    404,
    'Nothing is asked before this visit',
    'Its type had no questions when it was booked.',
    'The type asked no questions when the appointment was booked, or what is stored cannot be read: damaged names intake then.',
  ),
  waitlist_entry_not_found: kind(
    404,
    'There is no such waitlist entry',
    'It does not exist, or you may not see it.',
    'It does not exist, or you may not see it.',
  ),
  waitlist_entry_closed: kind(
    409,
    'The waitlist entry is closed',
    'Join the waitlist again.',
    'The entry was withdrawn, has led to a booking, or its dates are over.',
  ),
  offer_not_found: kind(
    404,
    'There is no such offer',
    'It does not exist, or you may not see it.',
    'It does not exist, or you may not see it.',
  ),
  offer_expired: kind(
    409,
    'The offer has expired',
    'The time was offered to the next person on the waitlist.',
    'The offer expired before it was accepted.',
  ),
  offer_closed: kind(
    409,
    'The offer is closed',
    'It was accepted or declined already.',
    'The offer was answered before.',
  ),
  give_back_mismatch: kind(
    422,
    'This appointment cannot be given back for the offer',
    'Name a later appointment of the same patient and type, or leave giveBack out.',
    'The appointment in giveBack is of another patient or type, or does not begin after the offered time.',
  ),
  doctor_accepts_no_new_patients: kind(
    409,
    'The doctor accepts no new patients',
    'Leave out the doctor, or name another one.',
    'The entry names a doctor who treats own patients alone, and the patient is none of them.',
  ),
  waitlist_entry_exists: kind(
    409,
    'The patient is on the waitlist for this already',
    'entryId names the open entry with the same criteria. Leave that entry first, or change the criteria.',
    'An open entry of the patient has the same doctor, type, dates and hours.',
  ),
  too_many_waitlist_entries: kind(
    409,
    'Too many waitlist entries',
    'Leave one of them first.',
    'One patient may have at most limit open entries.',
  ),
  series_unavailable: kind(
    409,
    'Some dates of the series cannot be booked',
    'occurrences lists them, each with its reasons.',
    'At least one date of the series cannot be booked, and mode is all_or_nothing.',
  ),
  ...CLINIC_PROBLEMS,
  calendar_feed_not_found: kind(
    404,
    'There is no such calendar link',
    'It was revoked already, or it belongs to somebody else.',
    'The id names no feed of yours.',
  ),
  too_many_calendar_feeds: kind(
    409,
    'Too many calendar links',
    'Revoke a link that is no longer used.',
    'An account may have at most limit calendar links.',
  ),
} satisfies Readonly<Record<SchedulingErrorCode, ProblemKind>>;
