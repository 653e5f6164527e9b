import { useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useList } from '../../app/lists.ts';
import { usePerson } from '../../app/session.tsx';
import { useTexts } from '../../texts/texts.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Entries } from '../../ui/entries.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { type Appointment, AppointmentTime } from './appointment-time.tsx';

type View = 'coming' | 'past' | 'cancelled';

export default function Appointments() {
  const { appointment } = useTexts();
  const [view, show] = useState<View>('coming');
  const empty = { coming: appointment.emptyComing, past: appointment.emptyPast, cancelled: appointment.emptyCancelled };
  return (
    <Page title={appointment.list}>
      <Tabs selectedKey={view} onSelectionChange={(key) => show(key as View)} className="space-y-4">
        <TabList aria-label={appointment.list} className="flex flex-wrap gap-2">
          {(['coming', 'past', 'cancelled'] as const).map((each) => (
            <Tab
              key={each}
              id={each}
              className="min-h-11 cursor-pointer content-center rounded-control border border-control px-4 selected:border-brand selected:bg-brand-soft selected:font-semibold selected:text-brand"
            >
              {appointment[each]}
            </Tab>
          ))}
        </TabList>
        {(['coming', 'past', 'cancelled'] as const).map((each) => (
          <TabPanel key={each} id={each} className="outline-offset-4">
            <AppointmentList view={each} empty={empty[each]} />
          </TabPanel>
        ))}
      </Tabs>
    </Page>
  );
}

function AppointmentList({ view, empty }: { readonly view: View; readonly empty: string }) {
  const { home, booking } = useTexts();
  const { role } = usePerson();
  const book = role === 'patient' && view === 'coming' && (
    <ButtonLink kind="primary" href="/book">
      {booking.book}
    </ButtonLink>
  );
  const today = new Date().toISOString().slice(0, 10);
  const coming = useList('listUpcomingAppointments', {});
  const past = useList('listMyAppointments', view === 'cancelled' ? { status: 'cancelled' } : { to: today });
  const list = view === 'coming' ? coming : past;
  const now = Date.now();
  const isShown = (each: Appointment) => view !== 'past' || (Date.parse(each.end) < now && each.status !== 'cancelled');
  return (
    <Entries list={list} isShown={isShown} empty={empty} emptyAction={book}>
      {(each: Appointment) => (
        <Card>
          <AppointmentTime appointment={each} />
          <ButtonLink href={`/appointments/${each.id}`}>{home.details}</ButtonLink>
        </Card>
      )}
    </Entries>
  );
}
