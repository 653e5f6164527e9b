import { useEffect, useState } from 'react';
import { useCommand } from '../../app/commands.ts';
import { cityOf, dayOf, momentOf, wallTime } from '../../app/dates.ts';
import { type EntryOf, useList } from '../../app/lists.ts';
import { useRead } from '../../app/queries.ts';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button, TextLink } from '../../ui/button.tsx';
import { Ending } from '../../ui/ending.tsx';
import { Entries } from '../../ui/entries.tsx';
import { Tick } from '../../ui/field.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Badge, Notice, type NoticeKind } from '../../ui/notice.tsx';
import { Card, Page } from '../../ui/page.tsx';

type Entry = EntryOf<'listWaitlistEntries'>;
type Offer = NonNullable<Entry['offer']>;

export default function Waitlist() {
  const { waitlist } = useTexts();
  const list = useList('listWaitlistEntries');
  const [done, setDone] = useState<string | null>(null);
  return (
    <Page title={waitlist.title}>
      <p>{waitlist.about}</p>
      {done !== null && (
        <Notice kind="good">
          <p>{done}</p>
          <TextLink href="/appointments">{waitlist.toAppointments}</TextLink>
        </Notice>
      )}
      <Entries list={list} empty={waitlist.empty} emptyHelp={waitlist.emptyHelp}>
        {(entry) => <EntryCard entry={entry} onDone={setDone} />}
      </Entries>
    </Page>
  );
}

const STATES: Readonly<Record<Entry['state'], NoticeKind>> = {
  waiting: 'info',
  offered: 'warn',
  booked: 'good',
  withdrawn: 'info',
  expired: 'bad',
};

interface EntryProps {
  readonly entry: Entry;
  readonly onDone: (text: string) => void;
}

function EntryCard({ entry, onDone }: EntryProps) {
  const { texts, language } = useSpoken();
  const { waitlist } = texts;
  const { type, doctorId, specialty, from, to, dailyWindow, state, offer, _links: links } = entry;
  const { data: types } = useRead('listAppointmentTypes');
  const typeName = types?.data.find(({ code }) => code === type)?.name ?? type;
  const range = { from: dayOf(from, language), to: dayOf(to, language) };
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-3">
        <h2 dir="auto">{typeName}</h2>
        <Badge kind={STATES[state]}>{waitlist.state[state]}</Badge>
      </div>
      <p>
        {doctorId === null ? (specialty ?? waitlist.anyDoctor) : <DoctorName id={doctorId} />}
        {'. '}
        {filled(waitlist.range, range)}
        {dailyWindow !== null &&
          ` ${filled(waitlist.window, {
            from: wallTime(dailyWindow.start, language),
            to: wallTime(dailyWindow.end, language),
          })}`}
      </p>
      {offer !== null && <OfferPart offer={offer} onDone={onDone} />}
      {links.leave && <Leaving id={entry.id} onLeft={() => onDone(waitlist.left)} />}
    </Card>
  );
}

function DoctorName({ id }: { readonly id: string }) {
  const { data: doctor } = useRead('getDoctor', { path: { id } });
  return <bdi>{doctor?.name ?? '…'}</bdi>;
}

function OfferPart({ offer, onDone }: { readonly offer: Offer; readonly onDone: (text: string) => void }) {
  const { texts, language } = useSpoken();
  const { waitlist } = texts;
  const { id, doctorId, start, expiresAt, giveBack, _links: links } = offer;
  const accept = useCommand('acceptOffer', { idempotent: true });
  const decline = useCommand('declineOffer', { idempotent: true });
  const [givesBack, setGivesBack] = useState(true);
  const seconds = useSecondsUntil(expiresAt);
  const failure = accept.error ?? decline.error;
  const body = giveBack !== null && givesBack ? { giveBack: giveBack.id } : {};
  return (
    <div className="space-y-3 rounded-control border-2 border-brand bg-brand-soft p-4">
      <h3>{waitlist.offer}</h3>
      <p className="text-lg font-semibold">
        <ClinicTime instant={start} doctorId={doctorId} />
      </p>
      <p>
        <DoctorName id={doctorId} />
      </p>
      {/* Not announced each second. */}
      <p aria-live="off" className="tabular">
        {seconds > 0
          ? filled(waitlist.kept, { left: clock(seconds), when: momentOf(expiresAt, language) })
          : waitlist.tooLate}
      </p>
      {giveBack !== null && (
        <div>
          <Tick label={waitlist.giveBack} isSelected={givesBack} onChange={setGivesBack} />
          <p className="ps-9">
            <ClinicTime instant={giveBack.start} doctorId={giveBack.doctorId} />
          </p>
        </div>
      )}
      {failure !== null && <FailureNotice failure={failure} takesFocus />}
      <div className="grid grid-cols-2 gap-3">
        {links.accept && (
          <Button
            kind="primary"
            isPending={accept.isPending}
            onPress={() => accept.mutate({ path: { id }, body }, { onSuccess: () => onDone(waitlist.accepted) })}
          >
            {waitlist.accept}
          </Button>
        )}
        {links.decline && (
          <Button
            isPending={decline.isPending}
            onPress={() => decline.mutate({ path: { id }, body: {} }, { onSuccess: () => onDone(waitlist.declined) })}
          >
            {waitlist.decline}
          </Button>
        )}
      </div>
    </div>
  );
}

/** An instant on the doctor's clock, with the city, because an offer has no wall time of its own. */
function ClinicTime({ instant, doctorId }: { readonly instant: string; readonly doctorId: string }) {
  const { language, texts } = useSpoken();
  const { data: doctor } = useRead('getDoctor', { path: { id: doctorId } });
  if (doctor === undefined) return '…';
  const { timezone } = doctor;
  const time = new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: 'numeric',
    minute: '2-digit',
    timeZone: timezone,
  }).format(new Date(instant));
  return <time dateTime={instant}>{filled(texts.appointment.at, { time, place: cityOf(timezone) })}</time>;
}

function Leaving({ id, onLeft }: { readonly id: string; readonly onLeft: () => void }) {
  const { waitlist } = useTexts();
  return (
    <Ending
      command="leaveWaitlist"
      id={id}
      verb={waitlist.leave}
      title={waitlist.leaveTitle}
      about={waitlist.leaveAbout}
      keep={waitlist.stay}
      onEnded={onLeft}
    />
  );
}

function useSecondsUntil(instant: string): number {
  const left = () => Math.max(0, Math.round((Date.parse(instant) - Date.now()) / 1_000));
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    const timer = setInterval(() => setSeconds(left()), 1_000);
    return () => clearInterval(timer);
  });
  return seconds;
}

/** `1:05:09` or `5:09`. */
function clock(seconds: number): string {
  const pad = (part: number) => String(part).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}
