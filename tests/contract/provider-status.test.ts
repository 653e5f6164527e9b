import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { refusalOf, unreachable } from '../../adapters/channels/provider-status.ts';

const answer = (status: number, headers: Record<string, string> = {}) =>
  refusalOf('Provider', new Response(null, { status, headers }));

describe('what an answer over HTTP means', () => {
  test.each([
    [400, { kind: 'permanent' }],
    [413, { kind: 'permanent', reason: 'too_large' }],
    [401, { kind: 'unreachable', reason: 'rejected' }],
    [429, { kind: 'unreachable', reason: 'throttled' }],
    [409, { kind: 'transient' }],
    [500, { kind: 'unreachable' }],
    [503, { kind: 'unreachable' }],
    // The gateway does not know what the service did.
    [502, { kind: 'unreachable', outcome: 'unknown' }],
    [504, { kind: 'unreachable', outcome: 'unknown' }],
  ])('%i', (status, meaning) => {
    expect(answer(status)).toEqual({ detail: `Provider answered ${status}`, ...meaning });
  });

  test('Retry-After in seconds is kept, up to an hour; a date is not', () => {
    expect(answer(429, { 'Retry-After': '30' }).retryAfterSeconds).toBe(30);
    expect(answer(503, { 'Retry-After': '999999' }).retryAfterSeconds).toBe(3600);
    expect(answer(503, { 'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT' })).not.toHaveProperty('retryAfterSeconds');
  });
});

describe('a request without an answer', () => {
  const failureOf = async (url: string): Promise<unknown> =>
    fetch(url, { method: 'POST', body: 'x', signal: AbortSignal.timeout(300) }).catch((error: unknown) => error);

  async function closedPort(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${port}`;
  }

  test('was never sent if there was no connection', async () => {
    expect(unreachable(await failureOf(await closedPort()))).not.toHaveProperty('outcome');
    expect(unreachable(await failureOf('http://no-such-host.invalid'))).not.toHaveProperty('outcome');
    // How Deno says it.
    const denos = new TypeError(
      'error sending request for url (http://127.0.0.1:1/): client error (Connect): tcp connect error: Connection refused (os error 111)',
    );
    expect(unreachable(denos)).not.toHaveProperty('outcome');
  });

  test('may have been accepted if the connection broke or nothing came', async () => {
    let answers: 'nothing' | 'end' = 'end';
    const server = createServer((request) => {
      if (answers === 'end') request.socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(unreachable(await failureOf(url))).toMatchObject({ kind: 'unreachable', outcome: 'unknown' });
    answers = 'nothing';
    expect(unreachable(await failureOf(url))).toMatchObject({ detail: 'TimeoutError', outcome: 'unknown' });
    server.closeAllConnections();
    server.close();
  });
});
