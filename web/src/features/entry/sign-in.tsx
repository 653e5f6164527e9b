import { Navigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type Answer, call } from '../../app/api.ts';
import { signedIn, useSession } from '../../app/session.tsx';
import { useTexts } from '../../texts/texts.tsx';
import { TextLink } from '../../ui/button.tsx';
import { Field, PasswordField, Tick } from '../../ui/field.tsx';
import { Form, type Values } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Page } from '../../ui/page.tsx';
import { nextPath } from './arriving.ts';
import { LanguageChoice } from './language-choice.tsx';
import { type Challenge, SecondStep } from './second-step.tsx';

export default function SignIn() {
  const { signIn } = useTexts();
  const { person } = useSession();
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  const send = async ({ email = '', password = '', remember }: Values) => {
    const answer: Answer<'signIn'> = await call('signIn', {
      body: { email, password, transport: 'cookie', remember: remember !== undefined },
    });
    if (answer.kind === 'mfa_challenge') setChallenge(answer);
    else await signedIn();
  };
  // Also for those who are signed in already.
  if (person != null) return <Navigate to={nextPath()} replace />;
  if (challenge !== null)
    return <SecondStep challenge={challenge} onPassed={signedIn} onStartOver={() => setChallenge(null)} />;
  const parameters = new URLSearchParams(window.location.search);
  return (
    <Page title={signIn.title} width="narrow">
      {parameters.has('left') && <Notice kind="good">{signIn.signedOut}</Notice>}
      {parameters.has('next') && <Notice kind="info">{signIn.ended}</Notice>}
      <Form onSend={send} submit={signIn.submit}>
        <Field name="email" label={signIn.email} type="email" autoComplete="username" inputMode="email" />
        <PasswordField name="password" label={signIn.password} autoComplete="current-password" />
        <Tick name="remember" label={signIn.remember} help={signIn.shared} />
      </Form>
      <div className="flex flex-col items-start">
        <TextLink href="/forgot-password">{signIn.forgot}</TextLink>
        <TextLink href="/register">{signIn.register}</TextLink>
      </div>
      <LanguageChoice />
    </Page>
  );
}
