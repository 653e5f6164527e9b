import { useState } from 'react';
import { Refused } from '../../app/api.ts';
import { useCommand } from '../../app/commands.ts';
import { dayOf, readingOf } from '../../app/dates.ts';
import { useLoaded } from '../../app/queries.ts';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Empty } from '../../ui/page.tsx';
import type { Wanted } from './slots.ts';

interface NoTimesProps {
  readonly wanted: Wanted;
  readonly searchedUntil: string;
  /** Absent where all doctors were searched. */
  readonly onOthers?: (() => void) | undefined;
  readonly hasWaitlist: boolean;
}

/** Why there is nothing to choose, and what can be done. */
export function NoTimes({ wanted, searchedUntil, onOthers, hasWaitlist }: NoTimesProps) {
  const { texts, language } = useSpoken();
  const { none } = texts.booking;
  const help = onOthers === undefined ? none.helpAny : none.help;
  return (
    <Empty
      title={filled(none.title, { day: dayOf(searchedUntil, language) })}
      {...(hasWaitlist && { help })}
      action={
        <div className="flex flex-wrap justify-center gap-3">
          {hasWaitlist && <JoinWaitlist wanted={wanted} until={searchedUntil} />}
          {onOthers !== undefined && <Button onPress={onOthers}>{none.others}</Button>}
        </div>
      }
    />
  );
}

export function JoinWaitlist({ wanted, until }: { readonly wanted: Wanted; readonly until: string }) {
  const { none } = useTexts().booking;
  const { timezone } = useLoaded('getClinic');
  const join = useCommand('joinWaitlist', { idempotent: true });
  const [isJoined, setJoined] = useState(false);
  if (isJoined) return <Notice kind="good">{none.joined}</Notice>;
  const { type, doctorId, specialty } = wanted;
  const isThere = join.error instanceof Refused && join.error.problem.code === 'waitlist_entry_exists';
  if (isThere) return <Notice kind="info">{none.alreadyJoined}</Notice>;
  const from = readingOf(new Date(), timezone).date;
  const body = { type, from, to: until, ...(doctorId && { doctorId }), ...(specialty && { specialty }) };
  return (
    <>
      {join.error !== null && <FailureNotice failure={join.error} />}
      <Button
        kind="primary"
        isPending={join.isPending}
        onPress={() => join.mutate({ body }, { onSuccess: () => setJoined(true) })}
      >
        {none.join}
      </Button>
    </>
  );
}
