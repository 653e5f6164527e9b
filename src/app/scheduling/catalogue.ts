/** Appointment types and the directory of doctors. */

import type { AuditEventType } from '../../../domain/audit-catalog.ts';
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import {
  type AppointmentType,
  type AppointmentTypeExists,
  type AppointmentTypeNotFound,
  type AppointmentTypeSettings,
  MAXIMUM_DOCTORS,
  validateAppointmentType,
} from '../../../domain/scheduling/appointment-type.ts';
import type { Doctor, DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { ChosenLimits } from '../../../domain/scheduling/policy.ts';
import type { DirectoryEntry } from '../../../domain/scheduling/ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentTypeId, UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../../../domain/shared/version.ts';
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { mayManage, openedJob } from './availability.ts';
import { matchEverythingJob } from './opened-time-jobs.ts';
import { endUnservedJobs } from './unserved-jobs.ts';

function typeAudit(type: AuditEventType, { id, code }: AppointmentType) {
  return {
    type,
    stream: 'system',
    outcome: 'success',
    resource: { type: 'appointment_type', id },
    details: { code },
  } as const;
}

/** A type, with the limits of the clinic that apply where the type says nothing. */
export interface TypeRecord {
  readonly type: AppointmentType;
  readonly limits: ChosenLimits;
}

export function createType(
  deps: Deps,
  context: Context,
  settings: AppointmentTypeSettings,
  represent: (record: TypeRecord) => Representation,
) {
  const id = newId<'appointment_type'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [namedDoctors(deps, settings.doctorIds), deps.loads.scheduling.limits()],
      decide: (
        doctors,
        limits,
      ): Result<Decision<StoredSchedulingChange, TypeRecord>, InvalidFields | AppointmentTypeExists> => {
        const valid = validateAppointmentType(settings, idsOf(doctors));
        if (!valid.ok) return valid;
        const appointmentType = { ...valid.value, id, version: 1 };
        return ok(
          decided({
            value: { type: appointmentType, limits },
            changes: [{ type: 'appointment_type.created', appointmentType }],
            audit: [typeAudit('appointment_type.created', appointmentType)],
          }),
        );
      },
      onConflict: onlyConflict('appointment_type_exists'),
      answerOf: 'caller',
    },
    represent,
  );
}

/** What a client that was written before these settings existed leaves out when it changes a type. */
const LATER = [
  'capacity',
  'requires',
  'visitModes',
  'bookableBy',
  'requiresApproval',
  'questions',
  'doctorIds',
  'sameDayFrom',
  'patientOpenLimit',
  'patientDailyLimit',
  'patientGapDays',
  'cancelNoticeMinutes',
  'rescheduleNoticeMinutes',
] as const satisfies readonly (keyof AppointmentTypeSettings)[];
type LaterSetting = (typeof LATER)[number];
type ChangedSettings = Omit<AppointmentTypeSettings, LaterSetting> & {
  readonly [Name in LaterSetting]?: AppointmentTypeSettings[Name] | undefined;
};

/** The settings as sent; those that were left out as they are. */
function withLater(current: AppointmentTypeSettings, settings: ChangedSettings): AppointmentTypeSettings {
  const later = LATER.map((name) => [name, settings[name] === undefined ? current[name] : settings[name]]);
  return { ...settings, ...(Object.fromEntries(later) as Pick<AppointmentTypeSettings, LaterSetting>) };
}

function namedDoctors({ loads }: Deps, doctorIds: readonly UserId[] | null | undefined) {
  const filter = { specialty: null, text: null, doctorIds: doctorIds ?? [] };
  return loads.scheduling.doctors(filter, { after: null, limit: MAXIMUM_DOCTORS });
}

const idsOf = (entries: readonly DirectoryEntry[]) => entries.map(({ doctor }) => doctor.id);

/** Appointments that are already booked keep their duration, their buffers and what their patients may do with them. */
export function changeType(
  deps: Deps,
  context: Context,
  id: AppointmentTypeId,
  settings: ChangedSettings,
  expected: ExpectedVersion,
) {
  type Refusal = InvalidFields | AppointmentTypeExists | AppointmentTypeNotFound | StaleVersion;
  return execute(deps, context, {
    loads: [
      deps.loads.scheduling.appointmentTypes(),
      namedDoctors(deps, settings.doctorIds),
      deps.loads.scheduling.limits(),
    ],
    decide: (types, doctors, limits): Result<Decision<StoredSchedulingChange, TypeRecord>, Refusal> => {
      const current = types.find((type) => type.id === id);
      if (current === undefined) return refuse({ code: 'appointment_type_not_found' });
      const { version } = current;
      const stale = staleness(current, expected);
      if (stale !== undefined) return refuse(stale);
      // A doctor who has left may stay in the list.
      const known = [...idsOf(doctors), ...(current.doctorIds ?? [])];
      const valid = validateAppointmentType(withLater(current, settings), known);
      if (!valid.ok) return valid;
      const appointmentType = { ...valid.value, id, version: version + 1 };
      return ok(
        decided({
          value: { type: appointmentType, limits },
          changes: [{ type: 'appointment_type.changed', appointmentType, expectedVersion: version }],
          audit: [typeAudit('appointment_type.updated', appointmentType)],
          jobs: [
            ...(appointmentType.active ? [matchEverythingJob(context.now)] : []),
            ...endUnservedJobs(current, appointmentType),
          ],
        }),
      );
    },
    onConflict: onlyConflict('appointment_type_exists'),
  });
}

export function changeDoctor(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: UserId,
  settings: Pick<Doctor, 'specialty' | 'languages' | 'bio' | 'acceptingPatients'> & Partial<Pick<Doctor, 'videoLink'>>,
  expected: ExpectedVersion,
) {
  type Refusal = DoctorNotFound | StaleVersion;
  return execute(deps, context, {
    loads: [deps.loads.scheduling.doctor(id)],
    decide: (entry): Result<Decision<StoredSchedulingChange, DirectoryEntry>, Refusal> => {
      if (entry === undefined || !mayManage(actor, id)) return refuse({ code: 'doctor_not_found' });
      const { version, acceptingPatients } = entry.doctor;
      const stale = staleness(entry.doctor, expected);
      if (stale !== undefined) return refuse(stale);
      const doctor = { ...entry.doctor, ...settings, version: version + 1 };
      return ok(
        decided({
          value: { ...entry, doctor },
          changes: [{ type: 'doctor.changed', doctor, expectedVersion: version }],
          audit: [
            {
              type: 'doctor.updated',
              stream: id,
              outcome: 'success',
              resource: { type: 'doctor', id },
              details: { acceptingPatients: doctor.acceptingPatients },
            },
          ],
          jobs: doctor.acceptingPatients && !acceptingPatients ? [openedJob(id, context.now)] : [],
        }),
      );
    },
  });
}
