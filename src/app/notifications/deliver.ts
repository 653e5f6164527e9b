/** Sends a notification that is still to be sent. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { render, type TemplateName } from '../../../domain/messages.ts';
import { abandoned, failed, judge, sent, skipped } from '../../../domain/notifications/delivery.ts';
import type { Rendered } from '../../../domain/notifications/layout.ts';
import type {
  Attachment,
  ChannelName,
  MessageChannel,
  OutgoingMessage,
  SendRefusal,
  StoredNotification,
} from '../../../domain/notifications/ports.ts';
import { type Clinic, senderOf } from '../../../domain/scheduling/clinic-settings.ts';
import { isForCalendars } from '../../../domain/scheduling/messages.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { GivenUpJob } from '../../../domain/shared/database.ts';
import { isUuid, type NotificationId, type UserId } from '../../../domain/shared/ids.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { mailedCalendarFile } from '../scheduling/calendar-file.ts';
import { textsIn } from './languages.ts';

/** The outcome of a job: done, or retried at a time; `null` for exponential backoff. */
export type JobOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly at: Instant | null; readonly error: string };

export interface DeliveryDeps {
  readonly channel: MessageChannel;
}

/** One attempt to send. Its success must not be lost (R83). */
export interface Sending {
  /** The provider's answer to an earlier attempt that could not be recorded; `undefined` if no attempt was accepted. */
  readonly accepted: { readonly providerId: string | null } | undefined;
  /**
   * Extends the lease before the message is sent: nothing is sent while writes fail.
   * @returns false when another attempt holds the lease
   */
  begin(): Promise<boolean>;
  /** Keeps the provider's answer until it is recorded. */
  keep(providerId: string | null): void;
}

export async function deliverNotification(
  deps: Deps & DeliveryDeps,
  context: Context,
  id: string,
  sending: Sending,
): Promise<JobOutcome> {
  if (!isUuid(id)) return { kind: 'done' };
  const [notification, clinic] = await deps.database.load(
    deps.loads.notifications.notification(id as NotificationId),
    deps.loads.scheduling.clinic(),
  );
  if (notification === undefined) return { kind: 'done' };
  if (sending.accepted !== undefined) {
    await commit(deps, context, sent(notification, sending.accepted.providerId, context.now));
    return { kind: 'done' };
  }
  const verdict = judge(notification, context.now);
  if (verdict.kind === 'done') return { kind: 'done' };
  if (verdict.kind === 'skip') {
    await commit(deps, context, skipped(notification, verdict.why, context.now));
    return { kind: 'done' };
  }
  const { message, receiver } = notification;
  const { channel } = message;
  if (channel === 'push') {
    // Nobody has subscribed.
    await commit(deps, context, skipped(notification, 'no_subscription', context.now));
    return { kind: 'done' };
  }
  const variables = await withNames(deps, message.variables);
  const { language } = receiver;
  const rendered = render(
    message.template,
    variables,
    {
      language,
      // The requester typed the new address, which may belong to a stranger.
      firstName: message.template === ('confirm-email-change' satisfies TemplateName) ? null : receiver.firstName,
      publicUrl: deps.settings.publicUrl,
      sender: senderOf(clinic),
    },
    await textsIn(language),
  );
  if (rendered === undefined) throw new Error(`the message has an unknown template: ${message.template}`);
  if (!(await sending.begin())) return { kind: 'done' };
  const result = await deps.channel.send({
    id: notification.id,
    channel,
    to: addressee(notification),
    template: message.template,
    receiverKey: notification.receiverKey,
    attachments: attachedTo(notification, clinic, deps.settings.publicUrl),
    ...contentFor(channel, rendered),
  });
  if (result.ok) {
    sending.keep(result.value.providerId);
    await commit(deps, context, sent(notification, result.value.providerId, context.now));
    return { kind: 'done' };
  }
  return notSent(deps, context, notification, result.error);
}

async function notSent(
  deps: Deps,
  context: Context,
  notification: StoredNotification,
  refusal: SendRefusal,
): Promise<JobOutcome> {
  const { kind, detail } = refusal;
  const reason = (kind === 'unreachable' ? refusal.reason : undefined) ?? kind;
  deps.log.failure('message_not_sent', new Unavailable(notification.message.channel, { reason }), { answer: detail });
  const outcome = await commit(deps, context, failed(notification, refusal, context.now));
  const retryAt = outcome.ok ? outcome.value : null;
  return retryAt === null ? { kind: 'done' } : { kind: 'retry', at: retryAt, error: detail };
}

/** What a channel shows of a message. */
function contentFor(
  channel: ChannelName,
  { sms, push, ...mail }: Rendered,
): Pick<OutgoingMessage, 'subject' | 'text' | 'html' | 'links' | 'codes'> {
  if (channel === 'sms' && sms !== null) return { ...mail, text: sms };
  if (channel === 'push' && push !== null) return { ...mail, subject: push.title, text: push.body };
  return mail;
}

function attachedTo({ message }: StoredNotification, clinic: Clinic, publicUrl: string): readonly Attachment[] {
  const { channel, variables } = message;
  if (channel !== 'email' || !isForCalendars(variables)) return [];
  return [mailedCalendarFile(variables.calendar, variables.doctorName, clinic, publicUrl)];
}

/** Variables that name a person, with the variable for the name. */
const NAMED = [
  ['proxyId', 'proxyName'],
  ['patientId', 'patientName'],
] as const;

/** The names of those whom the message is about: looked up now, so that they are not stored with the message. */
async function withNames(deps: Deps, variables: object): Promise<object> {
  const values = new Map(Object.entries(variables));
  const named = NAMED.flatMap(([id, name]) => {
    const person: unknown = values.get(id);
    return typeof person === 'string' ? [{ name, person: person as UserId }] : [];
  });
  if (named.length === 0) return variables;
  const [names] = await deps.database.load(deps.loads.privacy.names(named.map(({ person }) => person)));
  return {
    ...variables,
    ...Object.fromEntries(named.map(({ name, person }) => [name, names.get(person)?.name ?? null])),
  };
}

/**
 * After too many failed jobs: gives up the notification and its job, and destroys the message's own key. Nothing is
 * decrypted, because decryption may be what fails.
 */
export async function abandonNotification(deps: Deps, context: Context, id: string, job: GivenUpJob): Promise<void> {
  const [unsent] = isUuid(id) ? await deps.database.load(deps.loads.notifications.unsent(id as NotificationId)) : [];
  const decision: Decision<Change, void> =
    unsent === undefined
      ? decided({ value: undefined, changes: [], audit: [] })
      : abandoned(unsent, job.error, context.now);
  // If the commit is stale, another attempt has begun and records the outcome.
  await commit(deps, context, decision, { givenUp: job });
}

/** Messages that verify a number or an address, or that are about a former address, name their receiver; others go to the account's address. */
function addressee({ message: { variables }, receiver }: StoredNotification): string {
  if ('phoneNumber' in variables && typeof variables.phoneNumber === 'string') return variables.phoneNumber;
  return 'to' in variables && typeof variables.to === 'string' ? variables.to : receiver.email;
}
