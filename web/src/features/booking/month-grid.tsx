import { type CalendarDate, getWeeksInMonth, parseDate, startOfMonth, startOfWeek } from '@internationalized/date';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { fullDayOf } from '../../app/dates.ts';
import { filled, useSpoken } from '../../texts/texts.tsx';

interface MonthGridProps {
  /** `2026-12`. */
  readonly month: string;
  readonly label: string;
  /** How many times are free, by date. */
  readonly free: ReadonlyMap<string, number>;
  readonly chosen: string | undefined;
  readonly onChoose: (date: string) => void;
  /** Called when the keys lead out of the month. */
  readonly onMonth: (month: string) => void;
}

function weeksOf(month: string, language: string): readonly (readonly CalendarDate[])[] {
  const first = startOfWeek(startOfMonth(parseDate(`${month}-01`)), language);
  const count = getWeeksInMonth(parseDate(`${month}-01`), language);
  return Array.from({ length: count }, (_, week) =>
    Array.from({ length: 7 }, (__, day) => first.add({ weeks: week, days: day })),
  );
}

/** A month whose days say how many times are free. One of them is in the order of the tab key; the arrows move. */
export function MonthGrid({ month, label, free, chosen, onChoose, onMonth }: MonthGridProps) {
  const { language } = useSpoken();
  const weeks = weeksOf(month, language);
  const firstFree = [...free]
    .filter(([, count]) => count > 0)
    .map(([date]) => date)
    .toSorted()[0];
  const [at, setAt] = useState<string | null>(null);
  const here = [at, chosen, firstFree].find((date) => date?.startsWith(month)) ?? `${month}-01`;
  const cells = useRef(new Map<string, HTMLButtonElement>());
  const isMoving = useRef(false);
  useEffect(() => {
    // Into another month only once that month is shown.
    if (!isMoving.current || here !== at) return;
    isMoving.current = false;
    cells.current.get(here)?.focus();
  }, [here, at]);
  const move = (event: KeyboardEvent) => {
    const to = destination(event.key, parseDate(here), language, document.documentElement.dir === 'rtl');
    if (to === null) return;
    event.preventDefault();
    isMoving.current = true;
    setAt(to.toString());
    if (!to.toString().startsWith(month)) onMonth(to.toString().slice(0, 7));
  };
  const short = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' });
  const long = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' });
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table whose cells are reached by arrow keys.
    <table role="grid" aria-label={label} onKeyDown={move} className="border-separate border-spacing-0.5">
      <thead>
        <tr>
          {weeks[0]?.map((day) => (
            <th
              key={day.toString()}
              scope="col"
              abbr={long.format(day.toDate('UTC'))}
              className="text-sm font-medium text-mute"
            >
              {short.format(day.toDate('UTC'))}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]?.toString()}>
            {week.map((day) => (
              <td key={day.toString()} className="p-0">
                {day.toString().startsWith(month) && (
                  <DayButton
                    date={day.toString()}
                    count={free.get(day.toString()) ?? 0}
                    isHere={day.toString() === here}
                    isChosen={day.toString() === chosen}
                    onChoose={onChoose}
                    keep={(cell) => {
                      if (cell === null) cells.current.delete(day.toString());
                      else cells.current.set(day.toString(), cell);
                    }}
                  />
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function destination(key: string, from: CalendarDate, language: string, isRightToLeft: boolean): CalendarDate | null {
  const forward = isRightToLeft ? -1 : 1;
  switch (key) {
    case 'ArrowRight':
      return from.add({ days: forward });
    case 'ArrowLeft':
      return from.subtract({ days: forward });
    case 'ArrowDown':
      return from.add({ weeks: 1 });
    case 'ArrowUp':
      return from.subtract({ weeks: 1 });
    case 'Home':
      return startOfWeek(from, language);
    case 'End':
      return startOfWeek(from, language).add({ days: 6 });
    case 'PageDown':
      return from.add({ months: 1 });
    case 'PageUp':
      return from.subtract({ months: 1 });
    default:
      return null;
  }
}

interface DayButtonProps {
  readonly date: string;
  readonly count: number;
  readonly isHere: boolean;
  readonly isChosen: boolean;
  readonly onChoose: (date: string) => void;
  readonly keep: (cell: HTMLButtonElement | null) => void;
}

function DayButton({ date, count, isHere, isChosen, onChoose, keep }: DayButtonProps) {
  const { texts, language } = useSpoken();
  const { dayFree, dayFreeOne, dayNone } = texts.booking.month;
  const words = count === 0 ? dayNone : count === 1 ? dayFreeOne : dayFree;
  const look =
    count === 0
      ? 'text-mute'
      : `border-control font-bold cursor-pointer hover:bg-brand-soft ${isChosen ? 'bg-brand text-on-brand' : 'bg-surface text-brand'}`;
  return (
    <button
      ref={keep}
      type="button"
      tabIndex={isHere ? 0 : -1}
      aria-label={filled(words, { day: fullDayOf(date, language), count })}
      aria-disabled={count === 0}
      aria-pressed={isChosen}
      onClick={() => count > 0 && onChoose(date)}
      className={`tabular grid size-[min(2.75rem,(100vw-4rem)/7)] place-items-center rounded-control border border-transparent ${look}`}
    >
      {new Intl.NumberFormat(language).format(Number(date.slice(8)))}
    </button>
  );
}
