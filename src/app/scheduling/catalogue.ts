/** Appointment types and the directory of doctors. */

import type { AuditEventType } from '../../../domain/audit-catalog.ts';
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import {
  type AppointmentType,
  type AppointmentTypeExists,
  type AppointmentTypeNotFound,
  type AppointmentTypeSettings,
  validateAppointmentType,
} from '../../../domain/scheduling/appointment-type.ts';
import type { Doctor, DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { DirectoryEntry } from '../../../domain/scheduling/ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentTypeId, UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../../../domain/shared/version.ts';
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { mayManage, openedJob } from './availability.ts';

function typeAudit(type: AuditEventType, { id, code }: AppointmentType) {
  return {
    type,
    stream: 'system',
    outcome: 'success',
    resource: { type: 'appointment_type', id },
    details: { code },
  } as const;
}

export function createType(
  deps: Deps,
  context: Context,
  settings: AppointmentTypeSettings,
  represent: (type: AppointmentType) => Representation,
) {
  const id = newId<'appointment_type'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [],
      decide: (): Result<Decision<StoredSchedulingChange, AppointmentType>, InvalidFields | AppointmentTypeExists> => {
        const valid = validateAppointmentType(settings);
        if (!valid.ok) return valid;
        const appointmentType = { ...valid.value, id, version: 1 };
        return ok(
          decided({
            value: appointmentType,
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

/** Appointments that are already booked keep their duration and buffers. */
/** What a client that was written before these settings existed leaves out when it changes a type. */
type LaterSetting = 'capacity' | 'requires' | 'visitModes';
type ChangedSettings = Omit<AppointmentTypeSettings, LaterSetting> & {
  readonly [Name in LaterSetting]?: AppointmentTypeSettings[Name] | undefined;
};

export function changeType(
  deps: Deps,
  context: Context,
  id: AppointmentTypeId,
  settings: ChangedSettings,
  expected: ExpectedVersion,
) {
  type Refusal = InvalidFields | AppointmentTypeExists | AppointmentTypeNotFound | StaleVersion;
  return execute(deps, context, {
    loads: [deps.loads.scheduling.appointmentTypes()],
    decide: (types): Result<Decision<StoredSchedulingChange, AppointmentType>, Refusal> => {
      const current = types.find((type) => type.id === id);
      if (current === undefined) return refuse({ code: 'appointment_type_not_found' });
      const { version } = current;
      const stale = staleness(current, expected);
      if (stale !== undefined) return refuse(stale);
      const valid = validateAppointmentType({
        ...settings,
        capacity: settings.capacity ?? current.capacity,
        requires: settings.requires ?? current.requires,
        visitModes: settings.visitModes ?? current.visitModes,
      });
      if (!valid.ok) return valid;
      const appointmentType = { ...valid.value, id, version: version + 1 };
      return ok(
        decided({
          value: appointmentType,
          changes: [{ type: 'appointment_type.changed', appointmentType, expectedVersion: version }],
          audit: [typeAudit('appointment_type.updated', appointmentType)],
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
