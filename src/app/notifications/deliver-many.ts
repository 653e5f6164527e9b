/**
 * Sends many deliveries: loaded together, held and noted in waves. Each is judged no longer than two seconds before it is
 * sent. What is sent to one provider does not wait for another one.
 */
import { begun, deliverySkipped, held, holderOf, judgeDelivery, sent } from '../../../domain/notifications/delivery.ts';
import type { OutgoingMessage, StoredDelivery } from '../../../domain/notifications/ports.ts';
import { chooseProvider } from '../../../domain/notifications/providers.ts';
import type { Clinic } from '../../../domain/scheduling/clinic-settings.ts';
import { isUuid } from '../../../domain/shared/ids.ts';
import type { ClaimedJob } from '../../../domain/shared/outbox.ts';
import { refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { inJobSpan } from '../job-spans.ts';
import { type BatchWorker, createNoter, done, type Noter, type Outcome, retried, united } from './batch.ts';
import { outgoing, surroundingsOf } from './content.ts';
import { overCap, spendingOf } from './daily-caps.ts';
import { afterRefusal, type DeliveryDeps, isFree, reportRefusal, withoutProvider } from './deliver.ts';

/** Deliveries that are held together. */
export const WAVE = 100;
/** Requests to one provider at once. */
const SENT_AT_ONCE = 16;
/** What was loaded longer ago is loaded again before it is judged. */
const FRESH_MS = 2_000;

type All = Deps & DeliveryDeps;

interface Loaded {
  readonly deliveries: ReadonlyMap<string, StoredDelivery>;
  readonly clinic: Clinic;
  readonly at: Instant;
}

interface Ready {
  readonly job: ClaimedJob;
  readonly delivery: StoredDelivery;
  readonly message: OutgoingMessage;
}

/**
 * @param contextNow makes the context of a wave
 * @param signal after an abort no other wave is begun, and the rest is released
 */
export async function sendMany(
  deps: All,
  contextNow: () => Context,
  jobs: readonly ClaimedJob[],
  worker: BatchWorker,
  signal?: AbortSignal,
): Promise<void> {
  const loaded = await load(deps, jobs);
  for (let from = 0; from < jobs.length; from += WAVE) {
    if (from > 0 && signal?.aborted === true) return worker.release(jobs.slice(from));
    await sendWave(deps, contextNow(), jobs.slice(from, from + WAVE), loaded, worker);
  }
}

/** Waits for all of them before it throws, so that nothing goes on behind its caller. */
async function all(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function load(deps: All, jobs: readonly ClaimedJob[]): Promise<Loaded> {
  const at = deps.clock.now();
  const ids = jobs.map(({ payload }) => payload.deliveryId ?? '').filter(isUuid);
  const { notifications, scheduling } = deps.loads;
  const [found, clinic] = await deps.database.load(notifications.deliveriesOf(ids), scheduling.clinic());
  return { deliveries: new Map(found.map((delivery) => [delivery.id, delivery])), clinic, at };
}

async function sendWave(
  deps: All,
  context: Context,
  jobs: readonly ClaimedJob[],
  before: Loaded,
  worker: BatchWorker,
): Promise<void> {
  const loaded = context.now - before.at > FRESH_MS ? await load(deps, jobs) : before;
  const { outcomes, ready } = await judged(deps, context, jobs, loaded, worker);
  const noter = createNoter(deps, context, worker, outcomes);
  const wave: Wave = { deps, context, worker, noter, judgedAt: loaded.at };
  try {
    const chosen = (await heldOf(wave, ready, loaded.clinic)).map((each) => choose(wave, each));
    const freed = await sendAll(wave, await begin(wave, chosen), true);
    if (freed.length > 0) await sendAll(wave, await begin(wave, freed), false);
  } finally {
    // Also after a fault: what has an outcome is not tried again.
    await noter.flush();
  }
}

/** Those whose lease is held and that their channel has room for today. What becomes of the others is an outcome. */
async function heldOf({ deps, context, worker, noter }: Wave, ready: readonly Ready[], clinic: Clinic) {
  const [first] = ready;
  if (first === undefined) return [];
  // All of a wave are of one topic.
  const spending = spendingOf(clinic, first.delivery.channel, context.now);
  const jobs = ready.map(({ job }) => job);
  const { held: kept, over } = await worker.hold(jobs, spending);
  for (const { job, delivery } of ready.filter((each) => over.has(each.job.id)))
    noter.add(done(job, overCap(deps, context, clinic, delivery)));
  return ready.filter(({ job }) => kept.has(job.id));
}

/** What is not to be sent now is an outcome already. */
async function judged(
  deps: All,
  context: Context,
  jobs: readonly ClaimedJob[],
  { deliveries, clinic }: Loaded,
  worker: BatchWorker,
) {
  const { now } = context;
  const outcomes: Outcome[] = [];
  const due: Omit<Ready, 'message'>[] = [];
  for (const job of jobs) {
    const delivery = deliveries.get(job.payload.deliveryId ?? '');
    const verdict = delivery === undefined ? ({ kind: 'done' } as const) : judgeDelivery(delivery, now);
    if (delivery === undefined || verdict.kind === 'done') outcomes.push(done(job));
    else if (verdict.kind === 'skip') outcomes.push(done(job, deliverySkipped(delivery, verdict.why, now)));
    else if (verdict.kind === 'hold') outcomes.push(done(job, held(delivery, verdict.until, now)));
    else due.push({ job, delivery });
  }
  const surroundings = await surroundingsOf(
    deps,
    clinic,
    due.map(({ delivery }) => delivery),
  );
  const ready: Ready[] = [];
  for (const each of due) {
    try {
      ready.push({ ...each, message: await outgoing(deps, each.delivery, surroundings, now) });
    } catch (error) {
      await worker.failed(each.job, error);
    }
  }
  return { outcomes, ready };
}

interface Chosen extends Ready {
  readonly provider: string | null;
  /** Where several could send it, the choice is recorded before the provider is asked. */
  readonly isShared: boolean;
  /** The provider has just failed: one is tried before the others, which would be refused meanwhile. */
  readonly isTrial: boolean;
}

/** What the steps of a wave share. */
interface Wave {
  readonly deps: All;
  readonly context: Context;
  readonly worker: BatchWorker;
  readonly noter: Noter;
  readonly judgedAt: Instant;
}

/** Whose provider has certainly not taken it, with another one that is up. */
type Freed = Chosen & { readonly freedBy: string };

function choose({ deps }: Wave, ready: Ready): Chosen {
  const providers = deps.channel.providersFor(ready.message);
  const provider = chooseProvider(providers, holderOf(ready.delivery));
  const isTrial = providers.some((each) => each.provider === provider && each.pausedSince !== null);
  return { ...ready, provider, isShared: providers.length > 1, isTrial };
}

/** @returns those that no other attempt has */
async function begin(
  { deps, context, worker }: Wave,
  chosen: readonly (Chosen & { readonly freedBy?: string })[],
): Promise<readonly Chosen[]> {
  const shared = chosen.filter(({ isShared, provider }) => isShared && provider !== null);
  if (shared.length === 0) return chosen;
  const decisions = shared.map(({ delivery, provider, freedBy }) =>
    begun(delivery, provider ?? '', freedBy ?? null, context.now),
  );
  if ((await commit(deps, context, united(decisions))).ok) return chosen;
  // Another attempt has one of them: each finds out by itself.
  for (const { job } of shared) await worker.alone(job);
  return chosen.filter((each) => !shared.includes(each));
}

/** @param isFirst whether another provider may be asked after this one */
async function sendAll(wave: Wave, chosen: readonly Chosen[], isFirst: boolean): Promise<readonly Freed[]> {
  const { worker, noter } = wave;
  const freed: Freed[] = [];
  const one = async (each: Chosen) => {
    try {
      const next = await inJobSpan(wave.deps.tracer, 'deliver', each.job, () => attempt(wave, each, isFirst));
      if (next !== null && each.provider !== null) freed.push({ ...each, provider: next, freedBy: each.provider });
    } catch (error) {
      await worker.failed(each.job, error);
    }
  };
  // One that hangs takes up one place; the others go on.
  const toOne = async (some: readonly Chosen[]) => {
    const waiting = createWaiting(wave, some);
    const place = async () => {
      for (let each = await waiting.next(); each !== undefined; each = await waiting.next()) {
        await one(each);
        await noter.flushIfDue();
      }
    };
    const first = some[0]?.isTrial === true ? await waiting.next() : undefined;
    if (first !== undefined) await one(first);
    await all(Array.from({ length: SENT_AT_ONCE }, place));
  };
  await all([...Map.groupBy(chosen, ({ provider }) => provider).values()].map(toOne));
  return freed;
}

/** Those that wait to be sent to one provider. They are judged again, once for all, if they have waited for too long. */
function createWaiting(wave: Wave, some: readonly Chosen[]) {
  const waiting = [...some];
  let at = wave.judgedAt;
  let judging: Promise<void> | undefined;
  const judge = async () => {
    at = wave.deps.clock.now();
    waiting.push(...(await judgedAgain(wave, waiting.splice(0))));
    judging = undefined;
  };
  return {
    async next(): Promise<Chosen | undefined> {
      if (judging === undefined && waiting.length > 0 && wave.deps.clock.now() - at > FRESH_MS) judging = judge();
      await judging;
      return waiting.shift();
    },
  };
}

/** What waits behind a slow provider. The provider that was chosen keeps it, since the choice is recorded. */
async function judgedAgain(
  { deps, context, worker, noter }: Wave,
  waiting: readonly Chosen[],
): Promise<readonly Chosen[]> {
  const jobs = waiting.map(({ job }) => job);
  const now = deps.clock.now();
  const { outcomes, ready } = await judged(deps, { ...context, now }, jobs, await load(deps, jobs), worker);
  for (const outcome of outcomes) noter.add(outcome);
  const byJob = new Map(ready.map((each) => [each.job.id, each]));
  return waiting.flatMap((each): Chosen[] => {
    const { provider, isOutcomeUnknown } = each.delivery;
    const fresh = byJob.get(each.job.id);
    return fresh === undefined
      ? []
      : [{ ...each, ...fresh, delivery: { ...fresh.delivery, provider, isOutcomeUnknown } }];
  });
}

/** @returns the provider to ask next, or `null` once there is an outcome */
async function attempt(wave: Wave, chosen: Chosen, isFirst: boolean): Promise<string | null> {
  const { deps, worker, noter } = wave;
  const { job, delivery, message, provider } = chosen;
  const holder = holderOf(delivery);
  const result =
    provider === null ? refuse(withoutProvider(message, holder)) : await deps.channel.send(message, provider);
  if (result.ok) {
    const number = message.channel === 'sms' ? message.to : null;
    const accepted = { provider, providerId: result.value.providerId, number };
    worker.keep(job, accepted);
    noter.add(done(job, sent(delivery, accepted, deps.clock.now())));
    return null;
  }
  const { error: refusal } = result;
  if (isFirst && holder === null && isFree(refusal)) {
    const others = deps.channel.providersFor(message).filter((other) => other.provider !== provider);
    const next = others.find(({ state }) => state !== 'paused');
    if (next !== undefined) {
      reportRefusal(deps, message.channel, refusal);
      return next.provider;
    }
  }
  const context = { ...wave.context, now: deps.clock.now() };
  const decision = afterRefusal(deps, context, { delivery, message, refusal, provider });
  noter.add(retried(job, decision, decision.value, refusal.detail));
  return null;
}
