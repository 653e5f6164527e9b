/** Questions that a type asks before the visit, and the answers of a patient. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { isAnswerable } from '../../../../domain/scheduling/intake.ts';
import {
  type Intake,
  type IntakeQuestion,
  MAXIMUM_CHOICES,
  MAXIMUM_QUESTIONS,
  QUESTION_KINDS,
} from '../../../../domain/scheduling/intake-question.ts';
import type { AppointmentRecord } from '../../../../domain/scheduling/ports.ts';
import { isAllowed, type KnownActor } from '../../../../domain/shared/actor.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { mayChange, mayReadClinicalText } from '../../../app/scheduling/actors.ts';
import { readAppointment } from '../../../app/scheduling/appointments.ts';
import { answerQuestions } from '../../../app/scheduling/lifecycle.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { list, rawText } from '../../bounds.ts';
import type { AppEnv } from '../../env.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { links, text } from '../../schemas.ts';
import { shownCode, shownId, shownInstant, shownText } from '../../shown.ts';
import { appointmentParams } from './present.ts';
import { detailsOf } from './refusals.ts';

const kind = z.enum(QUESTION_KINDS);

export const questionSchema = z
  .object({
    id: shownCode('allergies'),
    text: shownText(300, 'Which allergies do you have?'),
    kind,
    required: z.boolean().openapi({ description: 'Patients must answer it when they book' }),
    choices: z.array(shownText(100, 'None')),
  })
  .openapi('IntakeQuestion');

/** The domain checks the bounds, so that one answer lists all errors. */
export const questionBody = z.strictObject({
  id: rawText(100).openapi({ example: 'allergies' }),
  text: text(600),
  kind,
  required: z.boolean().default(false),
  choices: list(text(200), MAXIMUM_CHOICES).default([]).openapi({ description: 'Of a choice: 2 to 20' }),
});

export const answerList = list(
  z.strictObject({ questionId: rawText(100), value: z.union([text(1000), z.number(), z.boolean()]) }),
  MAXIMUM_QUESTIONS,
);

export function presentQuestion({ choices, ...question }: IntakeQuestion) {
  return { ...question, choices: [...choices] };
}

const intakeSchema = z
  .object({
    appointmentId: shownId,
    questions: z.array(questionSchema),
    answers: z
      .array(
        z.object({
          questionId: shownCode('allergies'),
          value: z.union([shownText(1000, 'Penicillin'), z.number(), z.boolean()]),
        }),
      )
      .optional()
      .openapi({
        description:
          'Left out for callers who may not read clinical text. A proxy sees answers that the proxy has given',
      }),
    answeredAt: shownInstant.nullable(),
    version: z.int().openapi({ description: 'Of the appointment' }),
    _links: links,
  })
  .openapi('Intake');

function presentIntake(actor: KnownActor, { appointment: a }: AppointmentRecord, intake: Intake) {
  const { id } = a;
  const isReadable = mayReadClinicalText(actor, a) || intake.answeredBy === actor.userId;
  const mayAnswer =
    isAllowed(actor, actor.role === 'patient' ? 'change:own_appointment' : 'run:appointments') &&
    mayChange(actor, a) &&
    isAnswerable(a, actor.role);
  return {
    appointmentId: id as string,
    questions: intake.questions.map(presentQuestion),
    ...(isReadable ? { answers: intake.answers.map((given) => ({ ...given })) } : {}),
    answeredAt: intake.answeredAt === null ? null : formatInstant(intake.answeredAt),
    version: a.version,
    _links: {
      self: linkTo('getIntake', { id }),
      appointment: linkTo('getAppointment', { id }),
      ...Object.fromEntries(mayAnswer ? [['answer', linkTo('answerIntake', { id })]] : []),
    },
  };
}

function shownIntake(c: HonoContext<AppEnv>, record: AppointmentRecord) {
  const { intake } = record.appointment;
  if (intake === null) throw new Problem({ code: 'intake_not_found' });
  return presentIntake(knownActor(c), record, intake);
}

export const intakeRoutes: Routes = [
  route(
    {
      operationId: 'getIntake',
      method: 'get',
      path: '/api/v1/appointments/{id}/intake',
      summary: 'Get the questions before a visit',
      tag: 'Before the visit',
      access: 'read:own_appointments',
      versioned: true,
      description:
        'With the answers. The questions are those that the type asked when the appointment was booked. The reading is recorded.',
      example: { as: 'patient', path: { id: DEMO.visits[4] } },
      request: { params: appointmentParams },
      responses: { 200: json(intakeSchema, 'Questions and answers') },
      refusals: ['appointment_not_found', 'intake_not_found'],
    },
    async (c) => {
      const record = unwrap(
        await readAppointment(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('param').id),
      );
      return sendVersioned(c, record.appointment.version, shownIntake(c, record));
    },
  ),

  route(
    {
      operationId: 'answerIntake',
      method: 'put',
      path: '/api/v1/appointments/{id}/intake',
      summary: 'Answer the questions before a visit',
      tag: 'Before the visit',
      access: ['change:own_appointment', 'run:appointments'],
      ifMatch: 'required',
      versioned: true,
      description:
        'Replaces the answers. Patients answer every required question, until the visit begins. The clinic may leave some out, until the visit is over.',
      example: {
        as: 'patient',
        path: { id: DEMO.visits[4] },
        ifMatch: earlier('getIntake', 'ETag', '"v1"'),
        body: { answers: [{ questionId: 'first_opinion', value: 'To have it removed' }] },
        again: ['getIntake'],
      },
      request: { params: appointmentParams, body: jsonBody(z.strictObject({ answers: answerList })) },
      responses: { 200: json(intakeSchema, 'As it is now') },
      refusals: [
        'appointment_not_found',
        'intake_not_found',
        'action_not_permitted',
        'appointment_closed',
        'invalid_fields',
      ],
    },
    async (c) => {
      const { answers } = c.req.valid('json');
      const answered = unwrap(
        await answerQuestions(
          c.get('deps'),
          c.get('context'),
          knownActor(c),
          c.req.valid('param').id,
          { answers, expectedVersion: expectedVersion(c) },
          (record) => ({ status: 200, body: shownIntake(c, record) }),
        ),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof shownIntake>>(c, answered), 200);
    },
  ),
];
