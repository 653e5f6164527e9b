import { CalendarPlus } from 'lucide-react';
import { useRead } from '../../app/queries.ts';
import { usePerson } from '../../app/session.tsx';
import { filled, useTexts } from '../../texts/texts.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Card, Empty, Page, Part, Skeleton } from '../../ui/page.tsx';
import { type Appointment, AppointmentTime } from '../appointments/appointment-time.tsx';

export default function Home() {
  const { home, booking } = useTexts();
  const person = usePerson();
  return (
    <Page title={filled(home.hello, { name: person.firstName })}>
      {person.role === 'patient' || person.role === 'doctor' ? (
        <Part>
          <NextAppointment />
        </Part>
      ) : null}
      <Part>
        <Unread />
      </Part>
      {person.role === 'patient' && (
        <ButtonLink kind="primary" href="/book">
          <CalendarPlus aria-hidden className="size-5" />
          {booking.book}
        </ButtonLink>
      )}
    </Page>
  );
}

function NextAppointment() {
  const { home } = useTexts();
  const { data, error } = useRead('listUpcomingAppointments', { query: { limit: 1 } });
  if (error !== null) return <FailureNotice failure={error} />;
  if (data === undefined) return <Skeleton lines={2} />;
  const [next] = data.data as readonly Appointment[];
  if (next === undefined) return <Empty title={home.none} help={home.noneHelp} />;
  return (
    <Card>
      <h2>{home.next}</h2>
      <AppointmentTime appointment={next} isLarge />
      <div className="flex flex-wrap gap-3">
        <ButtonLink href={`/appointments/${next.id}`}>{home.details}</ButtonLink>
        <ButtonLink href={`/api/v1/appointments/${next.id}.ics`} target="_blank">
          {home.addToCalendar}
        </ButtonLink>
      </div>
    </Card>
  );
}

function Unread() {
  const { home } = useTexts();
  const { data } = useRead('countUnreadNotifications');
  const count = data?.unread ?? 0;
  if (count === 0) return null;
  return (
    <Card>
      <p>{count === 1 ? home.unreadOne : filled(home.unread, { count })}</p>
      <ButtonLink href="/notifications">{home.readThem}</ButtonLink>
    </Card>
  );
}
