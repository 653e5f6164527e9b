import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call } from '../../app/api.ts';
import { dayOf } from '../../app/dates.ts';
import { useSpoken } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Skeleton } from '../../ui/page.tsx';
import { byDay, keyOf, type Slot, type Wanted } from './slots.ts';
import { Times } from './times.tsx';

/** As many as the API gives at once. */
const PAGE = 100;
const SHOWN = 20;

function useEarliest({ type, doctorId, specialty }: Wanted) {
  return useInfiniteQuery({
    queryKey: ['earliest', type, doctorId, specialty],
    queryFn: ({ pageParam }) =>
      call('listNextAvailable', {
        query: {
          type,
          limit: PAGE,
          ...(doctorId && { doctorIds: doctorId }),
          ...(specialty && { specialty }),
          ...(pageParam && { from: pageParam }),
        },
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ data }, _pages, from) => {
      const last = data.at(-1)?.date;
      if (data.length < PAGE || last === undefined) return null;
      // The last day may go on; a day that fills the whole page is passed over, and is in the month.
      return last === from ? dayAfter(last) : last;
    },
  });
}

const dayAfter = (date: string) => new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);

interface EarliestProps {
  readonly wanted: Wanted;
  readonly chosen: Slot | null;
  readonly onChoose: (slot: Slot) => void;
  /** Shown where there is none. */
  readonly none: (searchedUntil: string) => ReactNode;
}

export function Earliest({ wanted, chosen, onChoose, none }: EarliestProps) {
  const { texts, language } = useSpoken();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useEarliest(wanted);
  const [count, setCount] = useState(SHOWN);
  if (error !== null && data === undefined)
    return (
      <>
        <FailureNotice failure={error} />
        <Button onPress={() => void refetch()}>{texts.states.retry}</Button>
      </>
    );
  if (data === undefined) return <Skeleton lines={5} />;
  const all = new Map(data.pages.flatMap((page) => page.data.map((slot) => [keyOf(slot), slot])));
  const until = data.pages.at(-1)?.searchedUntil ?? '';
  if (all.size === 0 && chosen === null) return none(until);
  const shown = [...all.values()].slice(0, count);
  const hasMore = all.size > count || hasNextPage;
  return (
    <div className="space-y-6">
      {byDay(shown, chosen).map(({ date, slots }) => (
        <section key={date} className="space-y-2">
          <h3>{dayOf(date, language)}</h3>
          <Times date={date} slots={slots} chosen={chosen} onChoose={onChoose} />
        </section>
      ))}
      {hasMore && (
        <Button
          isWide
          isPending={isFetchingNextPage}
          onPress={() => {
            setCount(count + SHOWN);
            if (all.size < count + SHOWN && hasNextPage) void fetchNextPage();
          }}
        >
          {texts.booking.time.later}
        </Button>
      )}
    </div>
  );
}
