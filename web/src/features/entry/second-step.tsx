import { useState } from 'react';
import { type Answer, type AnyProblem, call } from '../../app/api.ts';
import { useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Field, Tick } from '../../ui/field.tsx';
import { FailureNotice, Form, type Values } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Page } from '../../ui/page.tsx';

export type Challenge = Extract<Answer<'signIn'>, { kind: 'mfa_challenge' }>;
type Method = Challenge['methods'][number];

interface SecondStepProps {
  readonly challenge: Challenge;
  readonly onPassed: () => Promise<void>;
  readonly onStartOver: () => void;
}

const FIELD = { totp: 'token', sms: 'smsCode', backup_code: 'backupCode' } as const;

/** The second factor of a sign-in: of the app, of the phone, or a backup code. */
export function SecondStep({ challenge, onPassed, onStartOver }: SecondStepProps) {
  const { secondStep } = useTexts();
  const [method, choose] = useState<Method>(challenge.methods[0] ?? 'totp');
  const [sms, setSms] = useState<'none' | 'sent' | Error>('none');
  const send = async ({ code = '', trust }: Values) => {
    await call('completeSignIn', {
      body: {
        mfaToken: challenge.mfaToken,
        [FIELD[method]]: code.replaceAll(' ', ''),
        trustDevice: trust !== undefined,
      },
    });
    await onPassed();
  };
  const sendSms = async () => {
    choose('sms');
    setSms('none');
    await call('sendSignInCode', { body: { mfaToken: challenge.mfaToken } }).then(
      () => setSms('sent'),
      (error: Error) => setSms(error),
    );
  };
  const explain = ({ code }: AnyProblem) => (code === 'mfa_token_invalid' ? secondStep.expired : undefined);
  const about = { totp: secondStep.fromApp, sms: secondStep.fromSms, backup_code: secondStep.backup }[method];
  return (
    <Page title={secondStep.title} width="narrow">
      <p>{about}</p>
      {sms === 'sent' && <Notice kind="good">{secondStep.smsSent}</Notice>}
      {sms instanceof Error && <FailureNotice failure={sms} explain={explain} />}
      <Form key={method} onSend={send} submit={secondStep.submit} explain={explain}>
        <Field
          name="code"
          label={method === 'backup_code' ? secondStep.backupCode : secondStep.code}
          autoComplete="one-time-code"
          inputMode={method === 'backup_code' ? 'text' : 'numeric'}
          maxLength={30}
        />
        <Tick name="trust" label={secondStep.trust} />
      </Form>
      <div className="flex flex-col items-start">
        {method !== 'totp' && challenge.methods.includes('totp') && (
          <Button kind="quiet" onPress={() => choose('totp')}>
            {secondStep.useApp}
          </Button>
        )}
        {challenge.methods.includes('sms') && (
          <Button kind="quiet" onPress={() => void sendSms()}>
            {secondStep.useSms}
          </Button>
        )}
        {method !== 'backup_code' && challenge.methods.includes('backup_code') && (
          <Button kind="quiet" onPress={() => choose('backup_code')}>
            {secondStep.useBackup}
          </Button>
        )}
        <Button kind="quiet" onPress={onStartOver}>
          {secondStep.startOver}
        </Button>
      </div>
    </Page>
  );
}
