/** The listener with slow, many, and unusual clients. */
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createLog, type LogLine } from '../../src/app/log.ts';
import { streamOf } from '../../src/http/stream.ts';
import type { Handler } from '../../src/serve/exchange.ts';
import { connectionCaps, LISTENER, type ListenerLimits } from '../../src/serve/limits.ts';
import { type Listener, listen } from '../../src/serve/listener.ts';

let listener: Listener | undefined;
const sockets: Socket[] = [];
const logged: LogLine[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await listener?.close(0);
  logged.length = 0;
});

const log = createLog({ level: 'info', clock: { now: Date.now }, sink: (line) => void logged.push(line) });

async function serve(handler: Handler, options: { limits?: Partial<ListenerLimits>; connections?: number } = {}) {
  listener = await listen({
    hostname: '127.0.0.1',
    port: 0,
    caps: connectionCaps(options.connections ?? 100, false),
    log,
    handler,
    limits: { ...LISTENER, ...options.limits },
  });
  return listener;
}

const ok: Handler = async () => Response.json({ ok: true });

/** @returns what the server sent until it closed the connection */
function client(port: number, sent: string): { readonly socket: Socket; readonly ended: Promise<string> } {
  const socket = connect({ port, host: '127.0.0.1' });
  sockets.push(socket);
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', () => {});
  if (sent !== '') socket.write(sent);
  return { socket, ended: new Promise((resolve) => socket.once('close', () => resolve(text))) };
}

const get = (port: number) => fetch(`http://127.0.0.1:${port}/`, { headers: { Connection: 'close' } });
const HALF_A_HEAD = 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow';

describe('slow clients', () => {
  test('R80: a head that does not arrive in time gets 408, and the connection is closed', async () => {
    const { port } = await serve(ok, { limits: { headMilliseconds: 200 } });
    expect(await client(port, HALF_A_HEAD).ended).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('R80: so does a connection without any data', async () => {
    const { port } = await serve(ok, { limits: { headMilliseconds: 200 } });
    await client(port, '').ended;
  });

  test('R80: so does a body that does not arrive, even if its handler waits longer', async () => {
    const { port } = await serve(async (request) => new Response(await request.text()), {
      limits: { headMilliseconds: 100, requestMilliseconds: 200 },
    });
    const sent = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\n\r\n123456789';
    expect(await client(port, sent).ended).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('R81: a client that does not read the next part of an answer in time is disconnected', async () => {
    const { port } = await serve(async () => endless(), { limits: { writeMilliseconds: 200 } });
    const { socket, ended } = client(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.pause();
    await expect.poll(() => listener?.connections(), { timeout: 10_000 }).toBe(1);
    await expect.poll(() => listener?.connections(), { timeout: 10_000 }).toBe(0);
    socket.resume();
    await ended;
  });
});

describe('many clients', () => {
  test('R80: at the limit, idle connections are closed to make room for others', async () => {
    const { port, connections } = await serve(ok, { connections: 20 });
    const halves = Array.from({ length: 100 }, () => client(port, HALF_A_HEAD));
    await Promise.all(halves.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
    for (let request = 0; request < 30; request++) expect((await get(port)).status).toBe(200);
    expect(connections()).toBeLessThanOrEqual(10);
    // R84: the log says why connections were closed.
    await expect
      .poll(() => logged, { timeout: 10_000 })
      .toContainEqual(
        expect.objectContaining({ event: 'connections_closed', reason: 'too_many_connections', foundNone: 0 }),
      );
  });

  test('R80: a connection that was used is closed after those that never sent a complete request', async () => {
    const { port } = await serve(ok, { connections: 20 });
    const kept = client(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => kept.socket.once('data', resolve));
    const halves = Array.from({ length: 60 }, () => client(port, HALF_A_HEAD));
    await Promise.all(halves.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
    expect((await get(port)).status).toBe(200);
    const answered = new Promise<string>((resolve) => kept.socket.once('data', (data) => resolve(String(data))));
    kept.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await answered).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('R80: a request that is being answered is never closed for another', async () => {
    let finish = () => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { port } = await serve(
      async (request) => {
        if (new URL(request.url).pathname === '/held') await held;
        return Response.json({ ok: true });
      },
      { connections: 20 },
    );
    const waiting = fetch(`http://127.0.0.1:${port}/held`);
    for (let count = 0; count < 60; count++) client(port, HALF_A_HEAD);
    expect((await get(port)).status).toBe(200);
    finish();
    expect((await waiting).status).toBe(200);
  });
});

describe('stopping', () => {
  test('R81: running requests are finished, and those that do not end are aborted', async () => {
    let arrived = () => {};
    const begun = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let finish = () => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { port, close } = await serve(async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/endless') return endless();
      arrived();
      await held;
      return Response.json({ ok: true });
    });
    const paused = client(port, 'GET /endless HTTP/1.1\r\nHost: x\r\n\r\n');
    paused.socket.once('data', () => paused.socket.pause());
    const idle = client(port, '');
    const waiting = fetch(`http://127.0.0.1:${port}/`);
    await begun;
    const closing = close(500);
    finish();
    const answer = await waiting;
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect(await closing).toBe(false);
    await idle.ended;
    await expect(get(port)).rejects.toThrow();
  });

  test('R81: without connections it ends at once', async () => {
    const { port, close } = await serve(ok);
    expect((await get(port)).status).toBe(200);
    expect(await close(20_000)).toBe(true);
  });
});

describe('unusual requests', () => {
  test('R69: a head that cannot be parsed is refused as a problem, and never fails', async () => {
    const { port } = await serve(ok);
    const statusOf = async (head: string) => (await client(port, `${head}\r\n\r\n`).ended).split(' ')[1];
    const close = 'Connection: close';
    expect(await statusOf(`TRACE / HTTP/1.1\r\nHost: x\r\n${close}`)).toBe('405');
    expect(await statusOf(`GET / HTTP/1.1\r\nHost: a b\r\n${close}`)).toBe('400');
    expect(await statusOf(`OPTIONS * HTTP/1.1\r\nHost: x\r\n${close}`)).toBe('400');
    expect(await statusOf(`NONSENSE / HTTP/1.1\r\nHost: x\r\n${close}`)).toBe('405');
    expect(await statusOf(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(40_000)}\r\n${close}`)).toBe('431');
    expect(logged).toEqual([]);
  });

  test('bodies and headers pass unchanged, and answers have a length', async () => {
    const { port } = await serve(async (request) => {
      const headers = new Headers({ 'X-Got': request.headers.get('x-sent') ?? '' });
      headers.append('Set-Cookie', 'a=1');
      headers.append('Set-Cookie', 'b=2');
      return new Response(`${request.method} ${await request.text()}`, { headers });
    });
    const url = `http://127.0.0.1:${port}/`;
    const answer = await fetch(url, { method: 'POST', body: 'ü'.repeat(100_000), headers: { 'X-Sent': 'yes' } });
    expect(answer.headers.get('x-got')).toBe('yes');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(answer.headers.get('content-length')).toBe('200005');
    expect(await answer.text()).toBe(`POST ${'ü'.repeat(100_000)}`);
  });

  test('a text that states its length is sent while it is produced, and never held as a whole', async () => {
    let arrived = () => {};
    const hasArrived = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    async function* parts() {
      yield new TextEncoder().encode('first');
      await hasArrived;
      yield new TextEncoder().encode('last');
    }
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': '9' };
    const { port } = await serve(async () => new Response(streamOf(parts()), { headers }));
    let text = '';
    for await (const part of (await get(port)).body ?? []) {
      text += new TextDecoder().decode(part);
      arrived();
    }
    expect(text).toBe('firstlast');
  });

  test('a handler that fails is a 500, and the next request is served', async () => {
    let fails = true;
    const { port } = await serve(async () => {
      if (fails) throw new Error('a secret');
      return Response.json({});
    });
    const broken = await get(port);
    expect([broken.status, await broken.json()]).toMatchObject([500, { code: 'internal_error' }]);
    expect(logged).toMatchObject([{ event: 'bug' }]);
    expect(JSON.stringify(logged)).not.toContain('secret');
    fails = false;
    expect((await get(port)).status).toBe(200);
  });
});

function endless(): Response {
  return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }));
}
