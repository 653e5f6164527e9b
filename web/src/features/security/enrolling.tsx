import { useState } from 'react';
import type { Answer } from '../../app/api.ts';
import { useCommand } from '../../app/commands.ts';
import { useTexts } from '../../texts/texts.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Secret } from '../../ui/copying.tsx';
import { Field } from '../../ui/field.tsx';
import { FailureNotice, Form } from '../../ui/form.tsx';

interface EnrollingProps {
  /** Whether there is an app already, which works until the new one is confirmed. */
  readonly isReplacing: boolean;
  readonly onCodes: (codes: readonly string[]) => void;
}

/** Sets up an authenticator app: the key as a picture and as text, then a code of the app. */
export function Enrolling({ isReplacing, onCodes }: EnrollingProps) {
  const { security } = useTexts();
  const begin = useCommand('beginFactorSetup');
  const [setup, setSetup] = useState<Answer<'beginFactorSetup'> | null>(null);
  if (setup !== null) return <Confirming setup={setup} onCodes={onCodes} onBack={() => setSetup(null)} />;
  return (
    <>
      {begin.error !== null && <FailureNotice failure={begin.error} />}
      {isReplacing && <p>{security.replaceAbout}</p>}
      <Button
        kind={isReplacing ? 'secondary' : 'primary'}
        isPending={begin.isPending}
        onPress={() => begin.mutate({}, { onSuccess: setSetup })}
      >
        {isReplacing ? security.replace : security.begin}
      </Button>
    </>
  );
}

interface ConfirmingProps {
  readonly setup: Answer<'beginFactorSetup'>;
  readonly onCodes: (codes: readonly string[]) => void;
  readonly onBack: () => void;
}

function Confirming({ setup, onCodes, onBack }: ConfirmingProps) {
  const { security, actions, secondStep } = useTexts();
  const enable = useCommand('enableFactor');
  return (
    <div className="space-y-4">
      <h3>{security.step1}</h3>
      <p>{security.step1About}</p>
      <h3>{security.step2}</h3>
      <p>{security.step2About}</p>
      {/* Dark squares on white in every theme: cameras need it. */}
      <img src={setup.qrCode} alt={security.qr} className="size-52 max-w-full rounded-control bg-[#fff] p-3" />
      <Secret text={setup.secret} label={security.key} />
      <ButtonLink href={setup.otpauthUrl}>{security.openApp}</ButtonLink>
      <h3>{security.step3}</h3>
      <Form
        submit={security.confirm}
        beside={<Button onPress={onBack}>{actions.cancel}</Button>}
        onSend={async ({ code = '' }) => {
          const { backupCodes } = await enable.mutateAsync({ body: { token: code.replaceAll(' ', '') } });
          onCodes(backupCodes);
        }}
      >
        <Field
          name="code"
          label={secondStep.code}
          help={secondStep.fromApp}
          autoComplete="one-time-code"
          inputMode="numeric"
          maxLength={7}
        />
      </Form>
    </div>
  );
}
