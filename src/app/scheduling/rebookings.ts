/** How far a rebooking has come, and giving up all appointments to come of a doctor. */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import { type BookedHours, lossesOf } from '../../../domain/scheduling/affected.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { RebookingId } from '../../../domain/scheduling/ids.ts';
import type { DirectoryEntry } from '../../../domain/scheduling/ports.ts';
import type { Rebooking, RebookingNotFound, RebookingOutcome } from '../../../domain/scheduling/rebooking.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { executeOnce, type Representation } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { type AffectedInput, type AffectedSummary, type Affecting, otherDoctor, overLosses } from './affected.ts';
import { mayManage, shownDates } from './availability.ts';

export interface RebookingProgress {
  readonly rebooking: Rebooking;
  readonly counts: ReadonlyMap<RebookingOutcome | 'pending', number>;
}

/** For whoever may set the hours of its doctor. */
export async function readRebooking(
  deps: Deps,
  actor: KnownActor,
  id: RebookingId,
): Promise<Result<RebookingProgress, RebookingNotFound>> {
  const { rebookings } = deps.loads;
  const [rebooking, counts] = await deps.database.load(rebookings.rebooking(id), rebookings.counts(id));
  if (rebooking === undefined || !mayManage(actor, rebooking.doctorId)) return refuse({ code: 'rebooking_not_found' });
  return ok({ rebooking, counts });
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
