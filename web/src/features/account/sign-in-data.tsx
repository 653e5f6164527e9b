import { useState } from 'react';
import { useCommand } from '../../app/commands.ts';
import { momentOf } from '../../app/dates.ts';
import { useRead } from '../../app/queries.ts';
import { usePerson } from '../../app/session.tsx';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Field, PasswordField } from '../../ui/field.tsx';
import { FailureNotice, Form } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Card, Page } from '../../ui/page.tsx';

/** What one signs in with: password and e-mail address. */
export default function SignInData() {
  const { account } = useTexts();
  return (
    <Page title={account.signInData}>
      <Password />
      <Email />
    </Page>
  );
}

function Password() {
  const { account, register } = useTexts();
  const change = useCommand('changePassword');
  // A new form after the change, so that no password stays in it.
  const [changes, setChanges] = useState(0);
  return (
    <Card>
      <h2>{account.password}</h2>
      {changes > 0 && <Notice kind="good">{account.passwordDone}</Notice>}
      <Form
        key={changes}
        submit={account.passwordSubmit}
        onSend={async ({ currentPassword = '', newPassword = '' }) => {
          await change.mutateAsync({ body: { currentPassword, newPassword } });
          setChanges(changes + 1);
        }}
      >
        <PasswordField name="currentPassword" label={account.currentPassword} autoComplete="current-password" />
        <PasswordField
          name="newPassword"
          label={account.newPassword}
          help={register.passwordHelp}
          autoComplete="new-password"
        />
      </Form>
    </Card>
  );
}

function Email() {
  const { account } = useTexts();
  const { id, email } = usePerson();
  const request = useCommand('requestEmailChange');
  const [isKept, setKept] = useState(false);
  return (
    <Card>
      <h2>{account.email}</h2>
      {email !== null && (
        <p>
          <bdi>{filled(account.emailNow, { email })}</bdi>
        </p>
      )}
      {isKept && <Notice kind="good">{account.emailCancelled}</Notice>}
      <PendingEmail onCancelled={() => setKept(true)} />
      <p>{account.emailAbout}</p>
      <Form
        submit={account.emailSubmit}
        onSend={async ({ email: wanted = '' }) => {
          setKept(false);
          await request.mutateAsync({ path: { id }, body: { email: wanted } });
        }}
      >
        <Field name="email" label={account.emailNew} type="email" inputMode="email" autoComplete="email" />
      </Form>
    </Card>
  );
}

/** A change that waits for its link; there is none if the API does not find it. */
function PendingEmail({ onCancelled }: { readonly onCancelled: () => void }) {
  const { texts, language } = useSpoken();
  const { id } = usePerson();
  const { data: pending, isError } = useRead('getEmailChange', { path: { id } });
  const cancel = useCommand('cancelEmailChange');
  if (pending === undefined || isError) return null;
  const { newEmail, expiresAt } = pending;
  return (
    <>
      <Notice kind="info">
        {filled(texts.account.emailPending, { email: newEmail, when: momentOf(expiresAt, language) })}
      </Notice>
      {cancel.error !== null && <FailureNotice failure={cancel.error} />}
      <Button isPending={cancel.isPending} onPress={() => cancel.mutate({ path: { id } }, { onSuccess: onCancelled })}>
        {texts.account.emailCancel}
      </Button>
    </>
  );
}
