import { useState } from 'react';
import { call, type ProofMethod } from '../../app/api.ts';
import { useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Asked } from '../../ui/dialog.tsx';
import { Field, PasswordField } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';

const FIELD = { password: 'password', totp: 'token', backup_code: 'backupCode' } as const;

interface ProofDialogProps {
  readonly methods: readonly ProofMethod[];
  readonly onEnd: (isProven: boolean) => void;
}

export default function ProofDialog({ methods, onEnd }: ProofDialogProps) {
  const { security, actions, signIn, secondStep } = useTexts();
  const [method, choose] = useState<ProofMethod>(methods[0] ?? 'password');
  const others = methods.filter((other) => other !== method);
  const labels = { password: signIn.password, totp: secondStep.code, backup_code: secondStep.backupCode };
  return (
    <Asked title={security.proof} isOpen onOpenChange={(isOpen) => !isOpen && onEnd(false)}>
      {() => (
        <>
          <p>{security.proofAbout[method]}</p>
          <Form
            key={method}
            submit={secondStep.submit}
            beside={<Button onPress={() => onEnd(false)}>{actions.back}</Button>}
            onSend={async ({ proof = '' }) => {
              const given = method === 'password' ? proof : proof.replaceAll(' ', '');
              await call('stepUp', { body: { [FIELD[method]]: given } });
              onEnd(true);
            }}
          >
            {method === 'password' ? (
              <PasswordField name="proof" label={labels.password} autoComplete="current-password" />
            ) : (
              <Field
                name="proof"
                label={labels[method]}
                autoFocus
                autoComplete="one-time-code"
                inputMode={method === 'totp' ? 'numeric' : 'text'}
                maxLength={30}
              />
            )}
          </Form>
          {others.map((other) => (
            <Button key={other} kind="quiet" onPress={() => choose(other)}>
              {security.proofBy[other]}
            </Button>
          ))}
        </>
      )}
    </Asked>
  );
}
