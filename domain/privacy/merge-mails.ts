/** What people with accounts are told when two of their records are merged, or parted again. */
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';
import type { MessageDraft } from './messages.ts';

export interface MergeReceiver {
  readonly id: UserId;
  readonly dataKey: DataKey;
  /** Null without an address that is proven: then nobody is told. */
  readonly mailbox: { readonly email: string; readonly firstName: string } | null;
}

/**
 * @param messageKey a new key. It seals the address of the alias in the message: the account is closed in the same batch, and nothing
 *   else is sent to closed accounts.
 */
export function tellMerged(
  survivor: MergeReceiver,
  alias: MergeReceiver,
  undoUntil: Instant,
  messageKey: DataKey,
): MessageDraft[] {
  return [
    ...toOpen(survivor, { template: 'records-merged', variables: { undoUntil } }),
    ...(alias.mailbox === null
      ? []
      : [
          {
            template: 'account-merged' as const,
            variables: alias.mailbox,
            ...mailTo(alias.id, messageKey),
          },
        ]),
  ];
}

/** Both accounts are open again. */
export function tellParted(survivor: MergeReceiver, alias: MergeReceiver): MessageDraft[] {
  return [
    ...toOpen(survivor, { template: 'records-parted', variables: { isAlias: false } }),
    ...toOpen(alias, { template: 'records-parted', variables: { isAlias: true } }),
  ];
}

type Said = MessageDraft extends infer M ? (M extends MessageDraft ? Pick<M, 'template' | 'variables'> : never) : never;

function toOpen({ id, dataKey, mailbox }: MergeReceiver, said: Said): MessageDraft[] {
  return mailbox === null ? [] : [{ ...said, ...mailTo(id, dataKey) } as MessageDraft];
}

function mailTo(userId: UserId, dataKey: DataKey) {
  return { userId, dataKey } as const;
}
