/** Sends a message by one channel. */
import type { Change, Decision } from '../../../domain/changes.ts';
import {
  begun,
  deliveryAbandoned,
  deliverySkipped,
  deviceGone,
  failed,
  held,
  holderOf,
  judgeDelivery,
  sent,
} from '../../../domain/notifications/delivery.ts';
import type {
  MessageProviders,
  OutgoingMessage,
  SendRefusal,
  SendResult,
  StoredDelivery,
} from '../../../domain/notifications/ports.ts';
import { chooseProvider } from '../../../domain/notifications/providers.ts';
import type { DeliveryId } from '../../../domain/notifications/states.ts';
import type { NewSuppression } from '../../../domain/notifications/suppression.ts';
import { normalisedAddress, reasonOfFault } from '../../../domain/notifications/suppressions.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { GivenUpJob } from '../../../domain/shared/database.ts';
import { isUuid } from '../../../domain/shared/ids.ts';
import type { Spending } from '../../../domain/shared/outbox.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { outgoing, surroundingsOf } from './content.ts';
import { overCap, spendingOf } from './daily-caps.ts';
import type { JobOutcome } from './outcome.ts';

export interface DeliveryDeps {
  readonly channel: MessageProviders;
}

/** What a provider answered that has accepted a message. */
export interface Accepted {
  readonly provider: string | null;
  readonly providerId: string | null;
  /** The number that a text message went to. */
  readonly number: string | null;
}

/** One attempt to send. Its success must not be lost (R83). */
export interface Sending {
  /** The provider's answer to an earlier attempt that could not be recorded; `undefined` if no attempt was accepted. */
  readonly accepted: Accepted | undefined;
  /**
   * Extends the lease before the message is sent, and counts it: nothing is sent while writes fail.
   * @returns `lost` when another attempt holds the lease, `over` when the cap of the day does not allow it
   */
  begin(spending: Spending): Promise<'held' | 'lost' | 'over'>;
  /** Keeps the provider's answer until it is recorded. */
  keep(accepted: Accepted): void;
}

const DONE: JobOutcome = { kind: 'done' };

export async function sendDelivery(
  deps: Deps & DeliveryDeps,
  context: Context,
  id: string,
  sending: Sending,
): Promise<JobOutcome> {
  if (!isUuid(id)) return DONE;
  const [delivery, clinic] = await deps.database.load(
    deps.loads.notifications.delivery(id as DeliveryId),
    deps.loads.scheduling.clinic(),
  );
  if (delivery === undefined) return DONE;
  if (sending.accepted !== undefined) return noted(deps, context, delivery, sending.accepted);
  const verdict = judgeDelivery(delivery, context.now);
  if (verdict.kind === 'done') return DONE;
  if (verdict.kind === 'skip') {
    await commit(deps, context, deliverySkipped(delivery, verdict.why, context.now));
    return DONE;
  }
  if (verdict.kind === 'hold') {
    await commit(deps, context, held(delivery, verdict.until, context.now));
    return DONE;
  }
  const surroundings = await surroundingsOf(deps, clinic, [delivery]);
  const message = await outgoing(deps, delivery, surroundings, context.now);
  const begun = await sending.begin(spendingOf(clinic, delivery.channel, context.now));
  if (begun === 'over') await commit(deps, context, overCap(deps, context, clinic, delivery));
  if (begun !== 'held') return DONE;
  const attempt = await send(deps, context, delivery, message);
  if (attempt === 'taken') return DONE;
  const { result, provider } = attempt;
  if (!result.ok) return notSent(deps, context, delivery, message, result.error, provider);
  const number = message.channel === 'sms' ? message.to : null;
  const accepted = { provider, providerId: result.value.providerId, number };
  sending.keep(accepted);
  return noted(deps, context, delivery, accepted);
}

async function noted(deps: Deps, context: Context, delivery: StoredDelivery, by: Accepted): Promise<JobOutcome> {
  await commit(deps, context, sent(delivery, by, context.now));
  return DONE;
}

interface Attempt {
  readonly result: SendResult;
  readonly provider: string | null;
}

/**
 * Sends by the provider that may have the message already, or else by the first that is up. If that one certainly has not
 * taken it, another one is asked, once. Where there are several, each is recorded before it is asked, so that after a crash
 * no other one sends the message too.
 * @returns `taken` if another attempt has it
 */
async function send(
  deps: Deps & DeliveryDeps,
  context: Context,
  delivery: StoredDelivery,
  message: OutgoingMessage,
): Promise<Attempt | 'taken'> {
  const providers = deps.channel.providersFor(message);
  const holder = holderOf(delivery);
  const first = chooseProvider(providers, holder);
  if (first === null) return { result: refuse(withoutProvider(message, holder)), provider: null };
  const by = async (provider: string, freedBy: string | null): Promise<Attempt | 'taken'> => {
    if (providers.length > 1) {
      const outcome = await commit(deps, context, begun(delivery, provider, freedBy, context.now));
      if (!outcome.ok) return 'taken';
    }
    return { result: await deps.channel.send(message, provider), provider };
  };
  const attempt = await by(first, null);
  if (attempt === 'taken' || attempt.result.ok || holder !== null || !isFree(attempt.result.error)) return attempt;
  const others = deps.channel.providersFor(message).filter(({ provider }) => provider !== first);
  const next = others.find(({ state }) => state !== 'paused');
  if (next === undefined) return attempt;
  reportRefusal(deps, message.channel, attempt.result.error);
  return by(next.provider, first);
}

/** Whether another provider may send the message: this one has certainly not taken it, and the fault is the provider's. */
export function isFree({ kind, outcome }: SendRefusal): boolean {
  return kind === 'unreachable' && outcome !== 'unknown';
}

async function notSent(
  deps: Deps,
  context: Context,
  delivery: StoredDelivery,
  message: OutgoingMessage,
  refusal: SendRefusal,
  provider: string | null,
): Promise<JobOutcome> {
  const outcome = await commit(deps, context, afterRefusal(deps, context, { delivery, message, refusal, provider }));
  const retryAt = outcome.ok ? outcome.value : null;
  return retryAt === null ? DONE : { kind: 'retry', at: retryAt, error: refusal.detail };
}

interface Refused {
  readonly delivery: StoredDelivery;
  readonly message: OutgoingMessage;
  readonly refusal: SendRefusal;
  /** The one that was asked; `null` if none was. */
  readonly provider: string | null;
}

/** Reports the refusal, unless a device is gone: nothing failed then. @returns with the time of the next attempt; `null`: none */
export function afterRefusal(
  deps: Deps,
  context: Context,
  { delivery, message, refusal, provider }: Refused,
): Decision<Change, Instant | null> {
  if (delivery.device !== null && refusal.kind === 'permanent' && refusal.reason === 'gone')
    return { ...deviceGone(delivery, delivery.device, context.now), value: null };
  reportRefusal(deps, delivery.channel, refusal);
  const suppression = suppressionOf(deps, context, delivery, message, refusal, provider);
  return failed(delivery, refusal, provider, context.now, suppression);
}

/** The message waits in the outbox until a provider is configured (R59). */
export function withoutProvider({ channel }: OutgoingMessage, holder: string | null): SendRefusal {
  const detail = holder === null ? `no channel for ${channel}` : `${holder} is not configured any more`;
  return { kind: 'unreachable', detail };
}

/** Not of a message with a key of its own: its receiver’s key is not at hand, and the next other message finds out too. */
function suppressionOf(
  deps: Deps,
  context: Context,
  { channel, notification }: StoredDelivery,
  { to }: OutgoingMessage,
  refusal: SendRefusal,
  provider: string | null,
): NewSuppression | undefined {
  const reason = refusal.kind === 'permanent' ? reasonOfFault(refusal.reason) : null;
  const dataKey = notification.receiverKey;
  if (reason === null || channel === 'push' || typeof to !== 'string' || dataKey === null) return undefined;
  const address = normalisedAddress(channel, to);
  const id = newId<'suppression'>(deps, context.now);
  return address === undefined
    ? undefined
    : { id, userId: notification.receiver.id, dataKey, channel, address, reason, provider: provider ?? channel };
}

export function reportRefusal(deps: Deps, channel: string, refusal: SendRefusal): void {
  const { kind, detail } = refusal;
  const reason = (kind === 'unreachable' ? refusal.reason : undefined) ?? kind;
  deps.log.failure('message_not_sent', new Unavailable(channel, { reason }), { answer: detail });
}

/** After too many failed jobs: gives up the delivery and its job. */
export async function abandonDelivery(deps: Deps, context: Context, id: string, job: GivenUpJob): Promise<void> {
  const [unsent] = isUuid(id)
    ? await deps.database.load(deps.loads.notifications.unsentDelivery(id as DeliveryId))
    : [];
  const decision: Decision<Change, void> =
    unsent === undefined
      ? decided({ value: undefined, changes: [], audit: [] })
      : deliveryAbandoned(unsent, job.error, context.now);
  // If the commit is stale, another attempt has begun and records the outcome.
  await commit(deps, context, decision, { givenUp: job });
}
