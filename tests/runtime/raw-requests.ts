/** Requests that no HTTP client would send, byte for byte (R69). */
import { connect } from 'node:net';

const close = 'Connection: close\r\n\r\n';
const line = (method: string, target = '/health', host = 'portal.example') =>
  `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n${close}`;
const posted = (headers: string, body: string) =>
  `POST /api/v1/auth/login HTTP/1.1\r\nHost: portal.example\r\n${headers}\r\nContent-Length: ${body.length}\r\n${close}${body}`;

const METHODS = ['TRACE', 'TRACK', 'CONNECT', 'PROPFIND', 'M-SEARCH', 'get', 'FOO', 'QUERY', 'x'.repeat(9_000)];
const HOSTS = [
  '',
  'a b',
  'x:99999',
  '[::1',
  '[fe80::1%25eth0]:80',
  'evil..example',
  'xn--',
  '%00',
  'a@b',
  '\u00fc',
  'x,y',
];
const TARGETS = [
  '/%',
  '/%ff',
  '/%00',
  '//',
  '//evil.example/health',
  '/\\',
  '*',
  'http://[',
  'https://evil.example/health',
  '/..%2f',
  `/${'a'.repeat(9_000)}`,
  '/health?%',
];
const BODIES: readonly (readonly [string, string])[] = [
  ['Content-Type: application/json\r\nContent-Encoding: gzip', 'not gzip'],
  ['Content-Type: application/json\r\nContent-Encoding: br, gzip', 'neither'],
  ['Content-Type: application/json\r\nContent-Encoding: unheard-of', '{}'],
  ['Content-Type: application/json; charset=utf-16', '{}'],
  ['Content-Type: application/json; charset="', '{}'],
  ['Content-Type: multipart/form-data; boundary=', '--'],
  ['Content-Type: \u0000', '{}'],
  ['Content-Type: application/json', '\u00ff\u00fe{'],
];
const HEADERS = [
  'Accept-Encoding: ;;;q=9, \u00fc',
  'Accept-Language: ----',
  'Authorization: Bearer \u00ff',
  'Cookie: a=\u00ff; =; ;;',
  'X-Forwarded-For: [::1, 1.2.3.4:99999, _, unknown',
  'Forwarded: for="[::1"; for=',
  'Range: bytes=9-1,-',
  'If-Match: "\u00ff',
  'If-Modified-Since: yesterday',
  'Expect: 200-ok',
  'Upgrade: websocket\r\nConnection: Upgrade',
];

/** Keyed by what is unusual about each. */
export const RAW_REQUESTS: readonly (readonly [name: string, request: string])[] = [
  ...METHODS.map((method) => [`the method ${method.slice(0, 20)}`, line(method)] as const),
  ...METHODS.slice(0, 3).map((method) => [`${method} of a route`, line(method, '/api/v1/auth/login')] as const),
  ...HOSTS.map((host) => [`the host ${JSON.stringify(host)}`, line('GET', '/', host)] as const),
  ...TARGETS.map((target) => [`the target ${target.slice(0, 40)}`, line('GET', target)] as const),
  ...BODIES.map(([headers, body]) => [`a body with ${JSON.stringify(headers)}`, posted(headers, body)] as const),
  ...HEADERS.map(
    (header) =>
      [
        `the header ${JSON.stringify(header)}`,
        `GET /api/v1/users/me HTTP/1.1\r\nHost: portal.example\r\n${header}\r\n${close}`,
      ] as const,
  ),
  ['no host at all', `GET /health HTTP/1.1\r\n${close}`],
  ['two hosts', `GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n${close}`],
  ['HTTP/1.0', 'GET /health HTTP/1.0\r\n\r\n'],
];

/**
 * Whether no request for a Worker can be made of it: workerd answers by itself (501 for an unknown method, 500 for an
 * invalid URL), as Cloudflare's edge does, and none of the portal's code runs.
 */
export function isAnsweredBeforeWorker(name: string): boolean {
  const [, method] = /^(?:the method )?(CONNECT|TRACK|M-SEARCH|get|FOO|x{20})/.exec(name) ?? [];
  const hosts = ['a b', 'x:99999', '[::1', '[fe80::1%25eth0]:80', '%00', 'x,y'].map(
    (host) => `the host ${JSON.stringify(host)}`,
  );
  return method !== undefined || [...hosts, 'the target *', 'two hosts'].includes(name);
}

/** @returns the status of the first answer; `undefined` if the connection was closed without one */
export function statusOf(port: number, request: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setTimeout(20_000, () => socket.destroy(new Error(`no answer to ${JSON.stringify(request.slice(0, 80))}`)));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(answer) ?? [];
      if (status === undefined || status === '100') return;
      resolve(Number(status));
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(undefined) : reject(error),
    );
    socket.on('close', () => resolve(undefined));
    socket.write(request, 'latin1');
  });
}
