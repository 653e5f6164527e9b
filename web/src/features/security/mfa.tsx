import { useState } from 'react';
import { useCommand } from '../../app/commands.ts';
import { momentOf } from '../../app/dates.ts';
import { useLoaded } from '../../app/queries.ts';
import { filled, useSpoken, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Asking } from '../../ui/dialog.tsx';
import { Field, PasswordField } from '../../ui/field.tsx';
import { Form } from '../../ui/form.tsx';
import { Badge, Notice } from '../../ui/notice.tsx';
import { Card, Page, Part } from '../../ui/page.tsx';
import { BackupCodes } from './backup-codes.tsx';
import { Devices } from './devices.tsx';
import { Enrolling } from './enrolling.tsx';
import { PhoneFactor } from './phone.tsx';

export default function SecondFactor() {
  const { security } = useTexts();
  // Kept here, so that they stay although the state of the factor changes below them.
  const [codes, show] = useState<readonly string[] | null>(null);
  return (
    <Page title={codes === null ? security.title : security.codes}>
      {codes === null ? <Factors onCodes={show} /> : <BackupCodes codes={codes} onSaved={() => show(null)} />}
    </Page>
  );
}

function Factors({ onCodes }: { readonly onCodes: (codes: readonly string[]) => void }) {
  const { texts, language } = useSpoken();
  const { security } = texts;
  const { enabled, required, enabledAt, phoneEnrolled } = useLoaded('getSecondFactor');
  const [done, setDone] = useState<string | null>(null);
  return (
    <>
      <p>{security.about}</p>
      {done !== null && <Notice kind="good">{done}</Notice>}
      {required && <Notice kind="warn">{security.required}</Notice>}
      <Card>
        <h2>{security.app}</h2>
        <Badge kind={enabled ? 'good' : 'warn'}>{enabled ? security.on : security.off}</Badge>
        {enabledAt !== null && <p>{filled(security.since, { when: momentOf(enabledAt, language) })}</p>}
        <Enrolling isReplacing={enabled} onCodes={onCodes} />
        {enabled && <Removing onRemoved={() => setDone(security.removed)} />}
      </Card>
      {enabled && (
        <>
          <CodesLeft onCodes={onCodes} />
          <PhoneFactor isEnrolled={phoneEnrolled} onDone={setDone} />
        </>
      )}
      <Part>
        <Devices />
      </Part>
    </>
  );
}

/** The field of a code of the app, or of a backup code: they differ in length. */
export function codeBody(typed: string): { readonly token: string } | { readonly backupCode: string } {
  const code = typed.replaceAll(' ', '');
  return /^\d{6}$/.test(code) ? { token: code } : { backupCode: code };
}

function CodeField() {
  const { security } = useTexts();
  return <Field name="code" label={security.anyCode} help={security.anyCodeHelp} autoComplete="one-time-code" />;
}

function CodesLeft({ onCodes }: { readonly onCodes: (codes: readonly string[]) => void }) {
  const { security, actions } = useTexts();
  const { backupCodesLeft } = useLoaded('getSecondFactor');
  const renew = useCommand('regenerateBackupCodes');
  return (
    <Card>
      <h2>{security.codes}</h2>
      <p>{filled(security.codesLeft, { count: backupCodesLeft })}</p>
      {backupCodesLeft < 3 && <Notice kind="warn">{security.codesFew}</Notice>}
      <Asking trigger={<Button>{security.newCodes}</Button>} title={security.newCodes}>
        {(close) => (
          <>
            <p>{security.newCodesAbout}</p>
            <Form
              submit={security.newCodes}
              beside={<Button onPress={close}>{actions.back}</Button>}
              onSend={async ({ code = '' }) => onCodes((await renew.mutateAsync({ body: codeBody(code) })).backupCodes)}
            >
              <CodeField />
            </Form>
          </>
        )}
      </Asking>
    </Card>
  );
}

function Removing({ onRemoved }: { readonly onRemoved: () => void }) {
  const { security, signIn } = useTexts();
  const disable = useCommand('disableFactor');
  return (
    <Asking trigger={<Button kind="danger">{security.remove}</Button>} title={security.removeTitle}>
      {(close) => (
        <>
          <p>{security.removeAbout}</p>
          <Form
            kind="danger"
            submit={security.remove}
            beside={<Button onPress={close}>{security.keep}</Button>}
            onSend={async ({ password = '', code = '' }) => {
              await disable.mutateAsync({ body: { password, ...codeBody(code) } });
              close();
              onRemoved();
            }}
          >
            <PasswordField name="password" label={signIn.password} autoComplete="current-password" />
            <CodeField />
          </Form>
        </>
      )}
    </Asking>
  );
}
