import { Navigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useCommand } from '../../app/commands.ts';
import { dayOf, wallTime } from '../../app/dates.ts';
import { useLoaded } from '../../app/queries.ts';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button, ButtonLink, TextLink } from '../../ui/button.tsx';
import { Asking } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { FailureNotice, Form } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { type Appointment, AppointmentTime } from './appointment-time.tsx';

export default function AppointmentDetails() {
  const { appointment, menu } = useTexts();
  return (
    <Page title={menu.appointments}>
      <Details />
      <TextLink href="/appointments">{appointment.back}</TextLink>
    </Page>
  );
}

function Details() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const { action } = useSearch({ strict: false }) as { action?: string };
  const { appointment: texts, booking, home } = useTexts();
  const appointment = useLoaded('getAppointment', { path: { id } });
  const [done, setDone] = useState<string | null>(null);
  const { _links: links, location, reason, videoLink, visitMode } = appointment;
  // Mails lead to what they name.
  if (action === 'reschedule' && links.reschedule)
    return <Navigate to="/appointments/$id/move" params={{ id } as never} replace />;
  return (
    <>
      {action === 'reschedule' && <Notice kind="warn">{booking.move.notPossible}</Notice>}
      {action === 'cancel' && !links.cancel && done === null && (
        <Notice kind="warn">{booking.move.cancelNotPossible}</Notice>
      )}
      {done !== null && <Notice kind="good">{done}</Notice>}
      <Card>
        <AppointmentTime appointment={appointment} isLarge />
        {visitMode === 'in_person' && location !== null && <Place location={location} />}
        {visitMode === 'phone' && <p>{texts.byPhone}</p>}
        {visitMode === 'video' &&
          (videoLink ? (
            <ButtonLink kind="primary" href={videoLink}>
              {texts.join}
            </ButtonLink>
          ) : (
            <p>{texts.video}</p>
          ))}
        {reason && (
          <p>
            <span className="text-mute">{texts.reason}:</span> {reason}
          </p>
        )}
        <div className="no-print flex flex-wrap gap-3">
          {links.confirm && <Confirming id={id} onDone={() => setDone(texts.confirmed)} />}
          <ButtonLink href={`/api/v1/appointments/${id}.ics`} target="_blank">
            {home.addToCalendar}
          </ButtonLink>
          {links.reschedule && <ButtonLink href={`/appointments/${id}/move`}>{booking.move.action}</ButtonLink>}
          {links.cancel && (
            <Cancelling
              appointment={appointment}
              isAsked={action === 'cancel'}
              onDone={() => setDone(texts.cancelledNow)}
            />
          )}
        </div>
      </Card>
    </>
  );
}

function Place({ location }: { readonly location: NonNullable<Appointment['location']> }) {
  const { appointment } = useTexts();
  const { name, street, postalCode, city, directions, phone } = location;
  return (
    <address className="not-italic">
      <span className="text-mute">{appointment.where}:</span> <strong>{name}</strong>
      {street && <span className="block">{street}</span>}
      {city && <span className="block">{[postalCode, city].filter(Boolean).join(' ')}</span>}
      {directions && <span className="block text-mute">{directions}</span>}
      {phone && (
        <a className="inline-flex min-h-11 items-center text-brand underline" href={`tel:${phone}`} dir="ltr">
          {phone}
        </a>
      )}
    </address>
  );
}

function Confirming({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const { appointment } = useTexts();
  const confirm = useCommand('confirmAppointment', { idempotent: true });
  return (
    <>
      {confirm.error !== null && <FailureNotice failure={confirm.error} />}
      <Button
        kind="primary"
        isPending={confirm.isPending}
        onPress={() => confirm.mutate({ path: { id } }, { onSuccess: onDone })}
      >
        {appointment.confirm}
      </Button>
    </>
  );
}

interface CancellingProps {
  readonly appointment: Appointment;
  /** Whether the question is open at first. */
  readonly isAsked: boolean;
  readonly onDone: () => void;
}

function Cancelling({ appointment, isAsked, onDone }: CancellingProps) {
  const { texts, language } = useSpoken();
  const words = texts.appointment;
  const cancel = useCommand('cancelAppointment', { idempotent: true });
  const { id, appointmentDate, startTime, doctorName } = appointment;
  const about = { day: dayOf(appointmentDate, language), time: wallTime(startTime, language), doctor: doctorName };
  return (
    <Asking trigger={<Button kind="danger">{words.cancel}</Button>} title={words.cancelTitle} isOpenAtFirst={isAsked}>
      {(close) => (
        <>
          <p>{filled(words.cancelAbout, about)}</p>
          <Form
            submit={words.cancelSubmit}
            kind="danger"
            beside={<Button onPress={close}>{words.keep}</Button>}
            onSend={async ({ reason }) => {
              await cancel.mutateAsync({ path: { id }, body: reason === undefined ? {} : { reason } });
              close();
              onDone();
            }}
          >
            <Field name="reason" label={words.cancelReason} isRequired={false} isLong maxLength={500} />
          </Form>
        </>
      )}
    </Asking>
  );
}
