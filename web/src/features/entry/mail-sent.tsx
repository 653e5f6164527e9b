import { useState } from 'react';
import { call } from '../../app/api.ts';
import { filled, useTexts } from '../../texts/texts.tsx';
import { Button, TextLink } from '../../ui/button.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Page } from '../../ui/page.tsx';

/** After registering, and for those whose link has expired. */
export function MailSent({ email }: { readonly email: string }) {
  const { register } = useTexts();
  const [resent, setResent] = useState<'no' | 'sending' | 'yes' | Error>('no');
  const resend = async () => {
    setResent('sending');
    await call('resendVerification', { body: { email } }).then(
      () => setResent('yes'),
      (error: Error) => setResent(error),
    );
  };
  return (
    <Page title={register.sentTitle} width="narrow">
      <p>{filled(register.sent, { email })}</p>
      <p>{register.notArrived}</p>
      {resent === 'yes' && <Notice kind="good">{register.resent}</Notice>}
      {resent instanceof Error && <FailureNotice failure={resent} />}
      <Button isPending={resent === 'sending'} onPress={() => void resend()}>
        {register.resend}
      </Button>
      <TextLink href="/login">{register.haveOne}</TextLink>
    </Page>
  );
}
