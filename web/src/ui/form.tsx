import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Form as AriaForm } from 'react-aria-components';
import { type AnyProblem, Refused } from '../app/api.ts';
import { filled, useTexts } from '../texts/texts.tsx';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

export type Values = Readonly<Record<string, string>>;

interface FormProps {
  /** What is in the fields, by name; fields that are left empty are absent. A refusal is shown, and nothing is cleared. */
  readonly onSend: (values: Values) => Promise<void>;
  readonly submit: string;
  /** Says what a refusal means here. Default: what the API says. */
  readonly explain?: (problem: AnyProblem) => string | undefined;
  readonly children: ReactNode;
  readonly kind?: 'primary' | 'danger';
  /** Beside the button. */
  readonly beside?: ReactNode;
}

/** A form whose refusals are shown on top, with the focus there, and beside the fields that they are about. */
export function Form({ onSend, submit, explain, children, kind = 'primary', beside }: FormProps) {
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const send = async (form: HTMLFormElement) => {
    setSending(true);
    setFailure(null);
    const given = [...new FormData(form)].filter(([, value]) => typeof value === 'string' && value !== '');
    try {
      await onSend(Object.fromEntries(given) as Values);
    } catch (error) {
      setFailure(error);
    } finally {
      setSending(false);
    }
  };
  const errors = failure instanceof Refused ? (failure.problem.errors ?? []) : [];
  return (
    <AriaForm
      className="space-y-4"
      validationErrors={Object.fromEntries(errors.map(({ pointer, message }) => [pointer.slice(1), message]))}
      onSubmit={(event) => {
        event.preventDefault();
        void send(event.currentTarget as HTMLFormElement);
      }}
    >
      {failure !== null && <FailureNotice failure={failure} explain={explain} takesFocus />}
      {children}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" kind={kind} isPending={isSending}>
          {submit}
        </Button>
        {beside}
      </div>
    </AriaForm>
  );
}

interface FailureProps {
  readonly failure: unknown;
  readonly explain?: ((problem: AnyProblem) => string | undefined) | undefined;
  readonly takesFocus?: boolean;
}

/** What happened, and what to do. */
export function FailureNotice({ failure, explain, takesFocus = false }: FailureProps) {
  const { states } = useTexts();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (takesFocus && failure !== null) place.current?.focus();
  }, [failure, takesFocus]);
  return (
    <div ref={place} tabIndex={-1}>
      <Notice kind="bad">
        {failure instanceof Refused ? <Refusal refused={failure} explain={explain} /> : <p>{states.offline}</p>}
      </Notice>
    </div>
  );
}

function Refusal({ refused, explain }: { readonly refused: Refused } & Pick<FailureProps, 'explain'>) {
  const { states } = useTexts();
  const { problem, retryAfterSeconds } = refused;
  const isFault = problem.status >= 500;
  const hasFields = (problem.errors ?? []).length > 0;
  return (
    <>
      <p className="font-semibold">{hasFields ? states.fixThese : (explain?.(problem) ?? problem.title)}</p>
      {!hasFields && explain?.(problem) === undefined && <p>{problem.detail}</p>}
      {retryAfterSeconds !== null && <Countdown seconds={retryAfterSeconds} />}
      {isFault && <p className="text-sm">{filled(states.requestId, { id: problem.requestId })}</p>}
    </>
  );
}

function Countdown({ seconds }: { readonly seconds: number }) {
  const { states } = useTexts();
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1_000);
    return () => clearTimeout(timer);
  }, [left]);
  // Not announced each second: it is part of an alert that was.
  return left > 0 ? <p aria-live="off">{filled(states.waitSeconds, { seconds: left })}</p> : null;
}
