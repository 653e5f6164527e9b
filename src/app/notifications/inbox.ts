/** A person's messages in the portal. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { render } from '../../../domain/messages.ts';
import type { ListedMessage, ListedPage, ListedQuery } from '../../../domain/notifications/lists.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { NotificationId } from '../../../domain/shared/ids.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { recordEvent } from '../audit.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { textsIn } from './languages.ts';

/** What the portal shows of a message. */
export interface ShownWords {
  readonly title: string;
  readonly text: string;
}

/** A message in the words that the portal shows. */
export interface ShownMessage extends Omit<ListedMessage, 'variables'> {
  /** `null` if it cannot be read. */
  readonly words: ShownWords | null;
}

/** A page of one's own messages, the newest first. Like other reads of the record, it is recorded. */
export async function readOwnMessages(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  query: ListedQuery,
): Promise<readonly ShownMessage[]> {
  const entry = recordEvent(deps, context, { type: 'notification.listed', stream: actor.userId, outcome: 'success' });
  const page = await deps.database.loadRecorded(deps.loads.notifications.listedRead(actor.userId, query), [entry]);
  const texts = await textsIn(page.language);
  return page.messages.map(({ variables, ...message }) => ({
    ...message,
    words: variables === null ? null : wordsOf(deps, page, message.template, variables, texts),
  }));
}

/**
 * The short form: it names no patient, so nobody has to be looked up. What somebody of the clinic wrote is shown whole: the short
 * form says only that it is there.
 * @returns `null` for a template of another version of the portal
 */
export function wordsOf(
  deps: Deps,
  { language, sender }: Pick<ListedPage, 'language' | 'sender'>,
  template: string,
  variables: object,
  texts: Parameters<typeof render>[3],
): ShownWords | null {
  const { publicUrl } = deps.settings;
  const rendered = render(template, variables, { language, firstName: null, publicUrl, sender }, texts);
  if (rendered === undefined) return null;
  const isWritten = 'body' in variables || 'whatHappened' in variables;
  return { title: rendered.subject, text: isWritten ? rendered.body : (rendered.push?.body ?? rendered.subject) };
}

/** @param which by id, or all that were shown until then */
export function markRead(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  which: { readonly ids: readonly NotificationId[] } | { readonly until: Instant },
) {
  return execute(deps, context, {
    loads: [],
    decide: (): Result<Decision<Change, void>, never> =>
      ok(
        decided({
          value: undefined,
          changes: [
            {
              type: 'notifications.read',
              userId: actor.userId,
              ids: 'ids' in which ? which.ids : null,
              until: 'until' in which ? which.until : context.now,
              at: context.now,
            },
          ],
          audit: [{ type: 'notification.marked_read', stream: actor.userId, outcome: 'success' }],
        }),
      ),
  });
}
