/** The questions of a type, which it asks before the visit. */
import type { UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { FieldError } from './field-errors.ts';

export const QUESTION_KINDS = ['text', 'choice', 'yes_no', 'date', 'number'] as const;
export type QuestionKind = (typeof QUESTION_KINDS)[number];

export interface IntakeQuestion {
  /** Unique in its type: lower-case letters, digits and `_`, 1 to 40 characters. */
  readonly id: string;
  /** 1 to 300 characters. */
  readonly text: string;
  readonly kind: QuestionKind;
  /** Whether patients must answer it when they book. */
  readonly required: boolean;
  /** Of a choice: 2 to 20, of 1 to 100 characters each. Otherwise none. */
  readonly choices: readonly string[];
}

export type AnswerValue = string | number | boolean;

export interface IntakeAnswer {
  readonly questionId: string;
  readonly value: AnswerValue;
}

/** The questions as they were asked, with the answers so far. */
export interface Intake {
  readonly questions: readonly IntakeQuestion[];
  readonly answers: readonly IntakeAnswer[];
  /** When they were last answered, and by whom; `null` before. */
  readonly answeredAt: Instant | null;
  readonly answeredBy: UserId | null;
}

export const MAXIMUM_QUESTIONS = 20;
export const MAXIMUM_CHOICES = 20;
const MAXIMUM_TEXT_LENGTH = 300;
const MAXIMUM_CHOICE_LENGTH = 100;
const ID = /^[a-z0-9_]{1,40}$/;

export function questionErrors(questions: readonly IntakeQuestion[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (questions.length > MAXIMUM_QUESTIONS) {
    errors.push({ pointer: '/questions', code: 'too_many', message: `use ${MAXIMUM_QUESTIONS} at most` });
  }
  const ids = new Set<string>();
  for (const [index, { id, text, kind, choices }] of questions.entries()) {
    const pointer = `/questions/${index}`;
    if (!ID.test(id))
      errors.push({ pointer: `${pointer}/id`, code: 'invalid', message: 'use 1 to 40 of a-z, 0-9 and _' });
    if (ids.has(id))
      errors.push({ pointer: `${pointer}/id`, code: 'conflict', message: 'another question has this id' });
    ids.add(id);
    if (text.trim() === '' || text.length > MAXIMUM_TEXT_LENGTH) {
      const message = `use 1 to ${MAXIMUM_TEXT_LENGTH} characters`;
      errors.push({ pointer: `${pointer}/text`, code: 'out_of_range', message });
    }
    if (!isChoosable(kind, choices)) {
      const message = `a choice has 2 to ${MAXIMUM_CHOICES} different texts of 1 to ${MAXIMUM_CHOICE_LENGTH} characters, others none`;
      errors.push({ pointer: `${pointer}/choices`, code: 'out_of_range', message });
    }
  }
  return errors;
}

function isChoosable(kind: QuestionKind, choices: readonly string[]): boolean {
  if (kind !== 'choice') return choices.length === 0;
  const isCounted = choices.length >= 2 && choices.length <= MAXIMUM_CHOICES;
  const isFit = (choice: string) => choice.trim() !== '' && choice.length <= MAXIMUM_CHOICE_LENGTH;
  return isCounted && choices.every(isFit) && new Set(choices).size === choices.length;
}
