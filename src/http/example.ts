/**
 * Examples of operations: one whole request each, which the document shows, the code samples are made of, and the tests
 * run against the demo clinic. Values that are not fixed are named by where they come from.
 */

/** The caller: a person of the demo clinic, or the person that the example of `registerPatient` registers. */
export type ExampleCaller = 'anybody' | 'patient' | 'doctor' | 'admin' | 'newcomer';

/** A value that is known when the example is used. */
export class Given {
  readonly kind: 'answer' | 'mail' | 'code' | 'date' | 'instant';
  /** The source of the value: an operation with a pointer into its answer, an address, or a number of days ahead. */
  readonly of: readonly (string | number)[];
  /** What the document shows instead, if the value cannot be known before. */
  readonly shown: string;

  constructor(kind: Given['kind'], of: Given['of'], shown: string) {
    this.kind = kind;
    this.of = of;
    this.shown = shown;
  }
}

export type ExampleValue =
  | string
  | number
  | boolean
  | null
  | Given
  | readonly ExampleValue[]
  | { readonly [name: string]: ExampleValue };

export interface Example {
  readonly as: ExampleCaller;
  readonly path?: Readonly<Record<string, ExampleValue>>;
  readonly query?: Readonly<Record<string, ExampleValue>>;
  readonly ifMatch?: ExampleValue;
  readonly body?: { readonly [name: string]: ExampleValue };
  /** Files of a multipart form, in base64. */
  readonly form?: Readonly<Record<string, string>>;
  /** The other fields of the form, which stand before its files. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Operations whose examples must run before. */
  readonly after?: readonly string[];
  /** Operations whose examples run once more immediately before. */
  readonly again?: readonly string[];
  /** Works once the appointment that the path names begins. */
  readonly atStart?: true;
}

/** Why an operation has no example. */
export interface NoExample {
  readonly none: string;
}

/** The person who registers in the examples. */
export const NEWCOMER = {
  email: 'nora@example.org',
  nextEmail: 'nora.lind@example.org',
  password: 'a quiet river at dawn',
  phone: '+4915112345678',
} as const;

export const INVITED = { email: 'sam@example.org', password: 'a lamp behind the harbour' } as const;

/** A picture of one pixel, as PNG. */
export const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const UUID = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f';

/**
 * A value of an answer to an earlier request.
 * @param pointer RFC 6901, where `*` is the first entry that has what follows; or the name of a header
 * @param part takes its first group out of the value
 */
export function earlier(operationId: string, pointer = '/id', shown = UUID, part?: RegExp): Given {
  return new Given('answer', part === undefined ? [operationId, pointer] : [operationId, pointer, part.source], shown);
}

/** The token or code of the last message to an address. */
export function mailed(to: string, shown = 'the-token-of-the-mail'): Given {
  return new Given('mail', [to], shown);
}

/** The code that the newcomer’s authenticator app shows now. */
export function appCode(): Given {
  return new Given('code', [], '492039');
}

/** The date of the first weekday that is at least so many days ahead. */
export function weekday(daysAhead: number): Given {
  return new Given('date', [daysAhead], '');
}

/** The same with a time of day in UTC, as an instant. */
export function weekdayAt(daysAhead: number, time: string): Given {
  return new Given('instant', [daysAhead, time], '');
}

const DAY = 86_400_000;

function dateOf(daysAhead: number, now: number): string {
  const day = new Date(now + daysAhead * DAY);
  const isWeekend = (date: Date) => date.getUTCDay() === 0 || date.getUTCDay() === 6;
  while (isWeekend(day)) day.setTime(day.getTime() + DAY);
  return day.toISOString().slice(0, 10);
}

/** @returns as the document shows it at a moment */
export function shownValue({ kind, of, shown }: Given, now: number): string {
  const [first, time] = of;
  if (kind === 'date') return dateOf(Number(first), now);
  if (kind === 'instant') return `${dateOf(Number(first), now)}T${time}:00Z`;
  return shown;
}

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** @param resolve gives each value that is not fixed */
export function filledIn(value: ExampleValue, resolve: (given: Given) => string | number): Plain {
  if (value instanceof Given) return resolve(value);
  if (Array.isArray(value)) return value.map((entry) => filledIn(entry, resolve));
  if (typeof value !== 'object' || value === null) return value as Plain;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, filledIn(entry, resolve)]));
}
