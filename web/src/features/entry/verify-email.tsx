import { useState } from 'react';
import { call, Refused } from '../../app/api.ts';
import { useTexts } from '../../texts/texts.tsx';
import { Field, PasswordField } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { LinkPage } from './link-page.tsx';
import { MailSent } from './mail-sent.tsx';

export default function VerifyEmail() {
  const { verify, register, signIn } = useTexts();
  const [needsPassword, setNeedsPassword] = useState(false);
  const [resentTo, setResentTo] = useState<string | null>(null);
  if (resentTo !== null) return <MailSent email={resentTo} />;
  return (
    <LinkPage
      title={verify.title}
      about={verify.about}
      submit={verify.submit}
      done={verify.done}
      explain={({ code }) => (code === 'password_required' ? verify.passwordRequired : undefined)}
      onSend={async (token, { password }) => {
        try {
          await call('verifyEmail', { body: { token, ...(password !== undefined && { password }) } });
        } catch (error) {
          if (error instanceof Refused && error.problem.code === 'password_required') setNeedsPassword(true);
          throw error;
        }
      }}
      otherwise={
        <section className="space-y-3 border-t border-line pt-4">
          <h2>{verify.newLink}</h2>
          <Form
            submit={register.resend}
            kind="primary"
            onSend={async ({ email = '' }) => {
              await call('resendVerification', { body: { email } });
              setResentTo(email);
            }}
          >
            <Field name="email" label={signIn.email} type="email" autoComplete="username" inputMode="email" />
          </Form>
        </section>
      }
    >
      {needsPassword && (
        <PasswordField
          name="password"
          label={signIn.password}
          help={register.passwordHelp}
          autoComplete="new-password"
        />
      )}
    </LinkPage>
  );
}
