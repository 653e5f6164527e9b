/** The free slots of one doctor, and the earliest slots over many doctors. */
import type { AppointmentTypeNotFound } from '../../../domain/scheduling/appointment-type.ts';
import type { Location } from '../../../domain/scheduling/location.ts';
import { earliestSlots } from '../../../domain/scheduling/next-available.ts';
import type { DoctorFilter } from '../../../domain/scheduling/ports.ts';
import { availableSlots, type Slot } from '../../../domain/scheduling/slots.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, type LocalDate } from '../../../domain/shared/time.ts';
import { localDateAt, UTC, type ZoneId } from '../../../domain/shared/zone.ts';
import type { Context, Deps } from '../context.ts';
import type { RoleActor } from './actors.ts';
import { type BookingStateMissing, bookingStateMissing } from './booking-authorisation.ts';

/** The slots of one doctor, with the locations that they name. */
export interface ListedSlots {
  readonly slots: readonly Slot[];
  readonly timezone: ZoneId;
  readonly locations: readonly Location[];
}

/**
 * Every slot that starts on these dates in the doctor's zone. For a doctor who accepts no new patients, empty unless the
 * viewer is a patient of that doctor, or the clinic. For a type that only the clinic books, empty unless the viewer is the clinic.
 */
export async function listSlots(
  deps: Deps,
  context: Context,
  query: {
    readonly doctorId: UserId;
    readonly typeCode: string;
    readonly from: LocalDate;
    readonly to: LocalDate;
    readonly viewer: RoleActor | null;
  },
): Promise<Result<ListedSlots, BookingStateMissing>> {
  const { doctorId, typeCode, from, to, viewer } = query;
  const [state, types] = await deps.database.load(
    deps.loads.scheduling.bookingState({
      doctorId,
      appointmentType: { code: typeCode },
      patientId: viewer?.userId ?? null,
      dates: { from, to },
      now: context.now,
    }),
    deps.loads.scheduling.appointmentTypes(),
  );
  if (state === undefined) return refuse(bookingStateMissing(types, typeCode));
  if (!state.doctor.active) return refuse({ code: 'doctor_not_found' });
  const { availability, type, busy, doctor, resources } = state;
  const mayBook = type.bookableBy === 'everyone' || isClinic(viewer);
  const slots =
    mayBook && (doctor.acceptingPatients || state.isKnownPatient || isClinic(viewer))
      ? availableSlots({ availability, type, from, to, now: context.now, busy, resources })
      : [];
  return ok({ slots, timezone: availability.timezone, locations: state.locations });
}

const isClinic = (viewer: RoleActor | null) => viewer !== null && viewer.role !== 'patient';

/** How many days from the first date are searched. */
export const SEARCHED_DAYS = 92;

/** A slot with its doctor and zone. */
export interface OfferedSlot {
  readonly slot: Slot;
  readonly doctorName: string;
  readonly timezone: ZoneId;
}

/**
 * The earliest free slots over all doctors who match and accept new patients or treat the viewer, ordered by start.
 * @param query.from the first local date. Default: today in the zone of each doctor
 */
export async function nextAvailable(
  deps: Deps,
  context: Context,
  query: {
    readonly typeCode: string;
    readonly filter: DoctorFilter;
    readonly from: LocalDate | null;
    readonly limit: number;
    readonly viewer: RoleActor | null;
  },
): Promise<
  Result<
    {
      readonly slots: readonly OfferedSlot[];
      readonly searchedUntil: LocalDate;
      readonly locations: readonly Location[];
    },
    AppointmentTypeNotFound
  >
> {
  const { now } = context;
  // In some zones it is still yesterday by UTC.
  const from = query.from ?? addDays(localDateAt(UTC, now), -1);
  const to = addDays(from, SEARCHED_DAYS);
  const [types, schedules, resources, locations] = await deps.database.load(
    deps.loads.scheduling.appointmentTypes(),
    deps.loads.scheduling.schedules(query.filter, { from, to }, query.viewer?.userId ?? null, now),
    deps.loads.scheduling.resourceState(query.typeCode, { from, to }, now),
    deps.loads.scheduling.locations(),
  );
  const type = types.find(({ code }) => code === query.typeCode);
  if (type === undefined) return refuse({ code: 'appointment_type_not_found' });
  if (type.bookableBy === 'clinic' && !isClinic(query.viewer)) return ok({ slots: [], searchedUntil: to, locations });
  const byDoctor = new Map(schedules.map((schedule) => [schedule.doctor.id, schedule]));
  const queries = schedules.map(({ availability, busy }) => ({ availability, busy, type, from, to, now, resources }));
  const slots = earliestSlots(queries, query.limit).flatMap((slot) => {
    const schedule = byDoctor.get(slot.doctorId);
    return schedule === undefined
      ? []
      : [{ slot, doctorName: schedule.name, timezone: schedule.availability.timezone }];
  });
  return ok({ slots, searchedUntil: to, locations });
}
