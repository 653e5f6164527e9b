/** Booking appointments that repeat. */

import type { Decision } from '../../../domain/changes.ts';
import type { BirthDateRequired } from '../../../domain/scheduling/booking.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { AppointmentRecord, BookingNames } from '../../../domain/scheduling/ports.ts';
import { extentOf, type Recurrence } from '../../../domain/scheduling/recurrence.ts';
import { type BookedSeries, bookSeries, type Series, type SeriesRefusal } from '../../../domain/scheduling/series.ts';
import type { VisitMode } from '../../../domain/scheduling/visit-mode.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { LocalDate, LocalTime } from '../../../domain/shared/time.ts';
import { executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { decisionContext } from './actors.ts';
import { newAppointmentAudit } from './audit-events.ts';
import {
  type AuthorisationRefusal,
  authoriseNewBooking,
  birthDateOf,
  bookingLoads,
  unknownDoctors,
} from './booking-authorisation.ts';
import { type SchedulingCommit, withPatientKey } from './keyed-changes.ts';
import { seriesMessages } from './messages.ts';
import { expiryJobs } from './requests.ts';
import { timeConflict } from './time-conflict.ts';
import { venueOf } from './venue.ts';

export interface SeriesInput {
  readonly doctorId: UserId;
  readonly typeCode: string;
  readonly patientId: UserId;
  readonly additionalDoctorIds: readonly UserId[];
  readonly firstDate: LocalDate;
  readonly startTime: LocalTime;
  readonly recurrence: Recurrence;
  readonly mode: 'all_or_nothing' | 'free_ones';
  readonly reason: string | null;
  readonly symptoms: string | null;
  readonly visitMode: VisitMode | null;
  readonly notes: string | null;
}

export interface BookedSeriesRecord {
  readonly patientKey: DataKey;
  readonly series: Series;
  readonly appointments: readonly AppointmentRecord[];
  readonly skipped: SeriesRefusal['occurrences'];
}

export type SeriesBookingRefusal = SeriesRefusal | BirthDateRequired | InvalidFields | AuthorisationRefusal;

export function bookAppointmentSeries(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: SeriesInput,
  represent: (booked: BookedSeriesRecord) => Representation,
) {
  const { count, dates } = extentOf(input.firstDate, input.recurrence, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: bookingLoads(deps, context, actor, input, dates),
      decide: (...loaded): Result<Decision<SchedulingCommit, BookedSeriesRecord>, SeriesBookingRefusal> => {
        const authorised = authoriseNewBooking(actor, input, loaded);
        if (!authorised.ok) return authorised;
        const { subject: patient, state } = authorised.value;
        const unknown = unknownDoctors(state, input.additionalDoctorIds);
        if (unknown !== undefined) return refuse(unknown);
        const booked = bookSeries(
          state,
          { ...input, dateOfBirth: birthDateOf(patient) },
          {
            ...decisionContext(deps, context, actor, state.limits),
            seriesId: newId<'series'>(deps, context.now),
            appointmentIds: Array.from({ length: count }, () => newId<'appointment'>(deps, context.now)),
          },
        );
        if (!booked.ok) return booked;
        const names = { typeCode: state.type.code, ...state };
        return ok(bookedSeriesDecision(deps, context, booked.value, patient, names));
      },
      // The second decision leaves out or names the date that was lost. After a second conflict nothing more is known.
      reloadOnConflict: true,
      onConflict: (code): SeriesBookingRefusal => {
        timeConflict(code);
        return { code: 'series_unavailable', occurrences: [] };
      },
      answerOf: ({ patientKey }) => patientKey,
    },
    represent,
  );
}

function bookedSeriesDecision(
  deps: Deps,
  context: Context,
  { series, appointments, skipped, changes }: BookedSeries,
  patient: { readonly id: UserId; readonly dataKey: DataKey },
  names: BookingNames & Pick<AppointmentRecord, 'typeCode'>,
): Decision<SchedulingCommit, BookedSeriesRecord> {
  const { typeCode, doctorName, limits, proxies } = names;
  const patientKey = patient.dataKey;
  const records = appointments.map((appointment) => ({
    appointment,
    typeCode,
    doctorName,
    venue: venueOf(appointment, changes, names),
    limits,
    patientKey,
  }));
  return decided({
    value: {
      patientKey,
      series,
      appointments: records,
      skipped,
    },
    changes: withPatientKey(deps, context, changes, patientKey),
    audit: [
      {
        type: 'appointment_series.booked',
        stream: series.patientId,
        outcome: skipped.length === 0 ? 'success' : 'partial',
        resource: { type: 'appointment_series', id: series.id },
        details: { doctorId: series.doctorId, booked: appointments.length, skipped: skipped.length },
      },
      ...appointments.map((appointment) => newAppointmentAudit(appointment, { type: typeCode, seriesId: series.id })),
    ],
    messages: seriesMessages({ patient, proxies }, records),
    jobs: expiryJobs(changes, context.now),
  });
}
