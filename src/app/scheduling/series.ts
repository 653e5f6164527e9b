/** Booking appointments that repeat. */
import type { InvalidFields, SeriesRefusal } from '../../../domain/scheduling/errors.ts';
import type { AppointmentRecord } from '../../../domain/scheduling/ports.ts';
import {
  bookSeries,
  MAXIMUM_INTERVAL,
  MAXIMUM_OCCURRENCES,
  occurrenceDates,
  type Recurrence,
  type Series,
} from '../../../domain/scheduling/series.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { type Decision, decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, type LocalDate, type LocalTime } from '../../../domain/shared/time.ts';
import { localDateAt, UTC } from '../../../domain/shared/zone.ts';
import { executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { bookerOf, keyed, mayChange, type SchedulingCommit, schedulingActor, timeConflict } from './acting.ts';
import { seriesMessages } from './messages.ts';

/** No type can be booked further ahead; what lies beyond is refused without being loaded. */
const LONGEST_HORIZON_DAYS = 732;

export interface SeriesInput {
  readonly doctorId: UserId;
  readonly typeCode: string;
  readonly patientId: UserId;
  readonly firstDate: LocalDate;
  readonly startTime: LocalTime;
  readonly recurrence: Recurrence;
  readonly mode: 'all_or_nothing' | 'free_ones';
  readonly reason: string | null;
  readonly symptoms: string | null;
  readonly notes: string | null;
}

export interface BookedSeriesRecord {
  readonly patientKey: DataKey;
  readonly series: Series;
  readonly appointments: readonly AppointmentRecord[];
  readonly skipped: SeriesRefusal['occurrences'];
}

export type SeriesBookingRefusal =
  | SeriesRefusal
  | InvalidFields
  | { readonly code: 'doctor_not_found' }
  | { readonly code: 'appointment_type_not_found' }
  | { readonly code: 'action_not_permitted' }
  | { readonly code: 'not_found' };

export function bookAppointmentSeries(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: SeriesInput,
  represent: (booked: BookedSeriesRecord) => Representation,
) {
  const { scheduling, identity } = deps.loads;
  const { patientId, firstDate, recurrence } = input;
  const count = Math.min(Math.max(recurrence.count, 1), MAXIMUM_OCCURRENCES);
  const interval = Math.min(Math.max(recurrence.interval, 1), MAXIMUM_INTERVAL);
  const last = occurrenceDates(firstDate, { ...recurrence, count, interval }).at(-1) ?? firstDate;
  const furthest = addDays(localDateAt(UTC, context.now), LONGEST_HORIZON_DAYS);
  const to = last > furthest ? furthest : last;
  return executeOnce(
    deps,
    context,
    {
      loads: [
        scheduling.bookingState({
          doctorId: input.doctorId,
          appointmentType: { code: input.typeCode },
          patientId,
          dates: { from: addDays(firstDate, -1), to: to < firstDate ? firstDate : addDays(to, 1) },
          now: context.now,
        }),
        scheduling.appointmentTypes(),
        identity.user(patientId),
        scheduling.mayActFor(bookerOf(actor, context), patientId),
      ],
      decide: (
        state,
        types,
        patient,
        mayActFor,
      ): Result<Decision<SchedulingCommit, BookedSeriesRecord>, SeriesBookingRefusal> => {
        if (patient === undefined || patient.role !== 'patient') return refuse({ code: 'not_found' });
        if (!mayActFor) return refuse({ code: 'not_found' });
        if (!mayChange(actor, { doctorId: input.doctorId })) return refuse({ code: 'action_not_permitted' });
        if (state === undefined) {
          const known = types.some(({ code }) => code === input.typeCode);
          return refuse({ code: known ? 'doctor_not_found' : 'appointment_type_not_found' });
        }
        const seriesId = newId<'series'>(deps, context.now);
        const booked = bookSeries(state, input, {
          actor: schedulingActor(actor),
          now: context.now,
          policy: deps.settings.scheduling,
          seriesId,
          appointmentIds: Array.from({ length: count }, () => newId<'appointment'>(deps, context.now)),
        });
        if (!booked.ok) return booked;
        const { series, appointments, skipped, changes } = booked.value;
        const { doctorName, type } = state;
        return ok(
          decided({
            value: {
              patientKey: patient.dataKey,
              series,
              appointments: appointments.map((appointment) => ({
                appointment,
                typeCode: type.code,
                doctorName,
                patientKey: patient.dataKey,
              })),
              skipped,
            },
            changes: keyed(deps, context, changes, patient.dataKey),
            audit: [
              {
                type: 'appointment_series.booked',
                stream: patientId,
                outcome: skipped.length === 0 ? 'success' : 'partial',
                resource: { type: 'appointment_series', id: seriesId },
                details: { doctorId: input.doctorId, booked: appointments.length, skipped: skipped.length },
              },
              ...appointments.map(
                ({ id }) =>
                  ({
                    type: 'appointment.booked',
                    stream: patientId,
                    outcome: 'success',
                    resource: { type: 'appointment', id },
                    details: { doctorId: input.doctorId, type: type.code, seriesId },
                  }) as const,
              ),
            ],
            messages: seriesMessages(patient, appointments, doctorName, context.now),
          }),
        );
      },
      // Decided again, the date that was lost is left out or named; lost twice, nothing more can be said.
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
