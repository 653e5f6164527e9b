/** Faults of a process and of its clients. */
import { connect, type Socket } from 'node:net';
import { type Fault, SOON_MS } from './fault.ts';
import { pause } from './services.ts';

/** Connections on which `said` is sent and then nothing. */
async function flood(url: string, count: number, said: string): Promise<() => Promise<void>> {
  const port = Number(new URL(url).port);
  const sockets: Socket[] = [];
  for (let opened = 1; opened <= count; opened++) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => socket.destroy());
    if (said !== '') socket.once('connect', () => socket.write(said));
    sockets.push(socket);
    if (opened % 200 === 0) await pause(10);
  }
  return async () => {
    for (const socket of sockets) socket.destroy();
  };
}

/** A client that sends half a body, and one that reads no more of an export than its head. */
async function slowClients(url: string, token: string): Promise<() => void> {
  const port = Number(new URL(url).port);
  const half = connect({ port, host: '127.0.0.1' });
  half.write(
    'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n123456789',
  );
  const paused = connect({ port, host: '127.0.0.1' });
  paused.once('data', () => paused.pause());
  paused.write(`GET /api/v1/audit/export HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  for (const socket of [half, paused]) socket.on('error', () => socket.destroy());
  await pause(300);
  return () => {
    for (const socket of [half, paused]) socket.destroy();
  };
}

/** @param connections of a flood */
export function processFaults(connections: number): readonly Fault[] {
  return [
    {
      name: 'a process is killed, and started again',
      named: null,
      recoversWithin: SOON_MS,
      async begin(world) {
        await world.portals[0].kill();
        // A load balancer notices, and asks the other one.
        world.urls[0] = world.urls[1] ?? '';
        return () => world.replace(0);
      },
    },
    {
      name: 'SIGTERM with a half-sent body and a reader that reads no more',
      named: /Stopping: finishing running requests/,
      recoversWithin: SOON_MS,
      async begin(world, _load, admin) {
        const leave = await slowClients(world.portals[0].url, admin);
        const stopped = world.portals[0].stop();
        world.urls[0] = world.urls[1] ?? '';
        const code = await Promise.race([stopped, pause(40_000).then(() => 'still there')]);
        if (code !== 0) {
          leave();
          await world.portals[0].kill();
          await world.replace(0);
          throw new Error(`asked to stop, the process is ${code}`);
        }
        return async () => {
          leave();
          await world.replace(0);
        };
      },
    },
    ...(
      [
        ['half-sent heads', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow'],
        ['idle connections', ''],
      ] as const
    ).map(
      ([what, said]): Fault => ({
        name: `${connections} ${what}`,
        ...(said === '' ? {} : { isBrief: true as const }),
        named: /"event":"connections_(closed|evicted)"/,
        recoversWithin: SOON_MS,
        begin: ({ portals }) => flood(portals[0].url, connections, said),
      }),
    ),
  ];
}
