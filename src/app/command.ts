/** Load, decide, commit: the only way anything is written. */
import { announcementsOf } from '../../domain/announcements.ts';
import type { Change, Decision } from '../../domain/changes.ts';
import { issueToken } from '../../domain/identity/one-time-token.ts';
import { categoryOf, type MessageDraft } from '../../domain/messages.ts';
import { rulesOf } from '../../domain/notifications/categories.ts';
import { DELIVER_NOTIFICATION, namedChannel } from '../../domain/notifications/routing.ts';
import { DELETE_FILES, exportFolder } from '../../domain/privacy/erasure.ts';
import { withConfirmation, withProxy } from '../../domain/scheduling/messages.ts';
import { equalBytes } from '../../domain/shared/bytes.ts';
import type { CommitConflict, ConflictCode, JobDraft, Load, Loaded } from '../../domain/shared/changes.ts';
import type { EndedJob, GivenUpJob, IdempotencyRecord, OutboxJob, StoredAnswer } from '../../domain/shared/database.ts';
import type { NotificationId, UserId } from '../../domain/shared/ids.ts';
import type { DataKey } from '../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../domain/shared/result.ts';
import { effectOf } from '../../domain/shared/revocation.ts';
import { recordEvent } from './audit.ts';
import { type Context, type Deps, newId } from './context.ts';
import { reliance, unrestricted } from './credential-changes.ts';
import { reminderJobs } from './notifications/reminder-jobs.ts';

/** Others changed the same resource each time this command was decided. */
export type Contended = { readonly code: 'version_conflict' };
/** The idempotency key was used before, with another payload. */
export type KeyReused = { readonly code: 'idempotency_key_reused' };

/** The answer, built before the commit so that it can be stored with it. */
export interface Representation {
  readonly status: 200 | 201 | 202;
  readonly body: unknown;
  /** Stored and repeated instead of the body if that holds a secret: secrets are returned once and stored nowhere. */
  readonly kept?: unknown;
  readonly location?: string;
}

export interface Command<L extends readonly Load<unknown>[], T, E> {
  readonly loads: L;
  /** Gets what was loaded; called again with fresh state if a concurrent commit made it stale. */
  readonly decide: (...loaded: Loaded<L>) => Result<Decision<Change, T>, E> | Promise<Result<Decision<Change, T>, E>>;
  /** Maps a violated constraint to the command's refusal. Default: a violation is a bug. */
  readonly onConflict?: (code: ConflictCode) => E;
  /**
   * Whether to reload and decide again after a violated constraint. The refusal can then include everything that a
   * decision says, such as alternatives.
   */
  readonly reloadOnConflict?: boolean;
  /**
   * How many times the command is decided at most if others commit first each time. Default 5. Raise where repeated
   * conflicts are expected but a definite refusal will follow.
   */
  readonly decisions?: number;
  /**
   * Serialises the commands of one key in this process: they are decided and committed one after another, and `whenFull`
   * refuses those that find no place in the queue. Commands whose key is `undefined` are not queued.
   */
  readonly queue?: { readonly key: (...loaded: Loaded<L>) => string | undefined; readonly whenFull: E };
  /** The key that seals address and user agent in the audit events if the caller is not signed in (yet). */
  readonly originKey?: () => DataKey | undefined;
}

/** A command whose answer is stored for a day and returned to repeated requests. */
export interface RepeatableCommand<L extends readonly Load<unknown>[], T, E> extends Command<L, T, E> {
  /**
   * The key of the person whose data the answer holds: it seals the answer, whoever the caller is, so that the answer
   * becomes unreadable when that person is erased. `caller` if the answer holds data of nobody else.
   */
  readonly answerOf: ((value: T) => DataKey) | 'caller';
}

/**
 * For a command that can violate one constraint, after which its refusal is named. A violation of any other is a bug.
 */
export function onlyConflict<C extends ConflictCode>(expected: C): (met: ConflictCode) => { readonly code: C } {
  return (met) => {
    if (met !== expected) throw new Error(`unexpected constraint violation: ${met}`);
    return { code: expected };
  };
}

const DECISIONS = 5;
const IDEMPOTENCY_SECONDS = 86_400;

/** Runs a command whose answer is not stored. */
export function execute<const L extends readonly Load<unknown>[], T, E>(
  deps: Deps,
  context: Context,
  command: Command<L, T, E>,
): Promise<Result<T, E | Contended>> {
  const { queue } = command;
  return retrying(async (attempt) => {
    const load = () => deps.database.load(...command.loads);
    const proceed = async (loaded: Loaded<L>) => {
      const decision = await command.decide(...loaded);
      if (!decision.ok) return decision;
      const outcome = await commit(deps, context, decision.value, { dataKey: command.originKey?.() });
      return committed(command, outcome, attempt);
    };
    const loaded = await load();
    const key = queue?.key(...loaded);
    if (queue === undefined || key === undefined) return proceed(loaded);
    const result = deps.queue.run(key, async (wasQueued) => proceed(wasQueued ? await load() : loaded));
    return result ?? refuse(queue.whenFull);
  }, command.decisions);
}

/**
 * Runs a command whose answer is stored under the request's idempotency key, in the same batch: a repeated request gets
 * the same answer and changes nothing. If two arrive at once, the second waits for the first one's batch, then gets its
 * answer. If the person whose data the answer held was erased, the repeated request is refused as any request about an
 * erased person.
 */
export function executeOnce<const L extends readonly Load<unknown>[], T, E>(
  deps: Deps,
  context: Context,
  command: RepeatableCommand<L, T, E>,
  represent: (value: T) => Representation,
): Promise<Result<Representation, E | Contended | KeyReused>> {
  const { idempotency, actor } = context;
  if (idempotency === null || actor.kind === 'anonymous' || actor.kind === 'system') {
    return execute(deps, context, command).then((result) => (result.ok ? ok(represent(result.value)) : result));
  }
  const scope = `${actor.userId} ${idempotency.operationId}`;
  const stored = deps.loads.storedAnswer(scope, idempotency.key, context.now);
  return retrying<Representation, E | KeyReused>(async (number) => {
    const [answer, ...loaded] = (await deps.database.load(stored, ...command.loads)) as [
      StoredAnswer | 'gone' | undefined,
      ...Loaded<L>,
    ];
    if (answer !== undefined && answer !== 'gone') {
      return equalBytes(answer.fingerprint, idempotency.fingerprint)
        ? ok(replay(answer))
        : refuse({ code: 'idempotency_key_reused' });
    }
    const decision = await command.decide(...(loaded as Loaded<L>));
    if (!decision.ok) return decision;
    // Already executed; its answer was erased, so do not run it again.
    if (answer === 'gone') return refuse({ code: 'idempotency_key_reused' });
    const representation = represent(decision.value.value);
    const record: IdempotencyRecord = {
      scope,
      key: idempotency.key,
      fingerprint: idempotency.fingerprint,
      status: representation.status,
      location: representation.location ?? null,
      body: JSON.stringify(representation.kept ?? representation.body),
      personKey: command.answerOf === 'caller' ? actor.dataKey : command.answerOf(decision.value.value),
      createdAt: context.now,
      expiresAt: context.now + IDEMPOTENCY_SECONDS * 1000,
    };
    const done = committed(command, await commit(deps, context, decision.value, { idempotency: record }), number);
    return done.ok ? ok(representation) : done;
  }, command.decisions);
}

function replay(answer: StoredAnswer): Representation {
  return {
    status: answer.status as Representation['status'],
    body: JSON.parse(answer.body) as unknown,
    ...(answer.location === null ? {} : { location: answer.location }),
  };
}

/** Marks an attempt that was decided on an old version. */
const STALE = Symbol('stale');

async function retrying<T, E>(
  attempt: (number: number) => Promise<Result<T, E | typeof STALE>>,
  decisions = DECISIONS,
): Promise<Result<T, E | Contended>> {
  for (let n = 1; n <= decisions; n++) {
    const result = await attempt(n);
    if (result.ok) return result;
    if (result.error !== STALE) return refuse(result.error as E);
  }
  return refuse({ code: 'version_conflict' });
}

function committed<L extends readonly Load<unknown>[], T, E>(
  command: Command<L, T, E>,
  outcome: Result<T, CommitConflict>,
  attempt: number,
): Result<T, E | typeof STALE> {
  if (outcome.ok) return outcome;
  const conflict = outcome.error;
  if (conflict.kind === 'stale' || conflict.code === 'idempotency_key_raced') return refuse(STALE);
  if (command.reloadOnConflict === true && attempt < (command.decisions ?? DECISIONS)) return refuse(STALE);
  if (command.onConflict === undefined) throw new Error(`unexpected constraint violation: ${conflict.code}`);
  return refuse(command.onConflict(conflict.code));
}

/** What a commit needs of the ports. */
export type CommitDeps = Pick<Deps, 'database' | 'random' | 'cipher' | 'cache' | 'dispatch'>;

/**
 * Commits a decision: its changes, its audit events and its messages in one batch.
 * @throws CallerOver
 */
export async function commit<T>(
  deps: CommitDeps,
  context: Context,
  decision: Decision<Change, T>,
  options: {
    readonly dataKey?: DataKey | undefined;
    readonly idempotency?: IdempotencyRecord;
    readonly givenUp?: GivenUpJob;
    readonly ended?: readonly EndedJob[];
  } = {},
): Promise<Result<T, CommitConflict>> {
  const told = decision.messages.filter((message) => !isOwnDoing(context, message));
  const queued = told.map((message) => queue(deps, context, asToldBy(context, message)));
  const drafts = [
    ...(decision.jobs ?? []),
    ...archivesToDelete(decision.changes),
    ...reminderJobs(decision.changes, context.now),
  ];
  const jobs = [...queued.map(({ job }) => job), ...drafts.map((job) => outboxJob(deps, context, job))];
  const changes = [...decision.changes, ...queued.map(({ change }) => change)];
  const outcome = await deps.database.commit({
    changes: [...changes, ...unrestricted(context.actor, changes), ...reliance(context.actor, changes, context.now)],
    audit: decision.audit.map((draft) => recordEvent(deps, context, draft, options.dataKey)),
    jobs,
    announced: announcementsOf(decision.changes).map((announcement) => ({
      ...announcement,
      id: newId<'webhook_event'>(deps, context.now),
    })),
    idempotency: options.idempotency,
    givenUp: options.givenUp,
    ended: options.ended,
    at: context.now,
  });
  if (!outcome.ok) return outcome;
  if (jobs.length + outcome.value.queued > 0) deps.dispatch();
  return ok(decision.value);
}

/** Revoking copies of personal data deletes their rows in the batch; their files are deleted by a job afterwards. */
function archivesToDelete(changes: readonly Change[]): JobDraft[] {
  const owners = changes.flatMap((change) =>
    change.type === 'credentials.revoked' && effectOf(change.action, 'export') === 'ends' ? [change.userId] : [],
  );
  const folders = owners.map(exportFolder);
  return folders.length === 0 ? [] : [{ topic: DELETE_FILES, payload: { folders: JSON.stringify(folders) } }];
}

const USUAL_PRIORITY = 5;

function outboxJob(deps: CommitDeps, { now }: Context, draft: JobDraft): OutboxJob {
  const { notBefore = now, priority = USUAL_PRIORITY, traceParent = null } = draft;
  return { ...draft, id: newId<'outbox'>(deps, now), notBefore, priority, traceParent };
}

/** Whom a message is about: its receiver, or for whom its receiver acts. */
function subjectOf({ userId, variables }: MessageDraft): UserId {
  return ('patientId' in variables ? variables.patientId : undefined) ?? userId;
}

/** A message about what a patient did for another one: a proxy. */
function asToldBy({ actor }: Context, message: MessageDraft): MessageDraft {
  if (actor.kind !== 'user' && actor.kind !== 'api_key') return message;
  return actor.role === 'patient' && subjectOf(message) !== actor.userId ? withProxy(message, actor.userId) : message;
}

/** Proxies are not told at once what they have just done for the patient. What is sent later, such as a reminder, they get. */
function isOwnDoing({ actor }: Context, message: MessageDraft): boolean {
  if (actor.kind !== 'user' && actor.kind !== 'api_key') return false;
  return message.userId === actor.userId && subjectOf(message) !== actor.userId && message.sendAt === undefined;
}

function queue(deps: CommitDeps, context: Context, message: MessageDraft): { change: Change; job: OutboxJob } {
  const id = message.id ?? (newId<'notification'>(deps, context.now) as NotificationId);
  const sendAt = message.sendAt ?? context.now;
  const category = categoryOf(message.template);
  const { confirms, reminds, ...told } = message;
  const link = confirms === undefined ? undefined : issueToken(deps.random.bytes(32));
  return {
    change: {
      type: 'notification.queued',
      id,
      message: link === undefined ? told : withConfirmation(told, link.token),
      confirmation: link === undefined || confirms === undefined ? null : { ...confirms, hash: link.hash },
      reminds: reminds ?? null,
      category,
      channel: namedChannel(message.variables) ?? 'email',
      sendAt,
      createdAt: context.now,
    },
    job: outboxJob(deps, context, {
      topic: DELIVER_NOTIFICATION,
      payload: { notificationId: id },
      notBefore: sendAt,
      priority: rulesOf(category).priority,
    }),
  };
}
