/** Verifications of the audit log as jobs, started on request or once a day, run in slices, with a stored result. */
import { openCheckpoint } from '../../../domain/audit/checkpoint.ts';
import type { StoredCheckpoint, Verification, VerificationId } from '../../../domain/audit/ports.ts';
import { edgeMatches, TILE_WIDTH } from '../../../domain/audit/tiles.ts';
import type { VerificationProblem } from '../../../domain/audit/verdict.ts';
import {
  beginVerification,
  nowhere,
  tileAbove,
  type VerificationState,
  verifyChains,
  verifyLeaves,
  verifyTile,
  withProblems,
} from '../../../domain/audit/verification.ts';
import type { Change, Decision } from '../../../domain/changes.ts';
import type { MessageDraft } from '../../../domain/messages.ts';
import { equalBytes } from '../../../domain/shared/bytes.ts';
import { decided, type JobDraft } from '../../../domain/shared/changes.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { verifyCheckpointStretch, verifyNewestCheckpoint } from './verify-checkpoints.ts';

export const VERIFY_AUDIT = 'audit.verify';

const EVENTS_AT_ONCE = 1024;
/** Verifying one signature takes most of a millisecond. */
const SIGNATURES_AT_ONCE = 64;
/** The state is stored after this many steps; a restart repeats at most these. */
const STEPS_IN_A_SLICE = 50;
const DAY_MS = 86_400_000;
/** A verification without progress for this long has lost its job. */
const LOST_AFTER_MS = 3_600_000;

/** One at a time: while one runs, asking again is answered with that one. */
export function requestVerification(
  deps: Deps,
  context: Context,
  represent: (verification: Verification) => Representation,
  isScheduled = false,
) {
  const id = newId<'audit_verification'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.audit.verifications(null, 1), deps.loads.audit.logExtent()],
      answerOf: 'caller',
      decide: ([latest], { size, events }): Result<Decision<Change, Verification>, never> => {
        const { now } = context;
        if (latest?.status === 'running') return ok(isLost(latest, now) ? takeUp(latest, now) : nothing(latest));
        // Another process has started and finished today's verification.
        if (isScheduled && latest !== undefined && isOfToday(latest, now)) return ok(nothing(latest));
        const verification: Verification = {
          id,
          isScheduled,
          status: 'running',
          state: beginVerification(size, events),
          version: 1,
          requestedAt: now,
          updatedAt: now,
          finishedAt: null,
        };
        return ok(
          decided({
            value: verification,
            changes: [{ type: 'audit_verification.requested', verification }],
            audit: [
              {
                type: 'audit.verification_requested',
                stream: 'system',
                outcome: 'success',
                resource: { type: 'audit_verification', id },
                details: { isScheduled },
              },
            ],
            jobs: [jobOf(id, verification.version)],
          }),
        );
      },
    },
    represent,
  );
}

function isLost({ updatedAt }: Verification, now: Instant): boolean {
  return updatedAt <= now - LOST_AFTER_MS;
}

function isOfToday({ requestedAt }: Verification, now: Instant): boolean {
  return requestedAt > now - DAY_MS;
}

function nothing(verification: Verification): Decision<Change, Verification> {
  return decided({ value: verification, changes: [], audit: [] });
}

/** Continues a verification that lost its job. The version admits one of several callers; it counts as lost again after an hour. */
function takeUp(lost: Verification, now: Instant): Decision<Change, Verification> {
  return decided({
    value: lost,
    changes: [{ type: 'audit_verification.advanced', id: lost.id, version: lost.version, state: lost.state, at: now }],
    audit: [],
    jobs: [jobOf(lost.id, lost.version + 1)],
  });
}

/** @param version that the job continues from: a delayed job that was considered lost finds a later version and does nothing */
function jobOf(id: VerificationId, version: number): JobDraft {
  return { topic: VERIFY_AUDIT, payload: { verificationId: id, version: String(version) } };
}

/** Called every minute. */
export async function verifyDaily(deps: Deps, context: Context): Promise<void> {
  if (!deps.settings.verifiesAuditDaily) return;
  const [[latest]] = await deps.database.load(deps.loads.audit.verifications(null, 1));
  const { now } = context;
  if (latest?.status === 'running' ? !isLost(latest, now) : latest !== undefined && isOfToday(latest, now)) return;
  await requestVerification(deps, context, () => ({ status: 202, body: null }), true);
}

/**
 * Runs one slice from the stored state; the next slice is a job of its own. If a slice runs twice, the first commit wins.
 * @param version that the job continues from; jobs of the previous version of the portal have none
 */
export async function continueVerification(deps: Deps, context: Context, id: string, version?: string): Promise<void> {
  const [found] = await deps.database.load(deps.loads.audit.verification(id as VerificationId));
  if (found?.status !== 'running' || (version !== undefined && Number(version) !== found.version)) return;
  let { state } = found;
  for (let step = 0; step < STEPS_IN_A_SLICE && state.stage !== 'done'; step++) state = await verifyStep(deps, state);
  if (state.stage === 'done') await finish(deps, context, found, state);
  else {
    await commit(
      deps,
      context,
      decided({
        value: undefined,
        changes: [
          {
            type: 'audit_verification.advanced',
            id: found.id,
            version: found.version,
            state,
            at: deps.clock.now(),
          },
        ],
        audit: [],
        jobs: [jobOf(found.id, found.version + 1)],
      }),
    );
  }
}

/** @returns the state after one page, or after one stage */
export async function verifyStep(deps: Deps, state: VerificationState): Promise<VerificationState> {
  const { audit } = deps.loads;
  switch (state.stage) {
    case 'chains': {
      const [page] = await deps.database.load(audit.chainPage(state.chain, EVENTS_AT_ONCE));
      return verifyChains(state, page);
    }
    case 'leaves': {
      const end = Math.min(state.logSize, state.leaf.next + EVENTS_AT_ONCE);
      const [page, origins] = await deps.database.load(
        audit.leafPage(state.leaf.next, end, SIGNATURES_AT_ONCE),
        audit.origins(),
      );
      const names = new Map(origins.map(({ generation, origin }) => [generation, origin]));
      const checkpoints = page.checkpoints.map((checkpoint) => ({
        size: checkpoint.size,
        root: checkpoint.root,
        fault: signatureFault(deps, checkpoint, names.get(checkpoint.generation) ?? ''),
      }));
      return verifyLeaves(state, { ...page, checkpoints, isLast: page.until >= state.logSize });
    }
    case 'tiles':
      return verifyTileStep(deps, state);
    case 'checkpoints': {
      const { problems, last } = await verifyCheckpointStretch(deps, state.place);
      if (last !== null) return withProblems({ ...state, place: last }, problems);
      const [log] = await deps.database.load(audit.logState());
      const newest = await verifyNewestCheckpoint(deps, log);
      return withProblems({ ...state, stage: 'done' }, [...problems, ...newest, ...edgeProblems(log)]);
    }
    case 'done':
      return state;
  }
}

async function verifyTileStep(deps: Deps, state: VerificationState): Promise<VerificationState> {
  const expected = tileAbove(state);
  if (expected === undefined) return verifyTile(state, undefined, new Map());
  const below = Array.from({ length: expected.width }, (_, at) => ({
    level: expected.level - 1,
    index: expected.index * TILE_WIDTH + at,
    width: TILE_WIDTH,
  }));
  const [{ tiles }] = await deps.database.load(deps.loads.audit.tiles([expected, ...below]));
  const stored = tiles.find(({ level }) => level === expected.level);
  const children = tiles.filter(({ level }) => level === expected.level - 1);
  return verifyTile(state, stored, new Map(children.map((tile) => [tile.index, tile])));
}

function edgeProblems(log: Parameters<typeof verifyNewestCheckpoint>[1]): VerificationProblem[] {
  const problems: VerificationProblem[] = [];
  if (!edgeMatches(log.size, log.edge, log.root)) {
    problems.push(nowhere('root_mismatch', 'the tiles at the edge of the log do not give its root'));
  }
  if (log.newestSize < log.size) {
    problems.push(nowhere('root_mismatch', `the log stands at ${log.size} leaves, for which there is no checkpoint`));
  }
  return problems;
}

function signatureFault(deps: Deps, { size, root, note }: StoredCheckpoint, origin: string): string | null {
  const opened = openCheckpoint(note, deps.checkpointSigners(origin), origin);
  const isOurs = opened.ok && opened.value.size === size && equalBytes(opened.value.root, root);
  return isOurs ? null : `the checkpoint of ${size} leaves is not signed by a key of ours`;
}

/** A fault is mailed to every administrator, logged for operators, and recorded as an event. */
async function finish(deps: Deps, context: Context, found: Verification, state: VerificationState): Promise<void> {
  const { checked, problems } = state;
  const isSound = problems.length === 0;
  const first = problems[0]?.kind ?? null;
  const outcome = await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: [
        {
          type: 'audit_verification.finished',
          id: found.id,
          version: found.version,
          status: isSound ? 'sound' : 'unsound',
          state,
          at: deps.clock.now(),
        },
      ],
      audit: [
        {
          type: isSound ? 'audit.verified' : 'audit.verification_failed',
          stream: 'system',
          outcome: isSound ? 'success' : 'failure',
          resource: { type: 'audit_verification', id: found.id },
          details: { checked, problems: problems.length, first },
        },
      ],
      messages: isSound ? [] : await alerts(deps, problems.length, first ?? ''),
    }),
  );
  if (outcome.ok && !isSound) {
    deps.log.write('error', 'audit_verification_failed', {
      verificationId: found.id,
      problems: problems.length,
      first,
    });
  }
}

async function alerts(deps: Deps, problems: number, first: string): Promise<MessageDraft[]> {
  const [administrators] = await deps.database.load(deps.loads.audit.administrators());
  return administrators.map(({ userId, dataKey }) => ({
    template: 'audit-alert',
    variables: { problems, first },
    userId,
    dataKey,
  }));
}
