import { useState } from 'react';
import { useTexts } from '../../texts/texts.tsx';
import { Field } from '../../ui/field.tsx';
import type { Values } from '../../ui/form.tsx';
import type { Draft } from './check-step.tsx';
import { Select } from './select.tsx';
import type { VisitType } from './slots.ts';

type Question = VisitType['questions'][number];

const nameOf = ({ id }: Question) => `question-${id}`;

/** What the clinic asks before this type of visit. */
export function Questions({ questions, draft }: { readonly questions: readonly Question[]; readonly draft: Draft }) {
  const { check } = useTexts().booking;
  if (questions.length === 0) return null;
  return (
    <fieldset className="space-y-4">
      <legend className="text-[1.125rem] font-semibold">{check.questions}</legend>
      {questions.map((question) => (
        <Answering key={question.id} question={question} draft={draft} />
      ))}
    </fieldset>
  );
}

function Answering({ question, draft }: { readonly question: Question; readonly draft: Draft }) {
  const { check } = useTexts().booking;
  const name = nameOf(question);
  const [chosen, choose] = useState(draft.current[name] ?? '');
  const { text, kind, required, choices } = question;
  if (kind === 'choice' || kind === 'yes_no') {
    const options =
      kind === 'choice'
        ? (choices ?? []).map((each) => ({ value: each, text: each }))
        : [
            { value: 'true', text: check.yes },
            { value: 'false', text: check.no },
          ];
    return (
      <Select
        label={text}
        name={name}
        value={chosen}
        onChange={choose}
        isRequired={required}
        options={[{ value: '', text: check.noAnswer }, ...options]}
      />
    );
  }
  return (
    <Field
      name={name}
      label={text}
      isRequired={required}
      defaultValue={draft.current[name] ?? ''}
      isLong={kind === 'text'}
      maxLength={1000}
      {...(kind === 'date' && { type: 'date' })}
      {...(kind === 'number' && { type: 'number' })}
    />
  );
}

interface GivenAnswer {
  readonly questionId: string;
  readonly value: string | number | boolean;
}

/** As the API takes them; what is left empty is left out. */
export function answersOf(questions: readonly Question[], values: Values): GivenAnswer[] {
  return questions.flatMap((question): GivenAnswer[] => {
    const value = values[nameOf(question)];
    if (value === undefined) return [];
    const { id: questionId, kind } = question;
    if (kind === 'number') return [{ questionId, value: Number(value) }];
    return [{ questionId, value: kind === 'yes_no' ? value === 'true' : value }];
  });
}
