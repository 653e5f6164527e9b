/**
 * Canonical JSON (RFC 8785, JCS): equal values give equal bytes, so a value can be hashed. Names are sorted by UTF-16 code
 * units, numbers are written as ECMAScript writes them, and only what must be escaped is escaped.
 */

/** Deeper values are refused, so that hostile input cannot exhaust the stack. No event of ours is nested nearly as deep. */
export const MAX_DEPTH = 64;

/**
 * @throws TypeError for values without a canonical form: NaN, infinities, lone surrogates, `undefined`, big integers,
 * functions, objects that are not plain, and nesting beyond 64 levels (R42)
 */
export function canonicalize(value: unknown): string {
  return write(value, MAX_DEPTH);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      // Section 3.2.2.3 defers to ECMAScript; negative zero is written as 0 there too.
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical form`);
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth === 0) throw new TypeError(`a value nested over ${MAX_DEPTH} levels has no canonical form`);
      return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth);
    default:
      throw new TypeError(`a value of type ${typeof value} has no canonical form`);
  }
}

function writeString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('a lone surrogate has no canonical form');
  // Section 3.2.2.2 asks for exactly the escapes that ECMAScript uses on well-formed text.
  return JSON.stringify(text);
}

function writeArray(values: readonly unknown[], depth: number): string {
  // An index loop also visits holes: `map` would skip them and `join` would write nothing for them.
  let text = '[';
  for (let i = 0; i < values.length; i++) text += (i === 0 ? '' : ',') + write(values[i], depth - 1);
  return `${text}]`;
}

function writeObject(value: object, depth: number): string {
  if (!isPlain(value)) throw new TypeError('only plain objects are canonical');
  const members = value as Readonly<Record<string, unknown>>;
  let text = '{';
  // The default sort compares UTF-16 code units, as section 3.2.3 asks.
  for (const name of Object.keys(members).sort()) {
    text += `${text === '{' ? '' : ','}${writeString(name)}:${write(members[name], depth - 1)}`;
  }
  return `${text}}`;
}
