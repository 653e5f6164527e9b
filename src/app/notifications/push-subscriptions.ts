/** Devices of a person that get push messages: registered by the browser or the app, listed and ended by their owner. */
import type { Change, Decision } from '../../../domain/changes.ts';
import {
  endDevice,
  type NewDevice,
  type PushNotConfigured,
  type PushRefused,
  type PushSubscriptionId,
  type PushSubscriptionNotFound,
  type Registered,
  registerDevice,
  type TooManyDevices,
} from '../../../domain/notifications/push-subscription.ts';
import type { ProcessingRestricted } from '../../../domain/privacy/processing-limit.ts';
import type { KnownActor, UserActor } from '../../../domain/shared/actor.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

type Refusal = PushRefused | PushNotConfigured | TooManyDevices | ProcessingRestricted;

/** The owner is told of a new device, not of one that registers again. */
export function registerOwnDevice(
  deps: Deps,
  context: Context,
  actor: UserActor,
  device: NewDevice,
  represent: (registered: Registered) => Representation,
) {
  const { userId, dataKey } = actor;
  const made = { id: newId<'push_subscription'>(deps, context.now), now: context.now };
  const { pushSubscriptions, pushSubscriptionAt } = deps.loads.notifications;
  return executeOnce(
    deps,
    context,
    {
      loads: [pushSubscriptions(userId), pushSubscriptionAt(userId, device.target)],
      decide: (own, sameAddress): Result<Decision<Change, Registered>, Refusal> => {
        const decision = registerDevice(actor, device, { own, sameAddress }, deps.settings.push, made);
        if (!decision.ok || !decision.value.value.isNew) return decision;
        const told = {
          template: 'credential-made',
          variables: { what: 'push_subscription' },
          userId,
          dataKey,
        } as const;
        return ok({ ...decision.value, messages: [told] });
      },
      onConflict: onlyConflict('processing_restricted'),
      answerOf: 'caller',
    },
    represent,
  );
}

export function endOwnDevice(deps: Deps, context: Context, { userId }: KnownActor, id: PushSubscriptionId) {
  return execute(deps, context, {
    loads: [deps.loads.notifications.pushSubscriptions(userId)],
    decide: (own): Result<Decision<Change, void>, PushSubscriptionNotFound> => endDevice(userId, own, id),
  });
}
