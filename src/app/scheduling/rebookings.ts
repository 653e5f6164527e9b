/** What the clinic does with the appointments that lose their time: beginning it, and who is affected. */
import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import type { Availability } from '../../../domain/scheduling/availability.ts';
import type { DoctorNotFound } from '../../../domain/scheduling/doctor.ts';
import type { FieldError, InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { ClinicAppointment } from '../../../domain/scheduling/front-desk-ports.ts';
import type { RebookingId } from '../../../domain/scheduling/ids.ts';
import type { DirectoryEntry } from '../../../domain/scheduling/ports.ts';
import type {
  AffectedAction,
  ComingAppointment,
  Rebooking,
  RebookingNotFound,
  RebookingOutcome,
} from '../../../domain/scheduling/rebooking.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided, type JobDraft } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { mayManage, shownDates } from './availability.ts';
import { withDataKey } from './keyed-changes.ts';

/** Settles the appointments of a rebooking that are still pending. */
export const CONTINUE_REBOOKING = 'rebooking.continue';

/** How many affected appointments are shown, the first by start. */
const SHOWN = 100;

/** What to do with the affected. */
export interface AffectedInput {
  readonly action: AffectedAction;
  readonly message: string | null;
  /** Whose free times are offered; `null`: those of the same doctor. */
  readonly doctorId: UserId | null;
}

export const LEAVE: AffectedInput = { action: 'leave', message: null, doctorId: null };

/** What was done with the affected. */
export interface AffectedSummary {
  readonly count: number;
  readonly action: AffectedAction;
  /** One for each doctor; none for `leave`. */
  readonly rebookingIds: readonly RebookingId[];
}

/** The loads that {@link beginRebooking} needs: the appointments to come, and the doctor whose times are to be offered. */
export function affectedLoads(deps: Deps, context: Context, doctorId: UserId, { doctorId: other }: AffectedInput) {
  const { rebookings, scheduling, none } = deps.loads;
  return [rebookings.coming(doctorId, context.now), other === null ? none : scheduling.doctor(other)] as const;
}

export interface BegunRebooking {
  readonly summary: AffectedSummary;
  readonly changes: readonly StoredSchedulingChange[];
  readonly audit: readonly AuditDraft[];
  readonly jobs: readonly JobDraft[];
}

/** @param other the doctor whom `input` names */
export function beginRebooking(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  of: { readonly doctorId: UserId; readonly doctorKey: DataKey; readonly affected: readonly ComingAppointment[] },
  input: AffectedInput,
  other: DirectoryEntry | undefined,
): Result<BegunRebooking, InvalidFields> {
  const fault = faultOf(of.doctorId, input, other);
  if (fault !== undefined) return refuse({ code: 'invalid_fields', errors: [fault] });
  const { action, message, doctorId: toDoctorId } = input;
  const count = of.affected.length;
  if (action === 'leave') {
    return ok({ summary: { count, action, rebookingIds: [] }, changes: [], audit: [], jobs: [] });
  }
  const id = newId<'rebooking'>(deps, context.now);
  const rebooking: Rebooking = {
    id,
    doctorId: of.doctorId,
    action,
    toDoctorId,
    message,
    byKind: actor.role,
    createdAt: context.now,
  };
  const appointmentIds = of.affected.map((appointment) => appointment.id);
  return ok({
    summary: { count, action, rebookingIds: [id] },
    changes: withDataKey(of.doctorKey, [{ type: 'rebooking.begun', rebooking, appointmentIds }]),
    audit: [
      {
        type: 'rebooking.begun',
        stream: of.doctorId,
        outcome: 'success',
        resource: { type: 'rebooking', id },
        details: { action, appointments: count, ...(toDoctorId === null ? {} : { toDoctorId }) },
      },
    ],
    jobs: [continueJob(id)],
  });
}

export function continueJob(rebookingId: RebookingId): JobDraft {
  return { topic: CONTINUE_REBOOKING, payload: { rebookingId } };
}

function faultOf(doctorId: UserId, input: AffectedInput, other: DirectoryEntry | undefined): FieldError | undefined {
  const pointer = '/affected/doctorId';
  if (input.action === 'leave' && input.message !== null) {
    return { pointer: '/affected/message', code: 'conflict', message: 'is only for the actions cancel and move' };
  }
  if (input.doctorId === null) return undefined;
  if (input.action !== 'move') return { pointer, code: 'conflict', message: 'is only for the action move' };
  if (input.doctorId === doctorId)
    return { pointer, code: 'conflict', message: 'must be another doctor; leave it out' };
  return other?.doctor.active === true
    ? undefined
    : { pointer, code: 'unknown_doctor', message: 'must be the id of a doctor who works here' };
}

export interface AffectedAppointments {
  readonly count: number;
  /** Start of the last one; `null` when nobody is affected. */
  readonly until: Instant | null;
  /** The first by start, without those that the caller may not see. */
  readonly appointments: readonly ClinicAppointment[];
}

/** Reads who is affected; the read is recorded for each patient. */
export async function readAffected(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  affected: readonly ComingAppointment[],
): Promise<AffectedAppointments> {
  const shown = affected.slice(0, SHOWN).map(({ id }) => id);
  const entries = shown.map(() =>
    recordEvent(deps, context, { type: 'appointment.listed', stream: actor.userId, outcome: 'success' }),
  );
  const load = deps.loads.rebookings.affectedRead(shown, viewerOf(actor, context));
  const appointments = shown.length === 0 ? [] : await deps.database.loadRecorded(load, entries);
  return { count: affected.length, until: affected.at(-1)?.start ?? null, appointments };
}

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
function transferCommand(deps: Deps, context: Context, actor: KnownActor, doctorId: UserId, input: TransferInput) {
  type Outcome = {
    readonly affected: readonly ComingAppointment[];
    readonly summary: AffectedSummary;
    readonly key: DataKey;
  };
  return {
    loads: [
      deps.loads.scheduling.availability(doctorId, shownDates(context.now)),
      deps.loads.identity.dataKey(doctorId),
      ...affectedLoads(deps, context, doctorId, input),
    ] as const,
    decide: (
      doctor: Availability | undefined,
      key: DataKey | undefined,
      coming: readonly ComingAppointment[],
      other: DirectoryEntry | undefined,
    ): Result<Decision<StoredSchedulingChange, Outcome>, DoctorNotFound | InvalidFields> => {
      if (doctor === undefined || key === undefined || !mayManage(actor, doctorId)) {
        return refuse({ code: 'doctor_not_found' });
      }
      const affected = coming.filter(({ start }) => input.from === null || start >= input.from);
      const begun = beginRebooking(deps, context, actor, { doctorId, doctorKey: key, affected }, input, other);
      if (!begun.ok) return begun;
      const { summary, changes, audit, jobs } = begun.value;
      return ok(decided({ value: { affected, summary, key }, changes, audit, jobs }));
    },
    answerOf: ({ key }: Outcome) => key,
  };
}

export function transferAppointments(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  input: TransferInput,
  represent: (summary: AffectedSummary) => Representation,
) {
  const command = transferCommand(deps, context, actor, doctorId, input);
  return executeOnce(deps, context, command, ({ summary }) => represent(summary));
}

/** Whom a transfer would affect; changes nothing. */
export async function previewTransfer(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  doctorId: UserId,
  input: TransferInput,
): Promise<Result<AffectedAppointments, DoctorNotFound | InvalidFields>> {
  const command = transferCommand(deps, context, actor, doctorId, input);
  const decision = command.decide(...(await deps.database.load(...command.loads)));
  return decision.ok ? ok(await readAffected(deps, context, actor, decision.value.value.affected)) : decision;
}
