/** The history of an appointment's status. A trigger writes it; the batch of a change names the actor to it. */
import type { AppointmentStatus, MakerKind } from '../../../domain/scheduling/appointment.ts';
import type { AppointmentStep, Channel, StepOrigin } from '../../../domain/scheduling/steps.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import type { Row } from '../driver/driver.ts';
import { type Sql, sql } from '../driver/sql.ts';

/** Names the actor of the changes that follow in the batch. */
export function namedIn({ byKind, channel }: StepOrigin): Sql {
  return sql`SELECT set_config('portal.step_by', ${byKind}, true), set_config('portal.step_channel', ${channel}, true)`;
}

export function stepsOf(id: AppointmentId): Sql {
  return sql`SELECT s.version, s.status, s.at, s.by_kind, s.channel FROM appointment_steps s
    WHERE s.appointment_id = ${id}::uuid ORDER BY s.id`;
}

export function readStep(found: Row): AppointmentStep {
  return {
    version: found.version as number,
    status: found.status as AppointmentStatus,
    at: found.at as number,
    byKind: found.by_kind as MakerKind | null,
    channel: found.channel as Channel | null,
  };
}
