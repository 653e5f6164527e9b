/**
 * How large what a client sends may be, checked before anything else is done with it (R62): normalising a text, matching
 * it or checking the entries of a list may cost far more than receiving it.
 *
 * `define` refuses a route whose request holds a text or a list that is not made here.
 */
import { z } from '@hono/zod-openapi';

/** The checks and transforms made here, by which `unboundedPlaces` knows them. */
const BOUNDS = new WeakSet<object>();

/**
 * A text of so many UTF-16 code units at most, of which UTF-8 has at most three bytes each. In a longer one nothing else is
 * looked at.
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
  // Never reached by a text that is too long: it tells the OpenAPI document.
  return schema.max(maximumUnits);
}

/** A list of so many entries. Of a longer one no entry is looked at. */
export function list<T extends z.ZodType>(entry: T, maximum: number, minimum = 0) {
  const bounded = z.preprocess((value, context) => {
    if (!Array.isArray(value) || value.length <= maximum) return value;
    context.addIssue({ code: 'too_big', origin: 'array', maximum, inclusive: true, input: value });
    return z.NEVER;
  }, z.array(entry).min(minimum).max(maximum));
  BOUNDS.add(bounded.def.in);
  return bounded;
}

/** A whole number of a query or a path, where everything is text. */
export function wholeNumber(minimum: number, maximum: number) {
  const error = `expected a whole number from ${minimum} to ${maximum}`;
  return rawText(20)
    .regex(/^-?\d+$/, { error })
    .transform(Number)
    .pipe(z.int({ error }).min(minimum, { error }).max(maximum, { error }));
}

/** The definitions of zod's schemas, as far as they are looked into here. */
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

/** Types whose values have no size, or are compared as a whole. */
const SIZELESS = ['number', 'boolean', 'null', 'literal', 'enum', 'undefined', 'never'];

/** Where a request's schema takes texts, lists or anything else without a bound that comes first; empty where nowhere. */
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
