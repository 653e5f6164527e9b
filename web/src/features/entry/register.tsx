import { useState } from 'react';
import { call } from '../../app/api.ts';
import { useSpoken } from '../../texts/texts.tsx';
import { TextLink } from '../../ui/button.tsx';
import { Field, PasswordField } from '../../ui/field.tsx';
import { Form, type Values } from '../../ui/form.tsx';
import { Page } from '../../ui/page.tsx';
import { LanguageChoice } from './language-choice.tsx';
import { MailSent } from './mail-sent.tsx';

export default function Register() {
  const { texts, language } = useSpoken();
  const { register, signIn } = texts;
  const [sentTo, setSentTo] = useState<string | null>(null);
  const send = async ({
    email = '',
    password = '',
    firstName = '',
    lastName = '',
    dateOfBirth = '',
    phoneNumber,
  }: Values) => {
    const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions();
    await call('registerPatient', {
      body: {
        email,
        password,
        firstName,
        lastName,
        dateOfBirth,
        timezone,
        language,
        ...(phoneNumber && { phoneNumber }),
      },
    });
    setSentTo(email);
  };
  if (sentTo !== null) return <MailSent email={sentTo} />;
  return (
    <Page title={register.title} width="narrow">
      <Form onSend={send} submit={register.submit}>
        <Field name="firstName" label={register.firstName} autoComplete="given-name" maxLength={100} />
        <Field name="lastName" label={register.lastName} autoComplete="family-name" maxLength={100} />
        <Field name="dateOfBirth" label={register.dateOfBirth} help={register.dateHelp} autoComplete="bday" />
        <Field name="email" label={signIn.email} type="email" autoComplete="username" inputMode="email" />
        <Field
          name="phoneNumber"
          label={register.phone}
          help={register.phoneHelp}
          type="tel"
          autoComplete="tel"
          inputMode="tel"
          isRequired={false}
        />
        <PasswordField
          name="password"
          label={signIn.password}
          help={register.passwordHelp}
          autoComplete="new-password"
        />
      </Form>
      <TextLink href="/login">{register.haveOne}</TextLink>
      <LanguageChoice />
    </Page>
  );
}
