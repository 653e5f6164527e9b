/** Commands over time that is booked: who is affected, and what becomes of the appointments. */
import type { AuditDraft } from '../../../domain/audit-catalog.ts';
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import {
  type AffectedAction,
  affectedBy,
  type BookedHours,
  type ComingAppointment,
  isSettledBy,
  type Loss,
  lossesOf,
} from '../../../domain/scheduling/affected.ts';
import type { Availability } from '../../../domain/scheduling/availability.ts';
import type { FieldError, InvalidFields } from '../../../domain/scheduling/field-errors.ts';
import type { ClinicAppointment } from '../../../domain/scheduling/front-desk-ports.ts';
import type { RebookingId } from '../../../domain/scheduling/ids.ts';
import type { DirectoryEntry } from '../../../domain/scheduling/ports.ts';
import type { Rebooking } from '../../../domain/scheduling/rebooking.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { JobDraft, Load } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { type Command, type Contended, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import type { RoleActor } from './actors.ts';
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

/** What is done with the affected. */
export interface AffectedSummary {
  readonly count: number;
  /** Start of the last one; `null` when nobody is affected. */
  readonly until: Instant | null;
  readonly action: AffectedAction;
  /** One for each doctor; none for `leave`. */
  readonly rebookingIds: readonly RebookingId[];
}

/** What a command over booked time answers besides its own. */
export interface Affecting {
  /** By start. */
  readonly affected: readonly ComingAppointment[];
  readonly summary: AffectedSummary;
}

/** The doctor whose times are to be offered. */
export function otherDoctor(deps: Deps, { doctorId }: AffectedInput): Load<DirectoryEntry | undefined> {
  return doctorId === null ? deps.loads.none : deps.loads.scheduling.doctor(doctorId);
}

/** What the affected appointments of a command are decided on besides its own state. */
export interface AffectedRequest {
  readonly deps: Deps;
  readonly context: Context;
  readonly actor: RoleActor;
  readonly input: AffectedInput;
  /** The doctor whom `input` names. */
  readonly other: DirectoryEntry | undefined;
}

type Over<T> = Result<Decision<StoredSchedulingChange, T & Affecting>, InvalidFields>;

/** A change of hours, with what becomes of the appointments that lose their time by it. */
export function overHours<T>(
  request: AffectedRequest,
  hours: readonly BookedHours[],
  after: (availability: Availability) => Availability,
  decision: Decision<StoredSchedulingChange, T>,
): Over<T> {
  return overLosses(
    request,
    lossesOf(hours, (booked) => affectedBy(booked, after(booked.availability))),
    decision,
  );
}

/** The same for the appointments that a command names. */
export function overLosses<T>(
  request: AffectedRequest,
  losses: Result<readonly Loss[], InvalidFields>,
  decision: Decision<StoredSchedulingChange, T>,
): Over<T> {
  if (!losses.ok) return losses;
  const { input, other } = request;
  const fault = faultOf(losses.value, input, other);
  if (fault !== undefined) return refuse({ code: 'invalid_fields', errors: [fault] });
  const { action } = input;
  const all = losses.value.flatMap((loss) => loss.affected);
  // Once, also where several of its doctors are away.
  const affected = [...new Map(all.map((each) => [each.id, each])).values()].sort((a, b) => a.start - b.start);
  const concerned = losses.value.filter((loss) => losses.value.length === 1 || loss.affected.length > 0);
  const begun = action === 'leave' ? [] : concerned.map((loss) => beginRebooking(request, action, loss));
  const summary = {
    count: affected.length,
    until: affected.at(-1)?.start ?? null,
    action,
    rebookingIds: begun.map(({ id }) => id),
  };
  return ok({
    ...decision,
    value: { ...decision.value, affected, summary },
    changes: [...decision.changes, ...begun.flatMap(({ changes }) => changes)],
    audit: [...decision.audit, ...begun.map(({ audit }) => audit)],
    jobs: [...(decision.jobs ?? []), ...begun.map(({ id }) => continueJob(id))],
  });
}

interface BegunRebooking {
  readonly id: RebookingId;
  readonly changes: readonly StoredSchedulingChange[];
  readonly audit: AuditDraft;
}

function beginRebooking(
  { deps, context, actor, input }: AffectedRequest,
  action: Rebooking['action'],
  { availability: { doctorId }, doctorKey, affected }: Loss,
): BegunRebooking {
  const { message, doctorId: toDoctorId } = input;
  const id = newId<'rebooking'>(deps, context.now);
  const its = { id, doctorId, action, toDoctorId, message, byKind: actor.role, createdAt: context.now };
  const settled = affected.filter((appointment) => isSettledBy(action, appointment));
  const appointmentIds = settled.map((appointment) => appointment.id);
  return {
    id,
    changes: withDataKey(doctorKey, [{ type: 'rebooking.begun', rebooking: its, appointmentIds }]),
    audit: {
      type: 'rebooking.begun',
      stream: doctorId,
      outcome: 'success',
      resource: { type: 'rebooking', id },
      details: { action, appointments: settled.length, ...(toDoctorId === null ? {} : { toDoctorId }) },
    },
  };
}

export function continueJob(rebookingId: RebookingId): JobDraft {
  return { topic: CONTINUE_REBOOKING, payload: { rebookingId } };
}

function faultOf(
  losses: readonly Loss[],
  { action, message, doctorId }: AffectedInput,
  other: DirectoryEntry | undefined,
): FieldError | undefined {
  const pointer = '/affected/doctorId';
  if (action === 'leave' && message !== null) {
    return { pointer: '/affected/message', code: 'conflict', message: 'is only for the actions cancel and move' };
  }
  if (doctorId === null) return undefined;
  if (action !== 'move') return { pointer, code: 'conflict', message: 'is only for the action move' };
  if (losses.some(({ availability }) => availability.doctorId === doctorId)) {
    return { pointer, code: 'conflict', message: 'must be another doctor; leave it out' };
  }
  return other?.doctor.active === true
    ? undefined
    : { pointer, code: 'unknown_doctor', message: 'must be the id of a doctor who works here' };
}

/** What a command does, or would do, and to whom. */
export interface Effect<T> {
  readonly value: T;
  /** The first by start, without those that the caller may not see; `null` when the command was executed. */
  readonly appointments: readonly ClinicAppointment[] | null;
}

/** Executes a command whose answer is not stored, or only previews it. */
export async function effectOf<const L extends readonly Load<unknown>[], T extends Affecting, E>(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  command: Command<L, T, E>,
  isDryRun: boolean,
): Promise<Result<Effect<T>, E | Contended>> {
  if (isDryRun) return preview(deps, context, actor, command);
  const outcome = await execute(deps, context, command);
  return outcome.ok ? ok({ value: outcome.value, appointments: null }) : outcome;
}

/** Decides without committing anything, and reads who is affected; the read is recorded for each patient. */
export async function preview<const L extends readonly Load<unknown>[], T extends Affecting, E>(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  command: Pick<Command<L, T, E>, 'loads' | 'decide'>,
): Promise<Result<Effect<T>, E>> {
  const decision = await command.decide(...(await deps.database.load(...command.loads)));
  if (!decision.ok) return decision;
  const { value } = decision.value;
  const shown = value.affected.slice(0, SHOWN).map(({ id }) => id);
  if (shown.length === 0) return ok({ value, appointments: [] });
  const entries = shown.map(() =>
    recordEvent(deps, context, { type: 'appointment.listed', stream: actor.userId, outcome: 'success' }),
  );
  const load = deps.loads.rebookings.affectedRead(shown, viewerOf(actor, context));
  return ok({ value, appointments: await deps.database.loadRecorded(load, entries) });
}
