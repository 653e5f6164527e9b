/** The free slots of one doctor, and the earliest slots over many doctors. */
import type { AppointmentTypeNotFound } from '../../../domain/scheduling/appointment-type.ts';
import {
  doctorsAtOnce,
  firstWindow,
  nextWindow,
  SEARCHED_DAYS,
  type SearchWindow,
} from '../../../domain/scheduling/earliest-search.ts';
import type { Location } from '../../../domain/scheduling/location.ts';
import { earliestSlots } from '../../../domain/scheduling/next-available.ts';
import type { BookingNames, DateRange, DoctorFilter, SearchedDoctor } from '../../../domain/scheduling/ports.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import { availableSlots, type Slot, type SlotQuery } from '../../../domain/scheduling/slots.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, type Instant, type LocalDate } from '../../../domain/shared/time.ts';
import { localDateAt, UTC, type ZoneId } from '../../../domain/shared/zone.ts';
import { cachedPart } from '../cache/cached.ts';
import { type CachedAvailability, cacheReads } from '../cache/kinds.ts';
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
  const dates = { from, to };
  const state = await cachedPart(
    deps,
    cacheReads.availability({ doctorId, typeCode, ...dates }),
    deps.loads.scheduling.bookingState({
      ...{ doctorId, dates, appointmentType: { code: typeCode }, patientId: viewer?.userId ?? null, now: context.now },
    }),
    forEverybody,
  );
  if (state === undefined) {
    const [types] = await deps.database.load(deps.loads.scheduling.appointmentTypes());
    return refuse(bookingStateMissing(types, typeCode));
  }
  if (!state.doctor.active) return refuse({ code: 'doctor_not_found' });
  const { availability, type, busy, doctor, resources } = state;
  const mayBook = type.bookableBy === 'everyone' || isClinic(viewer);
  const slots =
    mayBook && (doctor.acceptingPatients || isClinic(viewer) || ('isKnownPatient' in state && state.isKnownPatient))
      ? availableSlots({ availability, type, from, to, now: context.now, busy, resources })
      : [];
  return ok({ slots, timezone: availability.timezone, locations: state.locations });
}

/**
 * What does not depend on who asks. Of a doctor who takes no new patients the answer does; and changes do not tell whose rooms
 * and devices they free.
 */
function forEverybody(state: (BookingState & BookingNames) | undefined): CachedAvailability | undefined {
  if (state === undefined || !state.doctor.acceptingPatients || state.type.requires.length > 0) return undefined;
  const { availability, busy, doctor, resources, type, locations } = state;
  return { availability, busy, doctor, resources, type, locations };
}

const isClinic = (viewer: RoleActor | null) => viewer !== null && viewer.role !== 'patient';

/** A slot with its doctor and zone. */
export interface OfferedSlot {
  readonly slot: Slot;
  readonly doctorName: string;
  readonly timezone: ZoneId;
}

interface EarliestQuery {
  readonly typeCode: string;
  readonly filter: DoctorFilter;
  readonly from: LocalDate | null;
  /** The last local date, if it comes before the days that are searched end. */
  readonly to?: LocalDate;
  readonly limit: number;
  readonly viewer: RoleActor | null;
}

/**
 * The earliest free slots over all doctors who match and accept new patients or treat the viewer, ordered by start. Costs one
 * round trip if a day has enough of them; see {@link nextWindow} for the others.
 * @param query.from the first local date. Default: today in the zone of each doctor
 */
export async function nextAvailable(
  deps: Deps,
  context: Context,
  query: EarliestQuery,
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
  const furthest = addDays(from, SEARCHED_DAYS);
  const dates = { from, to: query.to !== undefined && query.to < furthest ? query.to : furthest };
  const slots: OfferedSlot[] = [];
  let locations: readonly Location[] = [];
  let window: SearchWindow | undefined = firstWindow(dates, now);
  while (window !== undefined && slots.length < query.limit) {
    const found = await earliestIn(deps, context, { ...query, limit: query.limit - slots.length }, dates, window);
    if (found.type === undefined) return refuse({ code: 'appointment_type_not_found' });
    if (found.type.bookableBy === 'clinic' && !isClinic(query.viewer)) break;
    slots.push(...found.slots);
    locations = found.locations;
    window = nextWindow(window, found.time, found.type, now);
  }
  return ok({ slots, searchedUntil: dates.to, locations });
}

/** The earliest slots of a window. Doctors after the first page are asked only for times before the last slot found. */
async function earliestIn(
  { database, loads: { scheduling } }: Deps,
  { now }: Context,
  { typeCode, filter, limit, viewer }: EarliestQuery,
  dates: DateRange,
  window: SearchWindow,
) {
  const page = (after: UserId | null, until: Instant) =>
    database.load(
      scheduling.searched({
        ...{ typeCode, filter, after, now, doctors: doctorsAtOnce(window) },
        window: { ...window, until },
        patientId: viewer?.userId ?? null,
      }),
      scheduling.locations(),
    );
  let [read, locations] = await page(null, window.until);
  const { type, time } = read;
  let slots: OfferedSlot[] = [];
  while (type !== undefined) {
    const asked = { type, ...dates, now, within: read.time, resources: read.resources };
    slots = earliestOf(slots, offeredSlots(read.found, asked, limit), limit);
    const last = read.found.at(-1);
    if (!read.continues || last === undefined) break;
    [read, locations] = await page(last.availability.doctorId, slots[limit - 1]?.slot.start ?? window.until);
  }
  return { type, time, slots, locations };
}

function offeredSlots(
  found: readonly SearchedDoctor[],
  asked: Omit<SlotQuery, 'availability' | 'busy' | 'taken'>,
  limit: number,
): OfferedSlot[] {
  const byId = new Map(found.map((doctor) => [doctor.availability.doctorId, doctor]));
  const queries = found.map(({ availability, busy, taken }) => ({ ...asked, availability, busy, taken }));
  return earliestSlots(queries, limit).flatMap((slot) => {
    const doctor = byId.get(slot.doctorId);
    return doctor === undefined ? [] : [{ slot, doctorName: doctor.name, timezone: doctor.availability.timezone }];
  });
}

/** Of slots that start together, those found first come first. */
function earliestOf(before: readonly OfferedSlot[], found: readonly OfferedSlot[], limit: number): OfferedSlot[] {
  return [...before, ...found].sort((a, b) => a.slot.start - b.slot.start).slice(0, limit);
}
