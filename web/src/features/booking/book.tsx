import { Navigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { useLoaded } from '../../app/queries.ts';
import { filled, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { CheckStep, type Draft } from './check-step.tsx';
import { Done } from './done.tsx';
import { type BookingPlace, type Go, usePlace } from './place.ts';
import { TimeStep } from './time-step.tsx';
import { type Choosing, useHold } from './use-hold.ts';
import { VisitStep } from './visit-step.tsx';

const STEPS = ['visit', 'time', 'check'] as const;

/** Books in three steps: visit, time, check. */
export default function Book() {
  const { booking } = useTexts();
  const { place, go } = usePlace();
  const draft = useRef<Record<string, string>>({});
  const choosing = useHold(place.type ?? '', true);
  const step = STEPS.find((each) => each === place.step) ?? 'visit';
  const names = { visit: booking.visitStep, time: booking.timeStep, check: booking.checkStep };
  if (place.step === 'done' && place.id !== undefined)
    return (
      <Page title={booking.done.title}>
        <Done id={place.id} />
      </Page>
    );
  return (
    <Page title={filled(booking.step, { number: STEPS.indexOf(step) + 1, name: names[step] })}>
      <Steps step={step} place={place} go={go} choosing={choosing} draft={draft} />
    </Page>
  );
}

interface StepsProps {
  readonly step: (typeof STEPS)[number];
  readonly place: BookingPlace;
  readonly go: Go;
  readonly choosing: Choosing;
  readonly draft: Draft;
}

function Steps({ step, place, go, choosing, draft }: StepsProps) {
  const { booking } = useTexts();
  const types = useLoaded('listAppointmentTypes', { query: { limit: 100 } }).data.filter(
    ({ selfService }) => selfService.book,
  );
  const doctors = useLoaded('listDoctors', { query: { limit: 100 } }).data;
  const type = types.find(({ code }) => code === place.type);
  if (step === 'visit') return <VisitStep types={types} doctors={doctors} place={place} go={go} />;
  if (type === undefined) return <Navigate to="/book" replace />;
  const { doctor: doctorId, specialty } = place;
  if (step === 'check' && choosing.choice.state !== 'none')
    return <CheckStep type={type} choosing={choosing} place={place} go={go} draft={draft} />;
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <p>{type.name}</p>
        <Button onPress={() => go({ step: 'visit' })}>{booking.time.changeVisit}</Button>
      </div>
      <TimeStep
        wanted={{ type: type.code, doctorId, specialty }}
        types={types}
        doctors={doctors}
        choosing={choosing}
        place={place}
        go={go}
        hasWaitlist
        onOthers={
          doctorId === undefined && specialty === undefined
            ? undefined
            : () => go({ doctor: undefined, specialty: undefined })
        }
      />
    </>
  );
}
