import { useParams } from '@tanstack/react-router';
import { useCommand } from '../../app/commands.ts';
import { useLoaded } from '../../app/queries.ts';
import { useTexts } from '../../texts/texts.tsx';
import { Button, TextLink } from '../../ui/button.tsx';
import { Form } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { type Appointment, AppointmentTime } from '../appointments/appointment-time.tsx';
import { ChoiceStatus, takeRefusal } from './choice-status.tsx';
import { Done } from './done.tsx';
import { type BookingPlace, type Go, usePlace } from './place.ts';
import { SlotSummary } from './slot-summary.tsx';
import type { Wanted } from './slots.ts';
import { TimeStep } from './time-step.tsx';
import { type Choosing, useHold } from './use-hold.ts';

/** Moves an appointment: the times as for a new one, then a check. */
export default function Move() {
  const { booking } = useTexts();
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const { place, go } = usePlace();
  // The API moves without a hold: one of the reader's own would stand in the way.
  const choosing = useHold(id, false);
  if (place.step === 'done')
    return (
      <Page title={booking.move.done}>
        <Done id={id} />
      </Page>
    );
  const isChecking = place.step === 'check' && choosing.choice.state !== 'none';
  return (
    <Page title={isChecking ? booking.checkStep : booking.move.title}>
      <Moving id={id} isChecking={isChecking} place={place} go={go} choosing={choosing} />
      <TextLink href={`/appointments/${id}`}>{booking.move.toAppointment}</TextLink>
    </Page>
  );
}

interface MovingProps {
  readonly id: string;
  readonly isChecking: boolean;
  readonly place: BookingPlace;
  readonly go: Go;
  readonly choosing: Choosing;
}

function Moving({ id, isChecking, place, go, choosing }: MovingProps) {
  const { booking } = useTexts();
  const appointment = useLoaded('getAppointment', { path: { id } });
  const types = useLoaded('listAppointmentTypes', { query: { limit: 100 } }).data;
  const doctors = useLoaded('listDoctors', { query: { limit: 100 } }).data;
  if (!appointment._links.reschedule) return <Notice kind="warn">{booking.move.notPossible}</Notice>;
  const isAnyDoctor = place.doctor === 'any';
  const doctorId = isAnyDoctor ? undefined : (place.doctor ?? appointment.doctorId);
  const wanted: Wanted = { type: appointment.appointmentType, doctorId };
  const typeName = types.find(({ code }) => code === wanted.type)?.name ?? wanted.type;
  return (
    <>
      <Notice kind="info">{booking.move.keepOld}</Notice>
      <Card>
        <h2>{booking.move.old}</h2>
        <AppointmentTime appointment={appointment} />
      </Card>
      {isChecking ? (
        <Checking appointment={appointment} typeName={typeName} go={go} choosing={choosing} />
      ) : (
        <TimeStep
          wanted={wanted}
          types={types}
          doctors={doctors}
          choosing={choosing}
          place={place}
          go={go}
          hasWaitlist={false}
          onOthers={isAnyDoctor ? undefined : () => go({ doctor: 'any' })}
        />
      )}
    </>
  );
}

interface CheckingProps {
  readonly appointment: Appointment;
  readonly typeName: string;
  readonly go: Go;
  readonly choosing: Choosing;
}

function Checking({ appointment, typeName, go, choosing }: CheckingProps) {
  const { booking } = useTexts();
  const { choice } = choosing;
  const move = useCommand('rescheduleAppointment', { idempotent: true });
  const { id, doctorId, appointmentType } = appointment;
  if (choice.state === 'none') return null;
  const { slot } = choice;
  return (
    <>
      <Card>
        <h2>{booking.move.new}</h2>
        <SlotSummary slot={slot} type={typeName} />
        <ChoiceStatus choosing={choosing} type={appointmentType} takesFocus isSummarised />
      </Card>
      <Form
        submit={booking.move.submit}
        beside={<Button onPress={() => go({ step: undefined })}>{booking.check.changeTime}</Button>}
        explain={({ code }) =>
          code in booking.refusals ? booking.refusals[code as keyof typeof booking.refusals] : undefined
        }
        onSend={async () => {
          const body = {
            appointmentDate: slot.date,
            startTime: slot.startTime,
            ...(slot.doctorId !== doctorId && { doctorId: slot.doctorId }),
          };
          try {
            await move.mutateAsync({ path: { id }, body });
            go({ step: 'done' }, { replace: true });
          } catch (error) {
            if (!takeRefusal(error, choosing)) throw error;
          }
        }}
      >
        {null}
      </Form>
    </>
  );
}
