/** Alerts: what the clinic must tell many people at once, in portions. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { UserNotFound } from '../../../domain/identity/user.ts';
import {
  type AlertAudience,
  type AlertDetail,
  type AlertId,
  type AlertReach,
  type AlertWords,
  createAlert,
  LISTED_TO_CALL,
  type NobodyAffected,
  type ReachPortion,
  tellPortion,
} from '../../../domain/notifications/alert.ts';
import { NOBODY, withReceivers } from '../../../domain/notifications/alert-reach.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { isId, type NotificationId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { recordEvent } from '../audit.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

const RETRY_MILLISECONDS = 1000;

/** How many an alert would reach. Nothing is sent. */
export async function planAlert(deps: Deps, context: Context, audience: AlertAudience): Promise<AlertReach> {
  const [first] = await deps.database.load(deps.loads.notifications.alertReceivers(audience, context.now));
  return reachFrom(deps, context, audience, first);
}

async function reachFrom(
  deps: Deps,
  { now }: Context,
  audience: AlertAudience,
  first: ReachPortion,
): Promise<AlertReach> {
  let [reach, { next }] = [withReceivers(NOBODY, first.receivers), first];
  while (next !== null) {
    const [portion] = await deps.database.load(deps.loads.notifications.alertReceivers(audience, now, next));
    [reach, next] = [withReceivers(reach, portion.receivers), portion.next];
  }
  return reach;
}

/** Settles whom the alert is for, and begins to tell them. A repeated request makes no second one. */
export function sendAlert(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  words: AlertWords,
  audience: AlertAudience,
  represent: (id: AlertId, reach: AlertReach) => Representation,
) {
  const id = newId<'alert'>(deps, context.now);
  const dataKey = deps.cipher.newKey(id);
  type Made = { readonly id: AlertId; readonly reach: AlertReach };
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.notifications.alertReceivers(audience, context.now)],
      decide: async (first): Promise<Result<Decision<Change, Made>, NobodyAffected>> => {
        const reach = await reachFrom(deps, context, audience, first);
        const made = { id, words, audience, dataKey, createdBy: actor.userId, at: context.now };
        const decision = createAlert(reach, made);
        return decision.ok ? ok({ ...decision.value, value: { id, reach } }) : decision;
      },
      answerOf: 'caller',
    },
    (made) => represent(made.id, made.reach),
  );
}

/**
 * Tells the next portion, and starts the next job with it. A job that was repeated, or that runs beside another one, finds the
 * portion after it, or nothing to do.
 * @returns when to try again; `undefined` when it is done
 */
export async function continueAlert(
  deps: Deps,
  context: Context,
  payload: Readonly<Record<string, string>>,
): Promise<Instant | undefined> {
  const { alertId = '' } = payload;
  if (!isId<'alert'>(alertId)) return undefined;
  const outcome = await execute(deps, context, {
    loads: [deps.loads.notifications.alertPortion(alertId)],
    decide: (portion): Result<Decision<Change, void>, never> => {
      if (portion === undefined) return ok(decided({ value: undefined, changes: [], audit: [] }));
      const ids = portion.receivers.map(() => newId<'notification'>(deps, context.now) as NotificationId);
      return ok(tellPortion(portion, ids, context.now));
    },
  });
  return outcome.ok ? undefined : context.now + RETRY_MILLISECONDS;
}

/** How far an alert has come. That somebody is listed to be called is recorded with that person. */
export async function readAlert(deps: Deps, context: Context, id: AlertId): Promise<Result<AlertDetail, UserNotFound>> {
  const entries = Array.from({ length: LISTED_TO_CALL }, () =>
    recordEvent(deps, context, { type: 'notification.delivery_read', stream: 'system', outcome: 'success' }),
  );
  const detail = await deps.database.loadRecorded(deps.loads.notifications.alertRead(id), entries);
  return detail === undefined ? refuse({ code: 'not_found' }) : ok(detail);
}
