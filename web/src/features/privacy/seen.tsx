import { dayOf, plainDateOf, timeOf } from '../../app/dates.ts';
import { type EntryOf, useList } from '../../app/lists.ts';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { TextLink } from '../../ui/button.tsx';
import { Entries } from '../../ui/entries.tsx';
import { Badge } from '../../ui/notice.tsx';
import { Card, Page } from '../../ui/page.tsx';

type Event = EntryOf<'listDisclosures'>;

interface Day {
  readonly id: string;
  readonly events: readonly Event[];
}

/** Who saw or changed one's record, in sentences, by day. */
export default function Seen() {
  const { privacy } = useTexts();
  const { language } = useSpoken();
  const { data, ...list } = useList('listDisclosures', { limit: 50 });
  return (
    <Page title={privacy.seen}>
      <p>{privacy.seenAbout}</p>
      <Entries list={{ ...list, data: data && daysOf(data) }} empty={privacy.seenNone}>
        {({ id, events }) => (
          <Card>
            <h2>{dayOf(id, language)}</h2>
            <ul className="divide-y divide-line">
              {events.map((event) => (
                <li key={event.id} className="py-2">
                  <EventLine event={event} />
                </li>
              ))}
            </ul>
          </Card>
        )}
      </Entries>
      <p>{privacy.seenWrong}</p>
      <TextLink href="/privacy">{privacy.title}</TextLink>
    </Page>
  );
}

function EventLine({ event }: { readonly event: Event }) {
  const { texts, language } = useSpoken();
  const { privacy } = texts;
  const { what, timestamp, outcome, patient } = event;
  return (
    <>
      <p dir="auto">{what}</p>
      <p className="text-sm text-mute">
        <time dateTime={timestamp}>{timeOf(timestamp, language)}</time>
        {patient?.name != null && ` · ${filled(privacy.seenFor, { name: patient.name })}`}
      </p>
      {outcome === 'failure' && <Badge kind="warn">{privacy.seenRefused}</Badge>}
    </>
  );
}

/** They arrive newest first, so that the events of a day stand together. */
function daysOf(events: readonly Event[]): Day[] {
  const days = Map.groupBy(events, ({ timestamp }) => plainDateOf(timestamp));
  return [...days].map(([id, ofDay]) => ({ id, events: ofDay }));
}
