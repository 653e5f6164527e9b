import { describe, expect, test } from 'vitest';
import { validateAppointmentType } from '../../../domain/scheduling/appointment-type.ts';
import { book } from '../../../domain/scheduling/booking.ts';
import { answerErrors, answerIntake } from '../../../domain/scheduling/intake.ts';
import type { AnswerValue, IntakeQuestion } from '../../../domain/scheduling/intake-question.ts';
import { by, request } from './booking-builders.ts';
import {
  appointment,
  appointmentType,
  context,
  NOW,
  PATIENT,
  PATIENT_ID,
  refusal,
  STAFF,
  state,
  value,
} from './builders.ts';

function question(id: string, fields: Partial<IntakeQuestion> = {}): IntakeQuestion {
  return { id, text: `What of ${id}?`, kind: 'text', required: false, choices: [], ...fields };
}

const allergies = question('allergies', { required: true });
const smoker = question('smoker', { kind: 'yes_no' });
const given = state({ type: appointmentType({ questions: [allergies, smoker] }) });
const penicillin = { questionId: 'allergies', value: 'Penicillin' };

test('an answer is refused by what is wrong with its question', () => {
  const answers = [penicillin, penicillin, { questionId: 'sport', value: 'Yes' }];
  expect(answerErrors([allergies], answers, true)).toEqual([
    { pointer: '/answers/1/questionId', code: 'conflict', message: 'is answered already' },
    { pointer: '/answers/2/questionId', code: 'unknown_question', message: 'expected the id of a question' },
  ]);
});

describe('questions of a type', () => {
  const errors = (...questions: IntakeQuestion[]) => {
    const result = validateAppointmentType(appointmentType({ questions }), []);
    return result.ok ? [] : result.error.errors.map(({ pointer, code }) => `${pointer} ${code}`);
  };

  test('texts and choices have their bounds', () => {
    const choice = (choices: string[]) => errors(question('sport', { kind: 'choice', choices }));
    const numbered = (count: number) => Array.from({ length: count }, (_, at) => `Choice ${at}`);
    const REFUSED = ['/questions/0/choices out_of_range'];
    expect([1, 2, 20, 21].map((count) => choice(numbered(count)))).toEqual([REFUSED, [], [], REFUSED]);
    expect(choice(['Yes', 'x'.repeat(100)])).toEqual([]);
    expect(choice(['Yes', 'x'.repeat(101)])).toEqual(REFUSED);
    expect(choice(['Yes', ' '])).toEqual(REFUSED);
    const text = (length: number) => errors(question('long', { text: 'x'.repeat(length) }));
    expect([1, 300, 301].map(text)).toEqual([[], [], ['/questions/0/text out_of_range']]);
  });

  test('each has an id of its own, a text, and choices if it is a choice', () => {
    expect(errors(allergies, smoker, question('sport', { kind: 'choice', choices: ['Yes', 'No'] }))).toEqual([]);
    expect(errors(question('Not an id'), allergies, allergies, question('empty', { text: ' ' }))).toEqual([
      '/questions/0/id invalid',
      '/questions/2/id conflict',
      '/questions/3/text out_of_range',
    ]);
    expect(
      errors(
        question('one', { kind: 'choice', choices: ['Yes'] }),
        question('same', { kind: 'choice', choices: ['Yes', 'Yes'] }),
        question('none', { choices: ['Yes', 'No'] }),
      ),
    ).toEqual([
      '/questions/0/choices out_of_range',
      '/questions/1/choices out_of_range',
      '/questions/2/choices out_of_range',
    ]);
  });

  test('20 at most', () => {
    const many = Array.from({ length: 21 }, (_, index) => question(`q${index}`));
    expect(errors(...many)).toEqual(['/questions too_many']);
    expect(errors(...many.slice(1))).toEqual([]);
  });
});

describe('answers', () => {
  test.each<[string, Partial<IntakeQuestion>, AnswerValue[], AnswerValue[]]>([
    ['a text', {}, ['Nuts', 'x'.repeat(1000)], ['', '  ', 'x'.repeat(1001), 1, true]],
    ['a choice', { kind: 'choice', choices: ['A', 'B'] }, ['A', 'B'], ['C', 'a', 1, true]],
    ['yes or no', { kind: 'yes_no' }, [true, false], ['true', 1]],
    ['a date', { kind: 'date' }, ['2024-02-29'], ['2023-02-29', '29.2.2024', 1]],
    ['a number', { kind: 'number' }, [0, -1.5], ['1', Number.NaN, Number.POSITIVE_INFINITY, true]],
  ])('%s', (_, fields, right, wrong) => {
    const asked = [question('q', fields)];
    const codes = (value: AnswerValue) =>
      answerErrors(asked, [{ questionId: 'q', value }], true).map(({ pointer, code }) => `${pointer} ${code}`);
    for (const value of right) expect(codes(value)).toEqual([]);
    for (const value of wrong) expect(codes(value)).toEqual(['/answers/0/value invalid']);
  });

  test('to what was not asked, or twice, are refused with their place', () => {
    const answers = [penicillin, { questionId: 'shoes', value: 44 }, penicillin];
    expect(answerErrors([allergies], answers, true).map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/answers/1/questionId unknown_question',
      '/answers/2/questionId conflict',
    ]);
  });
});

describe('booking', () => {
  const booked = (answers: Parameters<typeof request>[2], ctx = by()) =>
    book(given, request('2026-03-03', '09:00', answers), null, ctx);

  test('patients answer the required questions, the clinic may ask later', () => {
    expect(refusal(booked({ answers: [{ questionId: 'smoker', value: true }] }))).toEqual({
      code: 'invalid_fields',
      errors: [{ pointer: '/answers', code: 'required', message: 'the question allergies must be answered' }],
    });
    expect(value(booked({ answers: [penicillin] })).appointment.intake).toEqual({
      questions: [allergies, smoker],
      answers: [penicillin],
      answeredAt: NOW,
      answeredBy: PATIENT_ID,
    });
    const unanswered = { questions: [allergies, smoker], answers: [], answeredAt: null, answeredBy: null };
    expect(value(booked({ answers: [] }, by({ actor: STAFF }))).appointment.intake).toEqual(unanswered);
  });

  test('a series and an offer of the waitlist are answered later', () => {
    expect(value(booked({ answers: null })).appointment.intake).toMatchObject({ answers: [], answeredAt: null });
  });

  test('a type without questions has no intake, and takes no answers', () => {
    const plain = (answers: (typeof penicillin)[]) =>
      book(state(), request('2026-03-03', '09:00', { answers }), null, by());
    expect(value(plain([])).appointment.intake).toBeNull();
    expect(refusal(plain([penicillin]))).toMatchObject({ errors: [{ code: 'unknown_question' }] });
  });
});

describe('answering until the visit', () => {
  const intake = { questions: [allergies, smoker], answers: [], answeredAt: null, answeredBy: null };
  const answered = (status: Parameters<typeof appointment>[0], ctx = context({ actor: PATIENT })) =>
    answerIntake(appointment({ intake, ...status }), [penicillin], ctx);

  test('replaces the answers in a new version', () => {
    expect(value(answered({}))).toMatchObject([
      {
        type: 'appointment.edited',
        appointment: { version: 4, intake: { answers: [penicillin], answeredAt: NOW, answeredBy: PATIENT_ID } },
        changed: ['intake'],
      },
    ]);
  });

  test('patients until it begins, the clinic until it is over', () => {
    for (const status of ['requested', 'scheduled', 'confirmed', 'arrived'] as const) {
      expect(answered({ status }).ok).toBe(true);
    }
    expect(refusal(answered({ status: 'in_progress' }))).toEqual({
      code: 'appointment_closed',
      currentStatus: 'in_progress',
    });
    expect(answered({ status: 'in_progress' }, context()).ok).toBe(true);
    expect(refusal(answered({ status: 'completed' }, context()))).toMatchObject({ code: 'appointment_closed' });
  });

  test('is refused without questions, for another version, and to patients who leave out a required one', () => {
    expect(refusal(answered({ intake: null }))).toEqual({ code: 'intake_not_found' });
    const other = context({ actor: PATIENT, expectedVersion: 2 });
    expect(refusal(answered({}, other))).toMatchObject({ code: 'stale_version' });
    const none = (ctx = context()) => answerIntake(appointment({ intake }), [], ctx);
    expect(refusal(none(context({ actor: PATIENT })))).toMatchObject({ errors: [{ code: 'required' }] });
    expect(none().ok).toBe(true);
  });
});
