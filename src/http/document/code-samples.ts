/** Code samples that send an operation's example. */
import type { Plain } from '../example.ts';

export interface SampleRequest {
  readonly method: string;
  readonly url: string;
  readonly isSignedIn: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Plain;
  /** Names of the files of a form. */
  readonly files?: readonly string[];
}

interface CodeSample {
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

export function codeSamples(request: SampleRequest): CodeSample[] {
  return [
    { lang: 'Shell', label: 'curl', source: curl(request) },
    { lang: 'JavaScript', label: 'JavaScript', source: javaScript(request) },
    { lang: 'Python', label: 'Python', source: python(request) },
  ];
}

function curl({ method, url, isSignedIn, headers, body, files = [] }: SampleRequest): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${quoted(url)}`,
    ...(isSignedIn ? ['-H "Authorization: Bearer $ACCESS_TOKEN"'] : []),
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(body))}`]),
    ...files.map((name) => `-F ${name}=@${name}.png`),
  ].join(' \\\n  ');
}

function javaScript({ method, url, isSignedIn, headers, body, files = [] }: SampleRequest): string {
  const quoted = (text: string) => JSON.stringify(text);
  const sent = [
    ...(isSignedIn ? [`    Authorization: "Bearer " + accessToken,`] : []),
    ...Object.entries(headers).map(([name, value]) => `    ${quoted(name)}: ${quoted(value)},`),
    ...(body === undefined ? [] : [`    "Content-Type": "application/json",`]),
  ];
  const options = [
    ...(method === 'GET' ? [] : [`  method: ${quoted(method)},`]),
    ...(sent.length === 0 ? [] : ['  headers: {', ...sent, '  },']),
    ...(body === undefined
      ? []
      : [`  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}),`]),
    ...(files.length === 0 ? [] : ['  body: form,']),
  ];
  return [
    ...(files.length === 0 ? [] : ['const form = new FormData();']),
    ...files.map((name) => `form.append(${quoted(name)}, ${name}); // a File or Blob`),
    options.length === 0
      ? `const response = await fetch(${quoted(url)});`
      : `const response = await fetch(${quoted(url)}, {`,
    ...options,
    ...(options.length === 0 ? [] : ['});']),
    'if (!response.ok) throw new Error((await response.json()).code);',
  ].join('\n');
}

function python({ method, url, isSignedIn, headers, body, files = [] }: SampleRequest): string {
  const sent = [
    ...(isSignedIn ? ['"Authorization": f"Bearer {access_token}"'] : []),
    ...Object.entries(headers).map(([name, value]) => `${literal(name)}: ${literal(value)}`),
  ];
  const options = [
    ...(sent.length === 0 ? [] : [`    headers={${sent.join(', ')}},`]),
    ...(body === undefined ? [] : [`    json=${literal(body, '    ')},`]),
    ...(files.length === 0
      ? []
      : [`    files={${files.map((name) => `"${name}": open("${name}.png", "rb")`).join(', ')}},`]),
  ];
  return [
    'import requests',
    '',
    'response = requests.request(',
    `    ${literal(method)},`,
    `    ${literal(url)},`,
    ...options,
    '    timeout=10,',
    ')',
    'response.raise_for_status()',
  ].join('\n');
}

/** A value as a Python literal. */
function literal(value: Plain, indent = ''): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  // Python has the same escapes as JSON.
  if (typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}    `;
  const [open, close, entries] = Array.isArray(value)
    ? ['[', ']', value.map((entry) => literal(entry, inner))]
    : ['{', '}', Object.entries(value).map(([name, entry]) => `${literal(name)}: ${literal(entry, inner)}`)];
  if (entries.length === 0) return `${open}${close}`;
  return `${open}\n${entries.map((entry) => `${inner}${entry},\n`).join('')}${indent}${close}`;
}
