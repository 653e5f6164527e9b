/** What became of the chosen time: kept, taken by somebody, refused, or not kept any more. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { type AnyProblem, call, Refused } from '../../app/api.ts';
import { clockOf, dayOf } from '../../app/dates.ts';
import { filled, type Texts, useSpoken } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { keyOf, type Slot, timeOf } from './slots.ts';
import type { Choice, Choosing } from './use-hold.ts';

interface Alternative {
  readonly doctorId: string;
  readonly start: string;
  readonly date: string;
}

interface Reason {
  readonly code: string;
  readonly limit?: number;
  readonly gapDays?: number;
  readonly lastDate?: string;
}

type TimeProblem = AnyProblem & {
  readonly alternatives?: readonly Alternative[];
  readonly reasons?: readonly Reason[];
};

const TIME_PROBLEMS = ['slot_taken', 'slot_unavailable', 'series_unavailable'];
const EXPIRED = ['hold_expired', 'hold_not_found', 'hold_mismatch'];

/** @returns whether the refusal is about the time, and so is shown here, with other times */
export function takeRefusal(error: unknown, { fail, expire }: Choosing): boolean {
  if (!(error instanceof Refused)) return false;
  if (EXPIRED.includes(error.problem.code)) expire();
  else if (TIME_PROBLEMS.includes(error.problem.code)) fail(error);
  else return false;
  return true;
}

interface StatusProps {
  readonly choosing: Choosing;
  readonly type: string;
  /** Whether the focus goes to what went wrong: where it was caused by the button below. */
  readonly takesFocus?: boolean;
  readonly hasText?: boolean;
  /** Whether the choice is summed up above. */
  readonly isSummarised?: boolean;
}

export function ChoiceStatus({
  choosing,
  type,
  takesFocus = false,
  hasText = false,
  isSummarised = false,
}: StatusProps) {
  const { texts, language } = useSpoken();
  const { choice } = choosing;
  const place = useRef<HTMLDivElement>(null);
  const isLost = choice.state === 'failed' || choice.state === 'expired';
  useEffect(() => {
    if (isLost && takesFocus) place.current?.focus();
  }, [isLost, takesFocus]);
  if (choice.state === 'none') return null;
  const { slot } = choice;
  return (
    <div ref={place} tabIndex={-1} className="space-y-2 outline-none">
      {isLost ? (
        <Lost
          choice={choice}
          type={type}
          hasText={hasText}
          onChoose={(other) => {
            // The button that was pressed goes away.
            place.current?.focus();
            choosing.choose(other);
          }}
        />
      ) : isSummarised ? null : (
        <p className="font-medium">
          {filled(texts.booking.time.chosen, {
            day: dayOf(slot.date, language),
            time: timeOf(slot, language, texts),
            doctor: slot.doctorName,
          })}
        </p>
      )}
      <p role="status" className="text-mute">
        {keptLine(choice, texts, language)}
      </p>
    </div>
  );
}

function keptLine(choice: Choice, texts: Texts, language: Parameters<typeof clockOf>[1]): string {
  const { keeping, kept, notKept } = texts.booking.time;
  if (choice.state === 'placing') return keeping;
  if (choice.state === 'kept') return filled(kept, { time: clockOf(choice.hold.expiresAt, language) });
  return choice.state === 'chosen' ? notKept : '';
}

interface LostProps {
  readonly choice: Extract<Choice, { readonly state: 'failed' | 'expired' }>;
  readonly type: string;
  readonly hasText: boolean;
  readonly onChoose: (slot: Slot) => void;
}

function Lost({ choice, type, hasText, onChoose }: LostProps) {
  const { texts, language } = useSpoken();
  const { lost } = texts.booking;
  const { slot } = choice;
  const problem = choice.state === 'failed' && choice.failure instanceof Refused ? choice.failure.problem : null;
  const about = problem !== null && TIME_PROBLEMS.includes(problem.code) ? (problem as TimeProblem) : null;
  const near = useNearest(slot, type, about?.alternatives ?? null, choice.state === 'expired' || about !== null);
  if (choice.state === 'failed' && about === null) {
    const explain = ({ code }: AnyProblem) => (code === 'too_many_holds' ? lost.tooManyHolds : undefined);
    return (
      <>
        <FailureNotice failure={choice.failure} explain={explain} />
        <Button onPress={() => onChoose(slot)}>{texts.states.retry}</Button>
      </>
    );
  }
  const isStillFree = near.data?.some((each) => keyOf(each) === keyOf(slot)) === true && about === null;
  const others = (near.data ?? []).filter((each) => keyOf(each) !== keyOf(slot));
  const time = timeOf(slot, language, texts);
  return (
    <>
      <Notice kind={about === null ? 'warn' : 'bad'}>
        {about === null && <p className="font-semibold">{lost.expired}</p>}
        {about?.code === 'slot_taken' && (
          <p className="font-semibold">{filled(others.length > 0 ? lost.takenNearest : lost.taken, { time })}</p>
        )}
        {about !== null && about.code !== 'slot_taken' && <Refusals reasons={about.reasons ?? []} />}
        {about !== null && about.code !== 'slot_taken' && others.length > 0 && <p>{lost.nearest}</p>}
        {near.isLoading && <p>{lost.looking}</p>}
        {about === null && near.data !== undefined && (
          <p>
            {isStillFree
              ? lost.stillFree
              : others.length > 0
                ? filled(lost.takenNearest, { time })
                : filled(lost.taken, { time })}
          </p>
        )}
        {hasText && <p>{lost.kept}</p>}
      </Notice>
      <div className="flex flex-wrap gap-2">
        {isStillFree && (
          <Button kind="primary" onPress={() => onChoose(slot)}>
            {lost.keepAgain}
          </Button>
        )}
        {!isStillFree &&
          others.map((each) => (
            <Button key={keyOf(each)} onPress={() => onChoose(each)}>
              {nearText(each, slot, timeOf(each, language, texts), dayOf(each.date, language))}
            </Button>
          ))}
      </div>
    </>
  );
}

/** Only what differs from what was chosen. */
function nearText(each: Slot, slot: Slot, time: string, day: string): string {
  return [each.date !== slot.date && day, time, each.doctorId !== slot.doctorId && each.doctorName]
    .filter(Boolean)
    .join(', ');
}

function Refusals({ reasons }: { readonly reasons: readonly Reason[] }) {
  const { texts, language } = useSpoken();
  const { lost, reasons: words } = texts.booking;
  return (
    <>
      <p className="font-semibold">{lost.refused}</p>
      <ul className="list-disc ps-5">
        {reasons.map(({ code, limit, gapDays, lastDate }) => (
          <li key={code}>
            {filled(code in words ? words[code as keyof typeof words] : words.other, {
              limit: limit ?? '',
              days: gapDays ?? '',
              day: lastDate === undefined ? '' : dayOf(lastDate, language),
            })}
          </li>
        ))}
      </ul>
    </>
  );
}

/**
 * The free times near a lost one, with their wall times, which alternatives do not have.
 * @param alternatives what the API named; `null` looks at the day of the lost time
 */
function useNearest(slot: Slot, type: string, alternatives: readonly Alternative[] | null, isWanted: boolean) {
  const wanted = alternatives?.map(keyOf) ?? null;
  return useQuery({
    queryKey: ['listAvailableSlots', 'near', keyOf(slot), type, wanted],
    enabled: isWanted,
    staleTime: 0,
    queryFn: async () => {
      const asked = alternatives === null ? [slot] : alternatives;
      const doctors = [...new Set(asked.map(({ doctorId }) => doctorId))];
      const dates = asked.map(({ date }) => date).toSorted();
      const found = await Promise.all(doctors.map((doctorId) => slotsOf(doctorId, dates, type, slot)));
      const distance = (each: Slot) => Math.abs(Date.parse(each.start) - Date.parse(slot.start));
      return found
        .flat()
        .filter((each) => wanted === null || wanted.includes(keyOf(each)))
        .toSorted((a, b) => distance(a) - distance(b))
        .slice(0, 4)
        .toSorted((a, b) => Date.parse(a.start) - Date.parse(b.start));
    },
  });
}

async function slotsOf(doctorId: string, dates: readonly string[], type: string, slot: Slot): Promise<Slot[]> {
  const [from, to] = [dates[0] ?? slot.date, dates.at(-1) ?? slot.date];
  const [{ data }, doctorName] = await Promise.all([
    call('listAvailableSlots', { query: { doctorId, from, to, type } }),
    doctorId === slot.doctorId
      ? slot.doctorName
      : call('getDoctor', { path: { id: doctorId } }).then(({ name }) => name),
  ]);
  return data.map((each) => ({ ...each, doctorId, doctorName }));
}
