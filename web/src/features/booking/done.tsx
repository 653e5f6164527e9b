import { useLoaded } from '../../app/queries.ts';
import { useTexts } from '../../texts/texts.tsx';
import { ButtonLink, TextLink } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Card } from '../../ui/page.tsx';
import { AppointmentTime } from '../appointments/appointment-time.tsx';

/** All of it once more, and the calendar. */
export function Done({ id }: { readonly id: string }) {
  const { booking, appointment: words, home } = useTexts();
  const appointment = useLoaded('getAppointment', { path: { id } });
  const { location, visitMode, reason, symptoms, status } = appointment;
  return (
    <>
      <Notice kind="good">
        <p className="font-semibold">{status === 'requested' ? booking.done.requestedHelp : booking.done.sent}</p>
      </Notice>
      <Card>
        <AppointmentTime appointment={appointment} isLarge />
        {visitMode === 'in_person' && location !== null && (
          <p>
            <span className="text-mute">{words.where}:</span>{' '}
            {[location.name, location.street, location.city, location.directions].filter(Boolean).join(', ')}
          </p>
        )}
        {visitMode !== 'in_person' && <p>{visitMode === 'phone' ? words.byPhone : words.video}</p>}
        {reason && (
          <p dir="auto">
            <span className="text-mute">{words.reason}:</span> {reason}
          </p>
        )}
        {symptoms && (
          <p dir="auto" className="whitespace-pre-line">
            <span className="text-mute">{booking.done.symptoms}:</span> {symptoms}
          </p>
        )}
        <div className="flex flex-wrap gap-3">
          <ButtonLink kind="primary" href={`/api/v1/appointments/${id}.ics`} target="_blank">
            {home.addToCalendar}
          </ButtonLink>
          <ButtonLink href={`/appointments/${id}`}>{home.details}</ButtonLink>
        </div>
      </Card>
      <TextLink href="/appointments">{booking.done.all}</TextLink>
    </>
  );
}
