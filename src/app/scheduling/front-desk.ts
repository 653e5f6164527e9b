/** What the front desk reads to run its day. Each read is recorded once for each patient that it shows. */
import type { ClinicAppointment } from '../../../domain/scheduling/front-desk-ports.ts';
import type { AppointmentFilter, Page } from '../../../domain/scheduling/ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
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
