/** What the front desk reads to run its day. Each read is recorded once for each patient that it shows. */
import type { AppointmentType } from '../../../domain/scheduling/appointment-type.ts';
import { type DoctorDay, dayOf } from '../../../domain/scheduling/day-sheet.ts';
import type {
  ClinicAppointment,
  ClinicEntry,
  DayBounds,
  DayQuery,
  EntryFilter,
  EntryPlace,
} from '../../../domain/scheduling/front-desk-ports.ts';
import type { AppointmentFilter, DoctorSchedule, Page } from '../../../domain/scheduling/ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import type { Context, Deps } from '../context.ts';

/** Reads a page of the clinic's appointments with their patients: for a doctor, own ones and those of own patients. */
export function readClinicAppointments(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  filter: AppointmentFilter,
  page: Page<{ readonly start: Instant; readonly id: AppointmentId }>,
): Promise<ClinicAppointment[]> {
  const entries = Array.from({ length: page.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'appointment.listed', stream: actor.userId, outcome: 'success' }),
  );
  return deps.database.loadRecorded(
    deps.loads.frontDesk.appointmentsRead(filter, viewerOf(actor, context), page),
    entries,
  );
}

const DAY_BOUNDS: DayBounds = { doctors: 8, appointmentsOfDoctor: 40 };

export interface DaySheet {
  readonly doctors: readonly {
    readonly schedule: DoctorSchedule;
    readonly day: DoctorDay;
    readonly appointments: readonly ClinicAppointment[];
    /** How many there are that the caller may see; more than `appointments` when the sheet does not show all. */
    readonly appointmentCount: number;
  }[];
  readonly types: readonly AppointmentType[];
  /** The last doctor of this sheet, when there are further doctors. */
  readonly continueAfter: UserId | null;
}

/** The day of several doctors in one round trip. */
export async function readDaySheet(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  query: Pick<DayQuery, 'date' | 'doctorIds' | 'after'>,
): Promise<DaySheet> {
  const doctors = Math.min(DAY_BOUNDS.doctors, query.doctorIds?.length ?? DAY_BOUNDS.doctors);
  const entries = Array.from({ length: doctors * DAY_BOUNDS.appointmentsOfDoctor }, () =>
    recordEvent(deps, context, { type: 'appointment.listed', stream: actor.userId, outcome: 'success' }),
  );
  const { schedules, appointments, counts, types, waiting, resources } = await deps.database.loadRecorded(
    deps.loads.frontDesk.dayRead({ ...query, now: context.now, bounds: DAY_BOUNDS }, viewerOf(actor, context)),
    entries,
  );
  const shown = schedules.slice(0, DAY_BOUNDS.doctors);
  return {
    doctors: shown.map((schedule) => ({
      schedule,
      day: dayOf(schedule, { date: query.date, now: context.now, types, waiting, resources }),
      appointments: appointments.get(schedule.doctor.id) ?? [],
      appointmentCount: counts.get(schedule.doctor.id) ?? 0,
    })),
    types,
    continueAfter: schedules.length > shown.length ? (shown.at(-1)?.doctor.id ?? null) : null,
  };
}

/** Reads a page of the clinic's waitlist: for a doctor, the entries of own patients. */
export function readClinicWaitlist(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  filter: EntryFilter,
  page: Page<EntryPlace>,
): Promise<ClinicEntry[]> {
  const entries = Array.from({ length: page.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'waitlist.listed', stream: actor.userId, outcome: 'success' }),
  );
  return deps.database.loadRecorded(deps.loads.frontDesk.entriesRead(filter, viewerOf(actor, context), page), entries);
}
