/** The explanations of problem codes under `/problems`, as data and as pages. */
import { OpenAPIHono, z } from '@hono/zod-openapi';
import { linkTo, pathTo } from '../links.ts';
import type { Operation } from '../operation.ts';
import { type ErrorCode, type FieldFault, PROBLEMS } from '../problems.ts';
import { links } from '../schemas.ts';
import { shownCode, shownReference, shownText } from '../shown.ts';
import { problemSchema, problemSchemaName } from './problem-responses.ts';
import { declaredRefusals } from './refusals.ts';
import { type JsonSchema, sampleOf } from './sample.ts';
import { SLOT_REASONS } from './slot-reasons.ts';

export const problemSummarySchema = z
  .object({
    code: shownCode('slot_taken'),
    status: z.int().openapi({ example: 409 }),
    title: shownText(200, PROBLEMS.slot_taken.title),
    _links: links,
  })
  .openapi('ProblemSummary');

export const problemExplanationSchema = problemSummarySchema
  .extend({
    cause: shownText(4000, PROBLEMS.slot_taken.cause).openapi({ description: 'When it is answered' }),
    help: shownText(4000, PROBLEMS.slot_taken.help).openapi({ description: 'What to do' }),
    reasons: z
      .array(z.object({ code: shownCode('too_soon'), meaning: shownText(1000, SLOT_REASONS.too_soon) }))
      .optional()
      .openapi({ description: 'The possible reasons, if the problem has reasons' }),
    example: z.record(z.string(), z.unknown()).openapi({ description: 'Such a problem', example: {} }),
    operations: z
      .array(
        z.object({
          operationId: shownCode('bookAppointment'),
          summary: shownText(200, 'Book an appointment'),
          href: shownReference.openapi({
            description: 'In the reference',
            example: `${pathTo('getReference')}#tag/appointments/POST${pathTo('bookAppointment')}`,
          }),
        }),
      )
      .openapi({ description: 'The operations that can answer with it; may be empty' }),
  })
  .openapi('ProblemExplanation');

export type ProblemSummary = z.infer<typeof problemSummarySchema>;
export type ProblemExplanation = z.infer<typeof problemExplanationSchema>;

const WITH_REASONS: readonly ErrorCode[] = ['slot_unavailable', 'series_unavailable'];

export function isProblemCode(code: string): code is ErrorCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** By status, then by code. */
export function problemSummaries(): ProblemSummary[] {
  const codes = Object.keys(PROBLEMS) as ErrorCode[];
  return codes.toSorted((a, b) => PROBLEMS[a].status - PROBLEMS[b].status || (a < b ? -1 : 1)).map(summaryOf);
}

function summaryOf(code: ErrorCode): ProblemSummary {
  const { status, title } = PROBLEMS[code];
  return { code, status, title, _links: { self: linkTo('getProblem', { code }), index: linkTo('listProblems') } };
}

export function explainProblem(code: ErrorCode, operations: readonly Operation[]): ProblemExplanation {
  const { cause, help } = PROBLEMS[code];
  const reasons = Object.entries(SLOT_REASONS).map(([reason, meaning]) => ({ code: reason, meaning }));
  return {
    ...summaryOf(code),
    cause,
    help,
    ...(WITH_REASONS.includes(code) ? { reasons } : {}),
    example: sampleProblem(code),
    operations: operations
      .filter((operation) => declaredRefusals(operation).has(code))
      .map((operation) => ({
        operationId: operation.operationId,
        summary: operation.summary,
        href: referenceTo(operation),
      })),
  };
}

/** Codes that point at the fields at fault. */
const WITH_ERRORS: Readonly<Partial<Record<ErrorCode, FieldFault>>> = {
  validation_failed: { pointer: '/email', code: 'invalid', message: 'expected an e-mail address' },
  invalid_fields: { pointer: '/weekly/1/start', code: 'overlap', message: 'overlaps with another rule' },
  preferences_refused: {
    pointer: '/choices/security/email',
    code: 'fixed',
    message: 'such messages cannot be switched off',
  },
  password_unacceptable: { pointer: '/password', code: 'too_short', message: 'expected at least 12 characters' },
  scopes_not_allowed: { pointer: '/scopes', code: 'scope_not_allowed', message: 'cannot be given to a key of yours' },
  legal_text_unknown: { pointer: '/version', code: 'unknown', message: 'expected one of the versions: 1' },
};

/** Where the reference describes an operation. */
function referenceTo({ tag, method, path }: Operation): string {
  return `${pathTo('getReference')}#tag/${tag.toLowerCase().replaceAll(' ', '-')}/${method.toUpperCase()}${path}`;
}

/** A problem as it is sent, with its members. */
export function sampleProblem(code: ErrorCode): Record<string, unknown> {
  const { title, status, help } = PROBLEMS[code];
  const schema = problemSchema(code);
  const described = new OpenAPIHono();
  const responses = { [status]: { description: title, content: { 'application/problem+json': { schema } } } };
  described.openAPIRegistry.registerPath({ method: 'get', path: '/', responses });
  const { components } = described.getOpenAPI31Document({ openapi: '3.1.0', info: { title, version: '1' } });
  const named = (components?.schemas ?? {}) as Record<string, JsonSchema>;
  const sample = sampleOf({ $ref: `#/components/schemas/${problemSchemaName(code)}` }, named) as object;
  const fault = WITH_ERRORS[code];
  return {
    ...sample,
    ...{ type: pathTo('getProblem', { code }), title, status, detail: help, code },
    ...(fault === undefined ? {} : { errors: [fault] }),
  };
}
