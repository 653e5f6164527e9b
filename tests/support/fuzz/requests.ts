/** Requests that are wrong in one to three places, made of ones that are right. */
import fc from 'fast-check';
import type { Operation } from '../../../src/http/operation.ts';
import { BODY_FAULTS, hostileJson, hostileText, ODD_HEADERS } from './hostile.ts';

/** A request that was answered well. */
export interface Sound {
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** As it is sent; all of it is text, so that a fault can be repeated from what is printed. */
export interface Malformed {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly wrong: readonly string[];
}

interface Draft {
  path: Record<string, string>;
  query: [string, string][];
  headers: Record<string, string>;
  body: string | null;
  readonly wrong: string[];
}

type Mutation = (draft: Draft) => void;

const PLACEHOLDER = /\{(\w+)\}/g;

/** @param parameters of the query that the document names */
export function malformed(operation: Operation, sound: Sound, parameters: readonly string[]): fc.Arbitrary<Malformed> {
  return fc
    .array(mutation(operation, sound, parameters), { minLength: 1, maxLength: 3 })
    .map((mutations) => sent(operation, applied(sound, mutations)));
}

function applied(sound: Sound, mutations: readonly Mutation[]): Draft {
  const draft: Draft = {
    path: { ...sound.path },
    query: sound.query.map(([name, value]) => [name, value]),
    headers: { ...sound.headers },
    body: sound.body === undefined ? null : JSON.stringify(sound.body),
    wrong: [],
  };
  for (const mutate of mutations) mutate(draft);
  return draft;
}

function sent({ method, path: template }: Operation, { path, query, headers, body, wrong }: Draft): Malformed {
  const filled = template.replace(PLACEHOLDER, (_, name: string) => encoded(path[name] ?? 'x'));
  const search = query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
  return {
    method: method.toUpperCase(),
    target: `${filled}${search === '' ? '' : `?${search}`}`,
    headers,
    body: method === 'get' ? null : body,
    wrong,
  };
}

/** Half of the odd ones stay as they are, such as `%`, as far as a target can have them. */
function encoded(text: string): string {
  return /^[\w.%~-]+$/.test(text) ? text : encodeURIComponent(text.toWellFormed());
}

function mutation(operation: Operation, sound: Sound, parameters: readonly string[]): fc.Arbitrary<Mutation> {
  const inPath = [...operation.path.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
  const inQuery = [
    ...new Set([...parameters, ...sound.query.map(([name]) => name), 'surplus', '__proto__', 'limit[]']),
  ];
  const all: fc.WeightedArbitrary<Mutation>[] = [
    { weight: 2, arbitrary: fc.constantFrom(...ODD_HEADERS).map(([name, value]) => header(name, value)) },
    {
      weight: parameters.length === 0 ? 1 : 5,
      arbitrary: fc.tuple(fc.constantFrom(...inQuery), hostileText, fc.boolean()).map(query),
    },
  ];
  if (inPath.length > 0)
    all.push({ weight: 2, arbitrary: fc.tuple(fc.constantFrom(...inPath), hostileText).map(segment) });
  if ('form' in operation.example || operation.streamsBody !== undefined) {
    all.push({ weight: 4, arbitrary: fc.tuple(hostileText, hostileText, hostileText).map(form) });
  } else if (operation.method !== 'get') {
    all.push(
      { weight: 2, arbitrary: fc.constantFrom(...Object.keys(BODY_FAULTS)).map(wholeBody) },
      { weight: 8, arbitrary: fc.tuple(fc.nat(), hostileJson, fc.integer({ min: 0, max: 9 })).map(member) },
    );
  }
  return fc.oneof(...all);
}

const header =
  (name: string, value: string): Mutation =>
  (draft) => {
    draft.headers[name] = value;
    draft.wrong.push(`${name}: ${value.slice(0, 40)}`);
  };

function query([name, value, beside]: readonly [string, string, boolean]): Mutation {
  return (draft) => {
    if (!beside) draft.query = draft.query.filter(([other]) => other !== name);
    draft.query.push([name, value]);
    draft.wrong.push(`?${name}`);
  };
}

function segment([name, value]: readonly [string, string]): Mutation {
  return (draft) => {
    draft.path[name] = value === '' || value === '.' || value === '..' ? '%20' : value;
    draft.wrong.push(`{${name}}`);
  };
}

function wholeBody(fault: string): Mutation {
  return (draft) => {
    draft.body = BODY_FAULTS[fault]?.(draft.body ?? '{}') ?? draft.body;
    draft.headers['Content-Type'] ??= 'application/json';
    draft.wrong.push(fault);
  };
}

/** Another value in one place of the body, however deep, or none there. */
function member([place, json, chance]: readonly [number, string, number]): Mutation {
  return (draft) => {
    const body = parsed(draft.body ?? '{}');
    draft.headers['Content-Type'] ??= 'application/json';
    const places = placesOf(body, []);
    const at = places[place % Math.max(places.length, 1)] ?? [];
    draft.wrong.push(`${chance === 0 ? 'no ' : ''}/${at.join('/')}`);
    const MARK = 'the-place-of-what-is-wrong';
    const text = JSON.stringify(replaced(body, at, chance === 0 ? undefined : MARK));
    draft.body = text === undefined ? json : text.replace(JSON.stringify(MARK), () => json);
  };
}

/** A part of a form with another name, file name or content. */
function form([name, file, content]: readonly [string, string, string]): Mutation {
  return (draft) => {
    const inQuotes = (text: string) => text.slice(0, 500).replaceAll('"', '%22');
    draft.headers['Content-Type'] = 'multipart/form-data; boundary=part';
    draft.body =
      `--part\r\nContent-Disposition: form-data; name="${name.length % 3 === 0 ? inQuotes(name) : 'file'}"; ` +
      `filename="${inQuotes(file)}"\r\nContent-Type: ${name.length % 2 === 0 ? 'text/plain' : inQuotes(name)}\r\n\r\n` +
      `${content}\r\n--part${content.length % 5 === 0 ? '' : '--'}\r\n`;
    draft.wrong.push('form');
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

type Place = readonly (string | number)[];

const MAXIMUM_PLACES = 60;

function placesOf(value: unknown, at: Place): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inside = Object.entries(value)
    .slice(0, MAXIMUM_PLACES)
    .flatMap(([name, each]) => (at.length > 5 ? [] : placesOf(each, [...at, name])));
  return [...inside, at].slice(0, MAXIMUM_PLACES);
}

function replaced(value: unknown, [step, ...rest]: Place, by: unknown): unknown {
  if (step === undefined) return by;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return value.map((each, n) => (String(n) === String(step) ? replaced(each, rest, by) : each));
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, name === step ? replaced(each, rest, by) : each]),
  );
}
