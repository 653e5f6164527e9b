/**
 * Size limits of input, checked before any other processing (R62): normalising a text, matching it against a pattern or
 * checking the entries of a list may cost far more than receiving it.
 *
 * `route` refuses a route whose request contains a text or a list that is not made here.
 */
import { z } from '@hono/zod-openapi';

/** Longest value of a header, in UTF-16 units; a longer one is refused with 431 (RFC 9110 section 5.4). */
export const MAXIMUM_HEADER_UNITS = 8 * 1024;

/** The checks and transforms made here, which `unboundedPlaces` recognises. */
const BOUNDS = new WeakSet<object>();

/**
 * A text of at most this many UTF-16 code units, each at most three bytes in UTF-8. A longer text is not processed
 * further.
 */
export function rawText(maximumUnits: number) {
  const schema = z.string().check((payload) => {
    if (payload.value.length <= maximumUnits) return;
    payload.issues.push({
      code: 'too_big',
      origin: 'string',
      maximum: maximumUnits,
      inclusive: true,
      input: payload.value,
      continue: false,
    });
  });
  for (const bound of schema.def.checks ?? []) BOUNDS.add(bound);
  // A text that is too long never gets here: this states the maximum in the OpenAPI document.
  return schema.max(maximumUnits);
}

/**
 * A text that is parsed into a value. The OpenAPI document shows what `openapi` is given: state the form or the length there.
 * @param parse undefined if the text is no such value
 * @param expected what was expected, as the client is told
 */
export function parsedText<T>(maximumUnits: number, parse: (text: string) => T | undefined, expected: string) {
  return rawText(maximumUnits).transform((value, context): T => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });
}

/** A list with a maximum number of entries. The entries of a longer list are not checked. */
export function list<T extends z.ZodType>(entry: T, maximum: number, minimum = 0) {
  const bounded = z.preprocess((value, context) => {
    if (!Array.isArray(value) || value.length <= maximum) return value;
    context.addIssue({ code: 'too_big', origin: 'array', maximum, inclusive: true, input: value });
    return z.NEVER;
  }, z.array(entry).min(minimum).max(maximum));
  BOUNDS.add(bounded.def.in);
  return bounded;
}

/** A whole number in a query or a path, where every value is text. */
export function wholeNumber(minimum: number, maximum: number) {
  const error = `expected a whole number from ${minimum} to ${maximum}`;
  return rawText(20)
    .regex(/^-?\d+$/, { error })
    .transform(Number)
    .pipe(z.int({ error }).min(minimum, { error }).max(maximum, { error }));
}

/** The parts of zod's schema definitions that are inspected here. */
interface Definition {
  readonly type: string;
  readonly coerce?: boolean;
  readonly checks?: readonly object[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly options?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
}

/** Types whose values have no size or are compared as a whole. */
const SIZELESS = ['number', 'boolean', 'null', 'literal', 'enum', 'undefined', 'never'];

/**
 * @returns the places in a request's schema that accept texts, lists or anything else without checking a bound first
 */
export function unboundedPlaces(schema: z.ZodType, place = ''): string[] {
  const { type, coerce, checks, shape, options, innerType, in: before, out } = schema.def as Definition;
  if (coerce === true) return [place];
  if (SIZELESS.includes(type)) return [];
  if (type === 'string') return BOUNDS.has(checks?.[0] ?? {}) ? [] : [place];
  if (type === 'pipe' && before !== undefined) {
    if (!BOUNDS.has(before)) return unboundedPlaces(before, place);
    const element = out instanceof z.ZodArray ? (out.element as z.ZodType) : undefined;
    return element === undefined ? [place] : unboundedPlaces(element, `${place}/*`);
  }
  if (shape !== undefined) {
    return Object.entries(shape).flatMap(([name, field]) => unboundedPlaces(field, `${place}/${name}`));
  }
  if (options !== undefined) return options.flatMap((option) => unboundedPlaces(option, place));
  return innerType === undefined ? [place] : unboundedPlaces(innerType, place);
}
