import { cityOf, fullDayOf, ownTime } from '../../app/dates.ts';
import { filled, useSpoken } from '../../texts/texts.tsx';
import { type Slot, timeOf } from './slots.ts';

/** Day, time, doctor and place of what is about to be booked. */
export function SlotSummary({ slot, type }: { readonly slot: Slot; readonly type: string }) {
  const { texts, language } = useSpoken();
  const { start, date, startTime, timezone, doctorName, location } = slot;
  const own = ownTime(start, date, startTime, language);
  const time = timeOf(slot, language, texts);
  return (
    <div className="space-y-1">
      <p className="text-[1.375rem] leading-tight font-bold">
        <time dateTime={start}>
          {fullDayOf(date, language)},{' '}
          {own === null ? time : filled(texts.appointment.at, { time, place: cityOf(timezone) })}
        </time>
      </p>
      {own !== null && <p className="text-mute">{filled(texts.appointment.yours, { time: own })}</p>}
      <p>{type}</p>
      <p>{filled(texts.appointment.with, { doctor: doctorName })}</p>
      {location !== null && (
        <p>
          <span className="text-mute">{texts.appointment.where}:</span>{' '}
          {[location.name, location.street, location.city].filter(Boolean).join(', ')}
        </p>
      )}
    </div>
  );
}
