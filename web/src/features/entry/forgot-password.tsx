import { useState } from 'react';
import { call } from '../../app/api.ts';
import { filled, useTexts } from '../../texts/texts.tsx';
import { TextLink } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Page } from '../../ui/page.tsx';

export default function ForgotPassword() {
  const { forgot, signIn } = useTexts();
  const [sentTo, setSentTo] = useState<string | null>(null);
  return (
    <Page title={forgot.title} width="narrow">
      {sentTo === null ? (
        <>
          <p>{forgot.about}</p>
          <Form
            submit={forgot.submit}
            onSend={async ({ email = '' }) => {
              await call('requestPasswordReset', { body: { email } });
              setSentTo(email);
            }}
          >
            <Field name="email" label={signIn.email} type="email" autoComplete="username" inputMode="email" />
          </Form>
        </>
      ) : (
        <Notice kind="good">{filled(forgot.sent, { email: sentTo })}</Notice>
      )}
      <TextLink href="/login">{signIn.submit}</TextLink>
    </Page>
  );
}
