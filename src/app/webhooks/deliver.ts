/** Sends an event to an endpoint, and records what came of it. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { GivenUpJob } from '../../../domain/shared/database.ts';
import { isUuid } from '../../../domain/shared/ids.ts';
import { formatInstant, type Instant } from '../../../domain/shared/time.ts';
import type { Answer } from '../../../domain/webhooks/answer.ts';
import {
  afterAttempt,
  disabling,
  failureOf,
  giveUp,
  judgeSending,
  type Sending,
  type WebhookDeliveryId,
} from '../../../domain/webhooks/delivery.ts';
import { bodyOf } from '../../../domain/webhooks/event-types.ts';
import { signedHeaders } from '../../../domain/webhooks/signature.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import type { JobOutcome } from '../notifications/outcome.ts';

const DONE: JobOutcome = { kind: 'done' };
/** How many times an outcome is decided at most if others change the endpoint meanwhile. */
const DECISIONS = 5;

export async function deliverWebhook(deps: Deps, context: Context, id: string): Promise<JobOutcome> {
  if (!isUuid(id)) return DONE;
  const load = async () => (await deps.database.load(deps.loads.webhooks.sending(id as WebhookDeliveryId)))[0];
  const sending = await load();
  if (sending === undefined) return DONE;
  const verdict = judgeSending(sending, context.now, randomPart(deps));
  if (verdict.kind === 'done') return DONE;
  if (verdict.kind === 'wait') return { kind: 'retry', at: verdict.until, error: 'resting' };
  if (verdict.kind === 'give_up') {
    await commit(deps, context, giveUp(sending.delivery.id, verdict.because));
    return DONE;
  }
  const answer = await send(deps, sending);
  // A receiver may take its time to answer.
  const later = { ...context, now: deps.clock.now() };
  return recordAnswer(deps, later, sending, answer, load);
}

function send(deps: Deps, { delivery, endpoint, secrets }: Sending): Promise<Answer> {
  const { event } = delivery;
  const body = bodyOf(event, formatInstant);
  return deps.webhooks.post(endpoint.url, signedHeaders(secrets ?? [], event.id, body, deps.clock.now()), body);
}

/** If another attempt has been recorded since, that one decides. */
async function recordAnswer(
  deps: Deps,
  context: Context,
  first: Sending,
  answer: Answer,
  reload: () => Promise<Sending | undefined>,
): Promise<JobOutcome> {
  const random = randomPart(deps);
  let sending: Sending | undefined = first;
  for (let n = 0; n < DECISIONS && sending?.delivery.attempts === first.delivery.attempts; n++) {
    const outcome = await commit(deps, context, await decide(deps, context, sending, answer, random));
    if (outcome.ok) return outcomeOf(outcome.value, answer);
    sending = await reload();
  }
  return DONE;
}

async function decide(
  deps: Deps,
  { now }: Context,
  sending: Sending,
  answer: Answer,
  random: number,
): Promise<Decision<Change, Instant | null>> {
  const isLast = disabling(sending.endpoint, failureOf(answer), now) !== null;
  const [administrators] = isLast ? await deps.database.load(deps.loads.audit.administrators()) : [[]];
  return afterAttempt(sending, answer, administrators, random, now);
}

function outcomeOf(next: Instant | null, answer: Answer): JobOutcome {
  if (next === null) return DONE;
  return { kind: 'retry', at: next, error: answer.kind === 'answered' ? `answered ${answer.status}` : answer.reason };
}

/** From 0 to 1. */
function randomPart(deps: Deps): number {
  return (deps.random.bytes(1)[0] ?? 0) / 256;
}

/**
 * After too many failed jobs: gives up the delivery and its job, so that it is listed as failed and can be sent again by
 * hand. Nothing is loaded, because loading may be what fails.
 */
export async function abandonWebhook(deps: Deps, context: Context, id: string, job: GivenUpJob): Promise<void> {
  const decision: Decision<Change, null> = isUuid(id)
    ? giveUp(id as WebhookDeliveryId, 'internal_error')
    : decided({ value: null, changes: [], audit: [] });
  // If the commit is stale, another attempt has begun and records the outcome.
  await commit(deps, context, decision, { givenUp: job });
}
