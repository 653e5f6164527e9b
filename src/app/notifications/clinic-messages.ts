/** Messages that somebody of the clinic writes to one person. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { UserNotFound } from '../../../domain/identity/user.ts';
import { categoryOf, type MessageDraft } from '../../../domain/messages.ts';
import type { SendingChannel } from '../../../domain/notifications/categories.ts';
import {
  type ClinicWords,
  type NoAccount,
  type PlannedChannel,
  plannedChannels,
  reachable,
} from '../../../domain/notifications/clinic-message.ts';
import type { PersonMessagesPage, PersonMessagesQuery } from '../../../domain/notifications/lists.ts';
import type { Addressed } from '../../../domain/notifications/receiver.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import { executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { bookingViewer } from '../scheduling/actors.ts';
import { toEach } from '../scheduling/messages.ts';
import { type ShownWords, wordsOf } from './inbox.ts';
import { textsIn } from './languages.ts';

export interface ClinicMessage {
  readonly personId: UserId;
  readonly words: ClinicWords;
  /** `null`: all that the receiver takes. */
  readonly channels: readonly SendingChannel[] | null;
}

/** What becomes, or would become, of a message. */
export interface Written {
  readonly id: NotificationId;
  readonly hasAccount: boolean;
  readonly channels: readonly PlannedChannel[];
  /** How many who act for the person get it too. */
  readonly proxies: number;
}

type Refusal = UserNotFound | NoAccount;

function templateOf(words: ClinicWords) {
  return 'notice' in words ? 'clinic-notice' : 'clinic-message';
}

function planOf(id: NotificationId, person: Addressed, { words, channels }: ClinicMessage): Written {
  const { hasAccount, proxies } = person;
  const category = categoryOf(templateOf(words));
  return {
    id,
    hasAccount,
    channels: hasAccount ? plannedChannels(person, { category, channels }) : [],
    proxies: proxies.length,
  };
}

function found(person: Addressed | undefined): Result<Addressed, Refusal> {
  return person === undefined ? refuse({ code: 'not_found' }) : reachable(person);
}

/** What would become of the message. Nothing is sent. */
export async function planMessage(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  message: ClinicMessage,
): Promise<Result<Written, Refusal>> {
  const viewer = bookingViewer(actor, context);
  const [person] = await deps.database.load(deps.loads.notifications.addressed(message.personId, viewer, context.now));
  const reached = found(person);
  return reached.ok ? ok(planOf(newMessageId(deps, context), reached.value, message)) : reached;
}

/** Doctors write to own patients, staff and administrators to everybody. Who acts for the person gets a copy. */
export function writeMessage(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  message: ClinicMessage,
  represent: (written: Written) => Representation,
) {
  const id = newMessageId(deps, context);
  type Deciding = Result<Decision<Change, { readonly written: Written; readonly key: DataKey }>, Refusal>;
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.notifications.addressed(message.personId, bookingViewer(actor, context), context.now)],
      decide: (person): Deciding => {
        const reached = found(person);
        if (!reached.ok) return reached;
        const written = planOf(id, reached.value, message);
        const template = templateOf(message.words);
        return ok(
          decided({
            value: { written, key: reached.value.dataKey },
            changes: [],
            audit: [
              {
                type: 'message.sent',
                stream: message.personId,
                outcome: 'success',
                resource: { type: 'notification', id },
                details: {
                  template,
                  ...('notice' in message.words ? { notice: message.words.notice } : {}),
                  ...(message.channels === null ? {} : { channels: message.channels.join(' ') }),
                },
              },
            ],
            messages: draftsOf(id, actor, reached.value, message),
          }),
        );
      },
      answerOf: ({ key }) => key,
    },
    ({ written }) => represent(written),
  );
}

function draftsOf(
  id: NotificationId,
  actor: KnownActor,
  { receiver, dataKey, proxies }: Addressed,
  { words, channels }: ClinicMessage,
): MessageDraft[] {
  const receivers = { patient: { id: receiver.id, dataKey }, proxies };
  const common = { writtenBy: actor.userId, channels: channels ?? undefined };
  const drafts: MessageDraft[] =
    'notice' in words
      ? toEach(receivers, { ...common, template: 'clinic-notice', variables: words })
      : toEach(receivers, { ...common, template: 'clinic-message', variables: words });
  return drafts.map((draft) => (draft.userId === receiver.id ? { ...draft, id } : draft));
}

function newMessageId(deps: Deps, context: Context): NotificationId {
  return newId<'notification'>(deps, context.now) as NotificationId;
}

/** A message of the list, with what it says. */
export interface PersonMessage extends Omit<PersonMessagesPage['messages'][number], 'variables'> {
  readonly words: ShownWords | null;
}

/** A page of what a patient was and will be told about the record, the newest first. The read is recorded. */
export async function readMessagesTo(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  query: PersonMessagesQuery,
): Promise<Result<readonly PersonMessage[], UserNotFound>> {
  const entry = recordEvent(deps, context, { type: 'notification.listed', stream: query.personId, outcome: 'success' });
  const load = deps.loads.notifications.messagesToRead(query, viewerOf(actor, context));
  const page = await deps.database.loadRecorded(load, [entry]);
  if (page === undefined) return refuse({ code: 'not_found' });
  const texts = await textsIn(page.language);
  return ok(
    page.messages.map(({ variables, ...message }) => ({
      ...message,
      words: variables === null ? null : wordsOf(deps, page, message.template, variables, texts),
    })),
  );
}
