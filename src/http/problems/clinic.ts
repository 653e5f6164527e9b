/** Problems of what a clinic sets up for appointments: doctors, types, locations, resources, hours. */
import type { SchedulingErrorCode } from '../../../domain/scheduling/errors.ts';
import { pathTo, requestOf } from '../links.ts';
import { kind, type ProblemKind } from './kind.ts';

export const CLINIC_PROBLEMS = {
  doctor_still_booked: kind(
    409,
    'The doctor still has appointments',
    'Nothing was changed. appointments counts them up to 1,000, appointmentIds names the first 100, and until is when the last of them begins. Move each to another doctor or cancel it, then try again.',
    'The doctor still has appointments, so the account cannot be closed and its role cannot be changed.',
  ),
  doctor_not_found: kind(
    404,
    'There is no such doctor',
    `See ${pathTo('listDoctors')} for the directory.`,
    'There is no doctor with this id.',
  ),
  appointment_type_not_found: kind(
    404,
    'There is no such appointment type',
    `See ${pathTo('listAppointmentTypes')}.`,
    'There is no appointment type with this code or id.',
  ),
  appointment_type_exists: kind(
    409,
    'An appointment type with this code exists',
    'Choose another code, or change that type.',
    'Codes are unique within the clinic.',
  ),
  location_not_found: kind(
    404,
    'There is no such location',
    `See ${pathTo('listLocations')}.`,
    'The clinic has no open location with this id.',
  ),
  location_exists: kind(
    409,
    'A location with this name exists',
    'Choose another name, or change that location.',
    'Names of locations are unique.',
  ),
  location_in_use: kind(
    409,
    'The location is still in use',
    'Nothing was changed. appointments counts those to come up to 1,000, appointmentIds names the first 100, until is when the last of them begins, and doctorIds names those whose hours are there. Move or cancel the appointments and change the hours, then try again.',
    'The location was to be closed or moved to another time zone while appointments or hours are there.',
  ),
  resource_not_found: kind(
    404,
    'There is no such room or device',
    `See ${pathTo('listResources')}.`,
    'The clinic has no room or device with this id.',
  ),
  resource_exists: kind(
    409,
    'The location has a room or device with this name',
    'Choose another name, or change that resource.',
    'Names of rooms and devices are unique within a location.',
  ),
  resource_in_use: kind(
    409,
    'Appointments are to take the room or device',
    'Nothing was changed. appointments counts them up to 1,000, appointmentIds names the first 100, and until is when the last of them begins. Move or cancel them, then try again.',
    'The room or device was to be taken out of use, or to another location or kind, while appointments are to take it.',
  ),
  override_not_found: kind(
    404,
    'There is no such override',
    'The doctor of the path has no override with this id: it was removed, or it is of another doctor.',
    'The doctor has no override with this id.',
  ),
  override_exists: kind(
    409,
    'There is an override for this date already',
    `Replace that one (${requestOf('updateOverride')}), or remove it first.`,
    'A date has at most one override.',
  ),
  rebooking_not_found: kind(
    404,
    'There is no such rebooking',
    'Or it is of another doctor.',
    'There is no rebooking with this id, or it is of another doctor.',
  ),
  time_off_not_found: kind(
    404,
    'There is no such time off',
    'The doctor of the path has no time off with this id: it was removed, or it is of another doctor.',
    'The doctor has no time off with this id.',
  ),
  time_off_exists: kind(
    409,
    'The same time off was entered already',
    `Nothing was changed. See ${requestOf('listTimeOff')}.`,
    'The doctor has time off with the same dates, times and reason.',
  ),
  holiday_not_found: kind(
    404,
    'There is no such holiday',
    'The clinic has no holiday with this id. It may have been removed.',
    'The clinic has no holiday with this id.',
  ),
  holiday_exists: kind(
    409,
    'The same holiday was entered already',
    `Nothing was changed. See ${pathTo('listHolidays')}.`,
    'The clinic has a holiday with the same dates and name, and with the same recurrence.',
  ),
} satisfies Readonly<Partial<Record<SchedulingErrorCode, ProblemKind>>>;
