/** Begins a new origin after history of the log was lost, so that no origin ever signs two histories (R72). */
import type { PublicationState } from '../../../domain/audit/ports.ts';
import { originOf } from '../../../domain/audit/sealing.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type Contended, commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { claimOf, newestCheckpointFile, readCheckpointFile } from './checkpoint-files.ts';
import { findStop, isOurLog, type Stop } from './contradiction.ts';
import { sealAuditLog } from './seal.ts';

export interface NewOrigin {
  readonly origin: string;
  readonly formerOrigin: string;
  /** Of the newest checkpoint known of the former origin. */
  readonly formerSize: number;
  /** The leaves that both origins have in common. */
  readonly commonSize: number;
}

export type NewOriginRefusal =
  /** The log continues every checkpoint that is known, no restore has stopped it, and its keys are there. */
  { readonly code: 'origin_not_needed' };

/**
 * Ends the former origin at the current size and seals under a new one. The event `audit.origin_began` holds the newest
 * known checkpoint of the former origin, and the first checkpoint of the new origin covers that event.
 *
 * @param name of the new origin, before its number. Default: after the public address
 */
export async function beginNewOrigin(
  deps: Deps,
  context: Context,
  name: string = originOf(deps.settings.publicUrl),
): Promise<Result<NewOrigin, NewOriginRefusal | Contended>> {
  const { state, stop } = await findStop(deps);
  if (stop === undefined && isOurLog(deps, state)) return refuse({ code: 'origin_not_needed' });
  const known = await newestKnown(deps, state, stop);
  const former = claimOf(known);
  const generation = await freeGeneration(deps, leastGeneration(state, context.now));
  const began: NewOrigin = {
    origin: `${name}/${generation}`,
    formerOrigin: state.origin ?? former?.origin ?? name,
    formerSize: former?.size ?? state.size,
    commonSize: state.size,
  };
  const outcome = await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: [
        {
          type: 'audit_log.origin_began',
          expectedGeneration: state.generation,
          expectedSize: state.size,
          generation,
          origin: began.origin,
          formerCheckpoint: known,
          at: context.now,
        },
      ],
      audit: [
        {
          type: 'audit.origin_began',
          stream: 'system',
          outcome: 'success',
          details: { ...began, formerRoot: former === undefined ? null : toHex(former.root) },
        },
      ],
    }),
  );
  // Another process began an origin, or the log grew.
  if (!outcome.ok) return refuse({ code: 'version_conflict' });
  await sealAuditLog(deps);
  return ok(began);
}

/** @returns the name that the log has had so far, without the number of a later origin; `undefined` before the first seal */
export async function recordedOriginName(deps: Deps): Promise<string | undefined> {
  const [{ origin, generation }] = await deps.database.load(deps.loads.audit.publicationState(1));
  const suffix = `/${generation}`;
  return origin !== null && generation > 1 && origin.endsWith(suffix)
    ? origin.slice(0, -suffix.length)
    : (origin ?? undefined);
}

/** The one of the larger size: that of the stop, or what lies in file storage. */
async function newestKnown(deps: Deps, state: PublicationState, stop: Stop | undefined): Promise<string> {
  const filed = await newestCheckpointFile(deps, state.generation, state.last?.number ?? 0);
  const sizeOf = (text: string | undefined) => (text === undefined ? -1 : (claimOf(text)?.size ?? -1));
  return [stop?.note, filed?.note, state.last?.note]
    .filter((text) => text !== undefined)
    .reduce((best, text) => (sizeOf(text) > sizeOf(best) ? text : best));
}

/**
 * After a restore, an origin that was begun after the backup may have used the next number without a trace here. The minutes
 * since 1970 are larger than every number used so far.
 */
function leastGeneration({ generation, stopped }: PublicationState, now: Instant): number {
  return stopped?.source === 'restore' ? Math.max(generation + 1, Math.floor(now / 60_000)) : generation + 1;
}

/** An origin may have been begun after the backup was made. */
async function freeGeneration(deps: Deps, from: number): Promise<number> {
  let generation = from;
  while ((await readCheckpointFile(deps, generation, 1)) !== undefined) generation++;
  return generation;
}
