/** Ending mails by the link in them, without a sign-in. */
import { isChosen, type MailedCategory, type Preferences } from '../../../domain/notifications/preferences.ts';
import type { DeliveryId } from '../../../domain/notifications/states.ts';
import { chooseByLink } from '../../../domain/notifications/unsubscribing.ts';
import { equalBytes, toBase64Url, utf8 } from '../../../domain/shared/bytes.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';

const FIELD = 'deliveries.unsubscribe';
const TOKEN = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})([\w-]{22})$/;

/** Names the mail that it is in, signed with the index key: it says nothing about the person, and nobody can make one from an id. */
export function unsubscribeToken({ index }: Pick<Deps, 'index'>, id: DeliveryId): string {
  return `${id.replaceAll('-', '')}${signature(index.of(FIELD, id))}`;
}

/** @returns `undefined` unless the portal has made the token, also under a former key */
function deliveryOf({ index }: Pick<Deps, 'index'>, token: string): DeliveryId | undefined {
  const found = TOKEN.exec(token);
  if (found === null) return undefined;
  const id = found.slice(1, 6).join('-');
  const given = utf8(found[6] ?? '');
  return index.all(FIELD, id).some((each) => equalBytes(utf8(signature(each)), given)) ? (id as DeliveryId) : undefined;
}

/** 128 bits. */
function signature(hash: Uint8Array): string {
  return toBase64Url(hash.subarray(0, 16));
}

export interface UnsubscribeView {
  readonly mails: Pick<MailedCategory, 'category' | 'language'>;
  /** Whether the person gets such mails. */
  readonly isWanted: boolean;
}

/** Changes nothing: programs that check mails follow links. */
export async function readUnsubscribe(deps: Deps, token: string): Promise<UnsubscribeView | undefined> {
  const id = deliveryOf(deps, token);
  if (id === undefined) return undefined;
  const [found] = await deps.database.load(deps.loads.notifications.mailedCategory(id));
  return viewOf(found, found?.preferences);
}

/** @returns `undefined` if the link does not work */
export async function unsubscribe(
  deps: Deps,
  context: Context,
  token: string,
  isWanted: boolean,
): Promise<UnsubscribeView | undefined> {
  const id = deliveryOf(deps, token);
  if (id === undefined) return undefined;
  let seen: MailedCategory | undefined;
  const result = await execute(deps, context, {
    loads: [deps.loads.notifications.mailedCategory(id)],
    decide: (found) => {
      seen = found;
      return chooseByLink(found, isWanted, context.now);
    },
  });
  if (!result.ok && result.error.code === 'version_conflict')
    throw new Error('others changed the preferences each time');
  return result.ok ? viewOf(seen, result.value) : undefined;
}

function viewOf(mails: MailedCategory | undefined, preferences: Preferences | undefined): UnsubscribeView | undefined {
  if (mails === undefined || preferences === undefined) return undefined;
  return { mails, isWanted: isChosen(preferences, mails.category, 'email') };
}
