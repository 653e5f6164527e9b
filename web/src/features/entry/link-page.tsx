import { type ReactNode, useState } from 'react';
import type { AnyProblem } from '../../app/api.ts';
import { useTexts } from '../../texts/texts.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Form, type Values } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Page } from '../../ui/page.tsx';
import { useLinkToken } from './arriving.ts';

interface LinkPageProps {
  readonly title: string;
  readonly about?: string;
  readonly submit: string;
  /** Shown once it is done, with the way to sign in. */
  readonly done: string;
  readonly onSend: (token: string, values: Values) => Promise<void>;
  readonly children?: ReactNode;
  readonly explain?: (problem: AnyProblem) => string | undefined;
  /** Below the form: what to do when the link does not work any more. */
  readonly otherwise?: ReactNode;
}

/** A page that a link of a mail leads to. It does nothing until the button is pressed: programs that read mails open links too. */
export function LinkPage({ title, about, submit, done, onSend, children, explain, otherwise }: LinkPageProps) {
  const { verify, signIn } = useTexts();
  const token = useLinkToken();
  const [isDone, setDone] = useState(false);
  const expired = (problem: AnyProblem) =>
    explain?.(problem) ?? (problem.code === 'token_invalid' ? verify.failed : undefined);
  return (
    <Page title={title} width="narrow">
      {isDone ? (
        <>
          <Notice kind="good">{done}</Notice>
          <ButtonLink kind="primary" href="/login">
            {signIn.submit}
          </ButtonLink>
        </>
      ) : token === null ? (
        <Notice kind="warn">{verify.noToken}</Notice>
      ) : (
        <>
          {about && <p>{about}</p>}
          <Form
            submit={submit}
            explain={expired}
            onSend={async (values) => {
              await onSend(token, values);
              setDone(true);
            }}
          >
            {children}
          </Form>
        </>
      )}
      {!isDone && otherwise}
    </Page>
  );
}
