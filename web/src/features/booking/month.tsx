import { useQueries } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { call } from '../../app/api.ts';
import { dayOf, monthOf } from '../../app/dates.ts';
import { filled, useSpoken } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Skeleton } from '../../ui/page.tsx';
import { MonthGrid } from './month-grid.tsx';
import type { BookingPlace, Go } from './place.ts';
import { byDay, type Doctor, type Slot, type Wanted } from './slots.ts';
import { Times } from './times.tsx';

/** For more, a doctor is chosen first: each is asked for by itself. */
const MOST_DOCTORS = 8;

function useMonth(month: string, doctors: readonly Doctor[], type: string) {
  const lastDay = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0)).getUTCDate();
  const today = new Date().toISOString().slice(0, 10);
  const from = today.startsWith(month) ? today : `${month}-01`;
  return useQueries({
    queries: doctors.map(({ id, name }) => {
      const query = { doctorId: id, from, to: `${month}-${lastDay}`, type };
      return {
        queryKey: ['listAvailableSlots', { query }],
        queryFn: async () =>
          (await call('listAvailableSlots', { query })).data.map(
            (slot): Slot => ({ ...slot, doctorId: id, doctorName: name }),
          ),
      };
    }),
    combine: (answers) => ({
      slots: answers.flatMap(({ data }) => data ?? []),
      isLoading: answers.some(({ isPending }) => isPending),
      error: answers.find(({ error }) => error !== null)?.error ?? null,
      retry: () => answers.map(({ refetch }) => refetch()),
    }),
  });
}

interface MonthProps {
  readonly wanted: Wanted;
  readonly doctors: readonly Doctor[];
  readonly place: BookingPlace;
  readonly go: Go;
  readonly chosen: Slot | null;
  readonly onChoose: (slot: Slot) => void;
  readonly chooseDoctor: ReactNode;
}

export function Month(props: MonthProps) {
  const { month: words } = useSpoken().texts.booking;
  if (props.doctors.length > MOST_DOCTORS)
    return (
      <>
        <p>{words.tooMany}</p>
        {props.chooseDoctor}
      </>
    );
  return <MonthOfDoctors {...props} />;
}

function MonthOfDoctors({ wanted, doctors, place, go, chosen, onChoose }: MonthProps) {
  const { texts, language } = useSpoken();
  const words = texts.booking.month;
  const thisMonth = new Date().toISOString().slice(0, 7);
  const month = place.month ?? place.day?.slice(0, 7) ?? chosen?.date.slice(0, 7) ?? thisMonth;
  const { slots, isLoading, error, retry } = useMonth(month, doctors, wanted.type);
  const days = byDay(slots, chosen?.date.startsWith(month) ? chosen : null);
  const day = place.day?.startsWith(month) ? days.find(({ date }) => date === place.day) : undefined;
  const grid = useRef<HTMLDivElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const wasChosen = useRef(false);
  const shown = day?.date;
  useEffect(() => {
    if (shown === undefined || !wasChosen.current) return;
    wasChosen.current = false;
    heading.current?.focus();
  }, [shown]);
  const show = (to: string) => {
    if (to >= thisMonth) go({ month: to, day: undefined }, { replace: true });
  };
  const title = monthOf(month, language);
  return (
    <div className="space-y-4">
      <p className="text-mute">{words.choose}</p>
      <div className="flex max-w-sm items-center justify-between gap-2">
        <Button aria-label={words.previous} isDisabled={month <= thisMonth} onPress={() => show(monthAt(month, -1))}>
          <ChevronLeft aria-hidden className="size-5 rtl:rotate-180" />
        </Button>
        <h3 aria-live="polite">{title}</h3>
        <Button aria-label={words.next} onPress={() => show(monthAt(month, 1))}>
          <ChevronRight aria-hidden className="size-5 rtl:rotate-180" />
        </Button>
      </div>
      {error !== null && (
        <>
          <FailureNotice failure={error} />
          <Button onPress={() => retry()}>{texts.states.retry}</Button>
        </>
      )}
      <div ref={grid} className={isLoading ? 'opacity-60' : ''} aria-busy={isLoading}>
        <MonthGrid
          month={month}
          label={title}
          free={new Map(days.map(({ date, slots: each }) => [date, each.length]))}
          chosen={day?.date}
          onMonth={show}
          onChoose={(date) => {
            wasChosen.current = true;
            // The same day again: there is no change that moves the focus.
            if (date === day?.date) heading.current?.focus();
            go({ day: date, month }, { replace: true });
          }}
        />
      </div>
      {isLoading && <Skeleton lines={1} />}
      {!isLoading && error === null && days.length === 0 && <p role="status">{filled(words.none, { month: title })}</p>}
      {day !== undefined && (
        <section className="space-y-2">
          <h3 ref={heading} tabIndex={-1}>
            {filled(texts.booking.time.timesOn, { day: dayOf(day.date, language) })}
          </h3>
          <Times date={day.date} slots={day.slots} chosen={chosen} onChoose={onChoose} />
          <Button kind="quiet" onPress={() => grid.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus()}>
            {words.backToMonth}
          </Button>
        </section>
      )}
    </div>
  );
}

const monthAt = (month: string, change: number) =>
  new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1 + change, 1)).toISOString().slice(0, 7);
