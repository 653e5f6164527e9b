import type { ReactNode } from 'react';
import { useTexts } from '../texts/texts.tsx';
import { Button } from './button.tsx';
import { FailureNotice } from './form.tsx';
import { Empty, Skeleton } from './page.tsx';

interface Growing<Entry> {
  readonly data: Entry[] | undefined;
  readonly error: unknown;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => unknown;
  readonly refetch: () => unknown;
}

interface EntriesProps<Entry> {
  readonly list: Growing<Entry>;
  readonly empty: string;
  readonly emptyHelp?: string;
  /** What can be done about an empty list. */
  readonly emptyAction?: ReactNode;
  readonly isShown?: (entry: Entry) => boolean;
  readonly children: (entry: Entry) => ReactNode;
}

/** A list that grows by a button. It says when it is empty, and when it could not be read. */
export function Entries<Entry extends { readonly id: string }>(props: EntriesProps<Entry>) {
  const { list, empty, emptyHelp, emptyAction, isShown = () => true, children } = props;
  const { states } = useTexts();
  if (list.data === undefined && list.error === null) return <Skeleton />;
  const shown = (list.data ?? []).filter(isShown);
  return (
    <div className="space-y-4">
      {shown.length === 0 && !list.hasNextPage && list.error === null && (
        <Empty title={empty} action={emptyAction} {...(emptyHelp !== undefined && { help: emptyHelp })} />
      )}
      <ul className="space-y-4">
        {shown.map((entry) => (
          <li key={entry.id}>{children(entry)}</li>
        ))}
      </ul>
      {list.error !== null && (
        <>
          <FailureNotice failure={list.error} />
          <Button onPress={() => void list.refetch()}>{states.retry}</Button>
        </>
      )}
      {list.hasNextPage && (
        <Button isWide isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          {states.showMore}
        </Button>
      )}
    </div>
  );
}
