import { Radio, RadioGroup } from 'react-aria-components';
import { cityOf, fullDayOf, ownTime } from '../../app/dates.ts';
import { filled, useSpoken } from '../../texts/texts.tsx';
import { keyOf, type Slot, timeOf } from './slots.ts';

interface TimesProps {
  readonly date: string;
  readonly slots: readonly Slot[];
  readonly chosen: Slot | null;
  readonly onChoose: (slot: Slot) => void;
}

/** The times of a day: one group, named with the full date. */
export function Times({ date, slots, chosen, onChoose }: TimesProps) {
  const { texts, language } = useSpoken();
  return (
    <RadioGroup
      aria-label={filled(texts.booking.time.timesOn, { day: fullDayOf(date, language) })}
      value={chosen === null ? null : keyOf(chosen)}
      onChange={(key) => {
        const slot = slots.find((each) => keyOf(each) === key);
        if (slot !== undefined) onChoose(slot);
      }}
      className="grid gap-2 sm:grid-cols-2"
    >
      {slots.map((slot) => (
        <Radio
          key={keyOf(slot)}
          value={keyOf(slot)}
          className="group flex min-h-11 cursor-pointer items-center gap-3 rounded-control border border-control bg-surface px-3 py-2 hover:bg-brand-soft selected:border-brand selected:bg-brand-soft [&_input]:scroll-mb-72"
        >
          <span
            aria-hidden
            className="size-5 shrink-0 rounded-full border-2 border-control group-selected:border-6 group-selected:border-brand"
          />
          <SlotText slot={slot} />
        </Radio>
      ))}
    </RadioGroup>
  );
}

/** The clinic's time and the doctor; the reader's own time where it differs. */
function SlotText({ slot }: { readonly slot: Slot }) {
  const { texts, language } = useSpoken();
  const { start, date, startTime, timezone, doctorName } = slot;
  const own = ownTime(start, date, startTime, language);
  const time = timeOf(slot, language, texts);
  return (
    <span className="flex flex-wrap items-baseline gap-x-3">
      <time dateTime={start} className="font-semibold">
        {own === null ? time : filled(texts.appointment.at, { time, place: cityOf(timezone) })}
      </time>
      <span>{doctorName}</span>
      {own !== null && <span className="text-sm text-mute">{filled(texts.appointment.yours, { time: own })}</span>}
    </span>
  );
}
