import { useState } from 'react';
import { useCommand } from '../../app/commands.ts';
import { filled, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { FailureNotice, Form } from '../../ui/form.tsx';
import { Badge, Notice } from '../../ui/notice.tsx';
import { Card } from '../../ui/page.tsx';

interface PhoneProps {
  readonly isEnrolled: boolean;
  readonly onDone: (text: string) => void;
}

/** Codes by text message, where the app is not at hand. */
export function PhoneFactor({ isEnrolled, onDone }: PhoneProps) {
  const { security } = useTexts();
  const remove = useCommand('removePhone');
  const [number, setNumber] = useState<string | null>(null);
  return (
    <Card>
      <h2>{security.phone}</h2>
      <Badge kind={isEnrolled ? 'good' : 'info'}>{isEnrolled ? security.on : security.off}</Badge>
      <p>{security.phoneAbout}</p>
      {remove.error !== null && <FailureNotice failure={remove.error} />}
      {number === null ? (
        <Beginning onSent={setNumber} />
      ) : (
        <Confirming
          number={number}
          onBack={() => setNumber(null)}
          onConfirmed={() => {
            setNumber(null);
            onDone(security.phoneDone);
          }}
        />
      )}
      {isEnrolled && (
        <Button
          kind="danger"
          isPending={remove.isPending}
          onPress={() => remove.mutate({}, { onSuccess: () => onDone(security.phoneRemoved) })}
        >
          {security.phoneRemove}
        </Button>
      )}
    </Card>
  );
}

function Beginning({ onSent }: { readonly onSent: (number: string) => void }) {
  const { security, register } = useTexts();
  const begin = useCommand('beginPhoneEnrolment');
  return (
    <Form
      submit={security.phoneBegin}
      onSend={async ({ phoneNumber = '' }) => {
        const number = phoneNumber.replace(/[\s()/-]/g, '');
        await begin.mutateAsync({ body: { phoneNumber: number } });
        onSent(number);
      }}
    >
      <Field
        name="phoneNumber"
        label={security.phoneNumber}
        help={register.phoneHelp}
        type="tel"
        inputMode="tel"
        autoComplete="tel"
      />
    </Form>
  );
}

interface ConfirmingProps {
  readonly number: string;
  readonly onConfirmed: () => void;
  readonly onBack: () => void;
}

function Confirming({ number, onConfirmed, onBack }: ConfirmingProps) {
  const { security, secondStep } = useTexts();
  const verify = useCommand('verifyPhone');
  return (
    <>
      <Notice kind="info">{filled(security.phoneSent, { number })}</Notice>
      <Form
        submit={security.confirm}
        beside={<Button onPress={onBack}>{security.phoneOther}</Button>}
        onSend={async ({ code = '' }) => {
          await verify.mutateAsync({ body: { code: code.replaceAll(' ', '') } });
          onConfirmed();
        }}
      >
        <Field
          name="code"
          label={secondStep.code}
          autoComplete="one-time-code"
          inputMode="numeric"
          maxLength={7}
          autoFocus
        />
      </Form>
    </>
  );
}
