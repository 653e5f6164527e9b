import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import { Refused } from '../../app/api.ts';
import { useCommand } from '../../app/commands.ts';
import { useTexts } from '../../texts/texts.tsx';
import { Button, TextLink } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Form, type Values } from '../../ui/form.tsx';
import { Card } from '../../ui/page.tsx';
import { ChoiceStatus, takeRefusal } from './choice-status.tsx';
import type { BookingPlace, Go } from './place.ts';
import { answersOf, Questions } from './questions.tsx';
import { SlotSummary } from './slot-summary.tsx';
import type { VisitType } from './slots.ts';
import type { Choosing } from './use-hold.ts';

/** What is in the fields, kept while the reader goes back and forth. */
export type Draft = RefObject<Record<string, string>>;

interface CheckStepProps {
  readonly type: VisitType;
  readonly choosing: Choosing;
  readonly place: BookingPlace;
  readonly go: Go;
  readonly draft: Draft;
}

export function CheckStep({ type, choosing, place, go, draft }: CheckStepProps) {
  const { booking, menu } = useTexts();
  const { choice } = choosing;
  const book = useCommand('bookAppointment', { idempotent: true });
  const send = async (values: Values) => {
    // While it is lost, its other times are above.
    if (choice.state !== 'kept') return;
    const { slot, hold } = choice;
    const { reason, symptoms } = values;
    const answers = answersOf(type.questions, values);
    const visitMode = type.visitModes.find((each) => each === place.mode);
    try {
      const { id } = await book.mutateAsync({
        body: {
          doctorId: slot.doctorId,
          appointmentDate: slot.date,
          startTime: slot.startTime,
          appointmentType: type.code,
          holdId: hold.id,
          ...(visitMode && { visitMode }),
          ...(reason && { reason }),
          ...(symptoms && { symptoms }),
          ...(answers.length > 0 && { answers }),
        },
      });
      draft.current = {};
      go({ step: 'done', id }, { replace: true });
      choosing.used();
    } catch (error) {
      if (!takeRefusal(error, choosing)) throw error;
    }
  };
  return (
    <>
      <Card>
        {choice.state !== 'none' && <SlotSummary slot={choice.slot} type={type.name} />}
        <ChoiceStatus choosing={choosing} type={type.code} takesFocus hasText isSummarised />
        <Button onPress={() => go({ step: 'time' })}>{booking.check.changeTime}</Button>
      </Card>
      <KeptFields draft={draft}>
        <Form
          submit={booking.check.submit}
          onSend={send}
          explain={({ code }) =>
            code in booking.refusals ? booking.refusals[code as keyof typeof booking.refusals] : undefined
          }
        >
          <Questions questions={type.questions} draft={draft} />
          <Field
            name="reason"
            label={booking.check.reason}
            help={booking.check.reasonHelp}
            defaultValue={draft.current.reason ?? ''}
            isRequired={false}
            maxLength={1000}
          />
          <Field
            name="symptoms"
            label={booking.check.symptoms}
            help={booking.check.symptomsHelp}
            defaultValue={draft.current.symptoms ?? ''}
            isRequired={false}
            isLong
            maxLength={2000}
          />
        </Form>
      </KeptFields>
      {book.error instanceof Refused && book.error.problem.code === 'birth_date_required' && (
        <TextLink href="/me">{menu.me}</TextLink>
      )}
    </>
  );
}

/** Takes down what is typed, as it is typed. */
function KeptFields({ draft, children }: { readonly draft: Draft; readonly children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const fields = place.current;
    const keep = ({ target }: Event) => {
      const { name, value } = target as HTMLInputElement;
      if (name) draft.current = { ...draft.current, [name]: value };
    };
    fields?.addEventListener('input', keep);
    return () => fields?.removeEventListener('input', keep);
  }, [draft]);
  return <div ref={place}>{children}</div>;
}
