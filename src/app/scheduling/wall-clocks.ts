/**
 * Regular work on the wall clocks of appointments: writes those that are missing, and moves appointments whose instant no
 * longer shows what was agreed because the rules of their time zone have changed (ADR 0172).
 */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import { receiversOf } from '../../../domain/scheduling/receivers.ts';
import {
  type AgreedStart,
  type ComparedRules,
  inOrderOfMoving,
  isAsAgreed,
  keepWallClock,
  wallClockOf,
} from '../../../domain/scheduling/wall-clock.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { type Instant, MILLISECONDS_PER_DAY } from '../../../domain/shared/time.ts';
import { TZ_VERSION } from '../../../domain/shared/zone-table.ts';
import { commit, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { bookingAudit } from './audit-events.ts';
import { type SchedulingCommit, withPatientKey } from './keyed-changes.ts';
import { zoneChangeMessages } from './messages.ts';
import { timeConflict } from './time-conflict.ts';

/** Rows that one batch fills, and batches of one run: the rest follows in the next minute. */
const ROWS_AT_ONCE = 500;
const BATCHES_AT_ONCE = 20;
/** Appointments that one run moves, about: it ends after the doctor with whom it reaches them. */
const MOVES_AT_ONCE = 200;
/** How long after a pass the next one begins: instances with older rules may have written meanwhile. */
const PASS_EVERY = MILLISECONDS_PER_DAY;

/** @param rules the version of the zone table in use */
export async function keepWallClocks(deps: Deps, context: Context, rules: string = TZ_VERSION): Promise<void> {
  await writeMissing(deps, context);
  const [compared] = await deps.database.load(deps.loads.wallClocks.comparedRules);
  if (compared === undefined) {
    await write(deps, context, [{ type: 'timezone_rules.noted', version: rules, at: context.now }]);
    return;
  }
  if (!isPassDue(compared, rules, context.now)) return;
  if (compared.comparing !== rules) {
    await write(deps, context, [{ type: 'timezone_rules.pass_begun', version: rules, at: context.now }]);
  }
  await comparePass(deps, context, rules, compared.comparing === rules ? compared : null);
}

/** An instance with older rules than those that were compared leaves the appointments alone. */
function isPassDue({ version, comparing, updatedAt }: ComparedRules, rules: string, now: Instant): boolean {
  if (version > rules || (comparing !== null && comparing > rules)) return false;
  return comparing !== null || version < rules || now - updatedAt >= PASS_EVERY;
}

async function writeMissing(deps: Deps, context: Context): Promise<void> {
  for (let batch = 0; batch < BATCHES_AT_ONCE; batch++) {
    const [starts] = await deps.database.load(deps.loads.wallClocks.without(ROWS_AT_ONCE));
    if (starts.length === 0) return;
    const written = starts.map((start) => ({ ...start, agreed: wallClockOf(start) }));
    await write(deps, context, [{ type: 'wall_clocks.written', starts: written }]);
    if (starts.length < ROWS_AT_ONCE) return;
  }
}

/** Compares doctor after doctor, from where the pass was left. A pass that moved anything is followed by another one. */
async function comparePass(deps: Deps, context: Context, rules: string, left: ComparedRules | null): Promise<void> {
  const { now } = context;
  const inPlace: AppointmentId[] = [];
  let after = left?.afterDoctor ?? null;
  let moves = 0;
  while (moves < MOVES_AT_ONCE) {
    const [doctorId] = await deps.database.load(deps.loads.wallClocks.doctorAfter(after));
    if (doctorId === undefined) {
      await endPass(deps, context, rules);
      break;
    }
    // A start that the rules have moved to another day at most may be to come though its instant has passed.
    const [starts] = await deps.database.load(deps.loads.wallClocks.agreedStarts(doctorId, now - MILLISECONDS_PER_DAY));
    const outcome = await moveAll(deps, context, starts);
    moves += outcome.moved;
    inPlace.push(...outcome.inPlace);
    const progress = { version: rules, afterDoctor: doctorId, moved: outcome.moved, at: now };
    await write(deps, context, [{ type: 'timezone_rules.compared', ...progress }]);
    after = doctorId;
  }
  if (inPlace.length > 0) {
    deps.log.write('warn', 'wall_clock_not_kept', {
      timeZones: rules,
      appointments: inPlace.length,
      appointmentIds: inPlace.join(' '),
    });
  }
}

/** Appointments may have been in each other's way: when this pass has moved some, the next one tries the others again. */
async function endPass(deps: Deps, context: Context, rules: string): Promise<void> {
  const [compared] = await deps.database.load(deps.loads.wallClocks.comparedRules);
  const again = (compared?.moved ?? 0) > 0;
  await write(deps, context, [
    { type: again ? 'timezone_rules.pass_begun' : 'timezone_rules.pass_ended', version: rules, at: context.now },
  ]);
}

async function moveAll(deps: Deps, context: Context, starts: readonly AgreedStart[]) {
  const inPlace: AppointmentId[] = [];
  let moved = 0;
  for (const { id } of inOrderOfMoving(starts.filter((start) => !isAsAgreed(start)))) {
    const outcome = await moveToWallClock(deps, context, id);
    if (outcome.ok) moved += outcome.value;
    else inPlace.push(id);
  }
  return { moved, inPlace };
}

/** @returns how many appointments were moved: 0 if it starts as agreed by now */
function moveToWallClock(deps: Deps, context: Context, id: AppointmentId) {
  return execute(deps, context, {
    loads: [deps.loads.wallClocks.agreed(id, context.now)],
    decide: (found): Result<Decision<SchedulingCommit, number>, { readonly code: 'slot_taken' }> => {
      const change = found && keepWallClock(found.record.appointment, found.agreed, context.now);
      if (found === undefined || change === undefined) return ok(decided({ value: 0, changes: [], audit: [] }));
      const { record } = found;
      return ok(
        decided({
          value: 1,
          changes: withPatientKey(deps, context, [change], record.patientKey),
          audit: [bookingAudit('appointment.wall_clock_kept', change.appointment)],
          messages: zoneChangeMessages(receiversOf(record), change.appointment, record),
        }),
      );
    },
    onConflict: (code) => {
      timeConflict(code);
      return { code: 'slot_taken' as const };
    },
  });
}

async function write(deps: Deps, context: Context, changes: readonly StoredSchedulingChange[]): Promise<void> {
  const outcome = await commit(deps, context, decided({ value: undefined, changes, audit: [] }));
  if (!outcome.ok) throw new Error(`wall clocks met a conflict: ${outcome.error.kind}`);
}
