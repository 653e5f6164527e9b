/** Messages for values that a schema refuses without a message of its own: they always say what was expected. */
import { z } from '@hono/zod-openapi';

type Issue = z.core.$ZodRawIssue;

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'a UUID',
  email: 'an e-mail address',
  url: 'a URL',
  date: 'a date, as YYYY-MM-DD',
  time: 'a time, as HH:MM',
  datetime: 'an instant, such as 2026-12-15T08:30:00Z',
};

/** Units of size limits, singular and plural. */
const UNITS: Readonly<Record<string, readonly [string, string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
  set: ['entry', 'entries'],
  file: ['byte', 'bytes'],
};

/** @returns `undefined` for an issue with a message of its own */
export function expectation(issue: Issue): string | undefined {
  const wanted = wantedOf(issue);
  if (wanted === undefined) return undefined;
  return issue.input === undefined ? `is required: expected ${wanted}` : `expected ${wanted}`;
}

function wantedOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? `a value of the type ${issue.expected}`;
    case 'invalid_value':
      return oneOf(issue.values);
    case 'too_small':
      return limit(
        issue.origin,
        issue.minimum,
        issue.exact === true ? 'exactly' : issue.inclusive === false ? 'more than' : 'at least',
      );
    case 'too_big':
      return limit(
        issue.origin,
        issue.maximum,
        issue.exact === true ? 'exactly' : issue.inclusive === false ? 'less than' : 'at most',
      );
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return FORMATS[issue.format] ?? `the format ${issue.pattern ?? issue.format}`;
    case 'invalid_union':
      return 'one of the forms that the OpenAPI document describes';
    case 'invalid_key':
    case 'invalid_element':
      return 'names and values as the OpenAPI document describes them';
    default:
      return undefined;
  }
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return shown.length === 1 ? String(shown[0]) : `one of ${shown.join(', ')}`;
}

function limit(origin: string, bound: number | bigint | Date, how: string): string {
  const units = UNITS[origin];
  const shown = bound instanceof Date ? bound.toISOString() : String(bound);
  return units === undefined ? `${how} ${shown}` : `${how} ${shown} ${bound === 1 ? units[0] : units[1]}`;
}

/** Applies these messages to every schema of the process that has no message of its own. */
export function useValidationMessages(): void {
  z.config({ customError: expectation });
}
