/** Intake: the questions that a type of appointment asks before the visit, and their answers. */
import type { UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { type Instant, parseLocalDate } from '../shared/time.ts';
import type { ActorKind, Appointment, AppointmentChange, AppointmentStatus } from './appointment.ts';
import { nextVersion } from './appointment.ts';
import type { FieldError, InvalidFields } from './field-errors.ts';
import type { AnswerValue, Intake, IntakeAnswer, IntakeQuestion } from './intake-question.ts';
import { stale, type TransitionContext, type TransitionRefusal } from './transitions.ts';

/** The type had no questions when the appointment was booked, the patient was erased, or the stored box is damaged. */
export type IntakeNotFound = { readonly code: 'intake_not_found' };

const MAXIMUM_ANSWER_LENGTH = 1000;

/** From then on the visit has begun, for patients and for the clinic. */
const ANSWERABLE: Readonly<Record<'patient' | 'clinic', readonly AppointmentStatus[]>> = {
  patient: ['requested', 'scheduled', 'confirmed', 'arrived'],
  clinic: ['requested', 'scheduled', 'confirmed', 'arrived', 'roomed', 'in_progress'],
};

/** Whether this kind of actor may still answer: patients until the visit begins, the clinic until it is over. */
export function isAnswerable({ status, intake }: Pick<Appointment, 'status' | 'intake'>, kind: ActorKind): boolean {
  return intake !== null && ANSWERABLE[kind === 'patient' ? 'patient' : 'clinic'].includes(status);
}

/**
 * The intake of a new appointment; `null` for a type without questions.
 * @param answers `null` where no answers are asked for yet: in a series, and for an offer of the waitlist
 */
export function openIntake(
  questions: readonly IntakeQuestion[],
  answers: readonly IntakeAnswer[] | null,
  by: { readonly kind: ActorKind; readonly userId: UserId | null },
  now: Instant,
): Result<Intake | null, InvalidFields> {
  const errors = answers === null ? [] : answerErrors(questions, answers, by.kind === 'patient');
  if (errors.length > 0) return refuse({ code: 'invalid_fields', errors });
  if (questions.length === 0) return ok(null);
  const isAnswered = answers !== null && answers.length > 0;
  return ok({
    questions,
    answers: answers ?? [],
    answeredAt: isAnswered ? now : null,
    answeredBy: isAnswered ? by.userId : null,
  });
}

/** Replaces the answers. The questions stay those that the type asked when the appointment was booked. */
export function answerIntake(
  appointment: Appointment,
  answers: readonly IntakeAnswer[],
  context: TransitionContext,
): Result<readonly AppointmentChange[], TransitionRefusal | InvalidFields | IntakeNotFound> {
  const { actor, now } = context;
  const { intake, status: currentStatus, version: expectedVersion } = appointment;
  if (intake === null) return refuse({ code: 'intake_not_found' });
  const refusal = stale(appointment, context);
  if (refusal) return refuse(refusal);
  if (!isAnswerable(appointment, actor.kind)) return refuse({ code: 'appointment_closed', currentStatus });
  const errors = answerErrors(intake.questions, answers, actor.kind === 'patient');
  if (errors.length > 0) return refuse({ code: 'invalid_fields', errors });
  const answered = { ...intake, answers, answeredAt: now, answeredBy: actor.userId };
  const changed = nextVersion(appointment, now, { intake: answered });
  return ok([{ type: 'appointment.edited', appointment: changed, expectedVersion, changed: ['intake'] }]);
}

/** @param mustBeComplete whether each required question needs an answer: of patients, while the clinic may ask later */
export function answerErrors(
  questions: readonly IntakeQuestion[],
  answers: readonly IntakeAnswer[],
  mustBeComplete: boolean,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const asked = new Map(questions.map((question) => [question.id, question]));
  const answered = new Set<string>();
  for (const [index, { questionId, value }] of answers.entries()) {
    const pointer = `/answers/${index}`;
    const question = asked.get(questionId);
    if (question === undefined || answered.has(questionId)) {
      const message = question === undefined ? 'expected the id of a question' : 'is answered already';
      errors.push({ pointer: `${pointer}/questionId`, code: question ? 'conflict' : 'unknown_question', message });
      continue;
    }
    answered.add(questionId);
    const message = expectation(question, value);
    if (message !== undefined) errors.push({ pointer: `${pointer}/value`, code: 'invalid', message });
  }
  for (const { id, required } of mustBeComplete ? questions : []) {
    if (!required || answered.has(id)) continue;
    errors.push({ pointer: '/answers', code: 'required', message: `the question ${id} must be answered` });
  }
  return errors;
}

/** @returns what was expected, if the value is no answer to the question */
function expectation({ kind, choices }: IntakeQuestion, value: AnswerValue): string | undefined {
  const isText = typeof value === 'string';
  switch (kind) {
    case 'text':
      return isText && value.trim() !== '' && value.length <= MAXIMUM_ANSWER_LENGTH
        ? undefined
        : `expected a text of 1 to ${MAXIMUM_ANSWER_LENGTH} characters`;
    case 'choice':
      return isText && choices.includes(value) ? undefined : 'expected one of the choices';
    case 'yes_no':
      return typeof value === 'boolean' ? undefined : 'expected true or false';
    case 'date':
      return isText && parseLocalDate(value) !== undefined ? undefined : 'expected a date, as YYYY-MM-DD';
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'expected a number';
  }
}
