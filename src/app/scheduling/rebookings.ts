/** How far a rebooking has come, and giving up all appointments to come of a doctor. */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import { type BookedHours, lossesOf } from '../../../domain/scheduling/affected.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { RebookingId } from '../../../domain/scheduling/ids.ts';
import type { DirectoryEntry } from '../../../domain/scheduling/ports.ts';
import type { RebookingNotFound } from '../../../domain/scheduling/rebooking.ts';
import type {
  RebookedAppointment,
  RebookedState,
  RebookingFilter,
  RebookingLoads,
  RebookingProgress,
} from '../../../domain/scheduling/rebooking-ports.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { type AffectedInput, type AffectedSummary, type Affecting, otherDoctor, overLosses } from './affected.ts';
import { mayManage, shownDates } from './availability.ts';

/** For whoever may set the hours of its doctor. */
export async function readRebooking(
  deps: Deps,
  actor: KnownActor,
  id: RebookingId,
): Promise<Result<RebookingProgress, RebookingNotFound>> {
  const [progress] = await deps.database.load(deps.loads.rebookings.progress(id));
  return progress === undefined || !mayManage(actor, progress.rebooking.doctorId)
    ? refuse({ code: 'rebooking_not_found' })
    : ok(progress);
}

/** A page of the clinic's rebookings; of a doctor, the own ones. */
export async function readRebookings(
  deps: Deps,
  actor: KnownActor,
  { doctorId, state }: RebookingFilter,
  page: Parameters<RebookingLoads['rebookings']>[1],
): Promise<readonly RebookingProgress[]> {
  if (doctorId !== null && !mayManage(actor, doctorId)) return [];
  const whose = actor.role === 'doctor' ? actor.userId : doctorId;
  const [found] = await deps.database.load(deps.loads.rebookings.rebookings({ doctorId: whose, state }, page));
  return found;
}

/** A page of the appointments of a rebooking with their patients. Recorded for each patient whom it shows. */
export async function readRebooked(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  id: RebookingId,
  state: RebookedState | null,
  page: Parameters<RebookingLoads['rebookedRead']>[3],
): Promise<Result<readonly RebookedAppointment[], RebookingNotFound>> {
  const entries = Array.from({ length: page.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'appointment.listed', stream: actor.userId, outcome: 'success' }),
  );
  const load = deps.loads.rebookings.rebookedRead(id, state, viewerOf(actor, context), page);
  const found = await deps.database.loadRecorded(load, entries);
  return found === undefined ? refuse({ code: 'rebooking_not_found' }) : ok(found);
}

export interface TransferInput extends AffectedInput {
  /** Appointments that start earlier stay. */
  readonly from: Instant | null;
}

/** The command that gives up all appointments to come of a doctor: they are cancelled, or times of another doctor offered. */
export function transferCommand(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  input: TransferInput,
) {
  type Outcome = Affecting & { readonly doctorKey: DataKey };
  return {
    loads: [
      deps.loads.rebookings.bookedHours({ doctorId, dates: shownDates(context.now), near: null, now: context.now }),
      otherDoctor(deps, input),
    ] as const,
    decide: (
      [booked]: readonly BookedHours[],
      other: DirectoryEntry | undefined,
    ): Result<Decision<StoredSchedulingChange, Outcome>, DoctorNotFound | InvalidFields> => {
      if (booked === undefined || !mayManage(actor, doctorId)) return refuse({ code: 'doctor_not_found' });
      const { doctorKey } = booked;
      const losses = lossesOf([booked], ({ coming }) =>
        coming.filter(({ start }) => input.from === null || start >= input.from),
      );
      const nothingElse = decided({ value: { doctorKey }, changes: [], audit: [] });
      return overLosses({ deps, context, actor, input, other }, losses, nothingElse);
    },
    answerOf: ({ doctorKey }: Outcome) => doctorKey,
  };
}

export function transferAppointments(
  deps: Deps,
  context: Context,
  command: ReturnType<typeof transferCommand>,
  represent: (summary: AffectedSummary) => Representation,
) {
  return executeOnce(deps, context, command, ({ summary }) => represent(summary));
}
