/** The time that a reader has chosen, and keeps for ten minutes. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { type Answer, call, newIdempotencyKey, Refused } from '../../app/api.ts';
import { queryClient } from '../../app/queries.ts';
import type { Slot } from './slots.ts';

type Kept = Answer<'holdSlot'>;

export type Choice =
  | { readonly state: 'none' }
  /** Chosen, and not kept yet. */
  | { readonly state: 'placing'; readonly slot: Slot }
  | { readonly state: 'kept'; readonly slot: Slot; readonly hold: Kept }
  /** Chosen without keeping it: a move books it directly. */
  | { readonly state: 'chosen'; readonly slot: Slot }
  | { readonly state: 'expired'; readonly slot: Slot }
  | { readonly state: 'failed'; readonly slot: Slot; readonly failure: unknown };

export interface Choosing {
  readonly choice: Choice;
  readonly choose: (slot: Slot) => void;
  /** It was booked: nothing is released. */
  readonly used: () => void;
  /** The API says that it is not kept any more. */
  readonly expire: () => void;
  /** It was refused when it was booked. */
  readonly fail: (failure: unknown) => void;
}

/** Arrow keys pass over times: only the one at which they rest is kept. */
const REST_MS = 400;

/** Also while the page goes away. */
function release(id: string): void {
  void fetch(`/api/v1/appointments/holds/${id}`, { method: 'DELETE', keepalive: true }).catch(() => {});
}

export const slotOf = (choice: Choice): Slot | null => (choice.state === 'none' ? null : choice.slot);

/** @param isKept whether choosing places a hold; a move has none, because the API moves without one */
export function useHold(type: string, isKept: boolean): Choosing {
  const [choice, setChoice] = useState<Choice>({ state: 'none' });
  const kept = useRef<Kept | null>(null);
  const turn = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const letGo = useCallback(() => {
    if (kept.current !== null) release(kept.current.id);
    kept.current = null;
  }, []);
  const choose = useCallback(
    (slot: Slot) => {
      turn.current += 1;
      clearTimeout(timer.current);
      if (!isKept) return setChoice({ state: 'chosen', slot });
      setChoice({ state: 'placing', slot });
      const mine = turn.current;
      timer.current = setTimeout(() => {
        letGo();
        void place(slot, type).then(
          (hold) => {
            if (mine !== turn.current) return release(hold.id);
            kept.current = hold;
            setChoice({ state: 'kept', slot, hold });
          },
          (failure: unknown) => {
            if (mine === turn.current) setChoice({ state: 'failed', slot, failure });
          },
        );
      }, REST_MS);
    },
    [isKept, type, letGo],
  );
  const expire = useCallback(() => {
    kept.current = null;
    setChoice((before) => (before.state === 'none' ? before : { state: 'expired', slot: before.slot }));
    refreshTimes();
  }, []);
  const used = useCallback(() => {
    kept.current = null;
    setChoice({ state: 'none' });
  }, []);
  const fail = useCallback((failure: unknown) => {
    setChoice((before) => (before.state === 'none' ? before : { state: 'failed', slot: before.slot, failure }));
    refreshTimes();
  }, []);
  useEnding(choice, expire);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is kept for another type of visit is released.
  useEffect(() => {
    const left = () => {
      turn.current += 1;
      clearTimeout(timer.current);
      letGo();
    };
    window.addEventListener('pagehide', left);
    return () => {
      window.removeEventListener('pagehide', left);
      left();
      setChoice({ state: 'none' });
    };
  }, [letGo, type]);
  return { choice, choose, used, expire, fail };
}

function useEnding(choice: Choice, expire: () => void): void {
  const endsAt = choice.state === 'kept' ? choice.hold.expiresAt : null;
  useEffect(() => {
    if (endsAt === null) return;
    const timer = setTimeout(expire, Math.max(0, Date.parse(endsAt) - Date.now()));
    return () => clearTimeout(timer);
  }, [endsAt, expire]);
}

async function place({ doctorId, start }: Slot, type: string): Promise<Kept> {
  try {
    return await call('holdSlot', {
      body: { doctorId, start, type },
      header: { 'Idempotency-Key': newIdempotencyKey() },
    });
  } catch (error) {
    // Somebody else was faster: what is shown is not true any more.
    if (error instanceof Refused) refreshTimes();
    throw error;
  }
}

export function refreshTimes(): void {
  for (const queryKey of [['listNextAvailable'], ['listAvailableSlots'], ['earliest']])
    void queryClient.invalidateQueries({ queryKey });
}
