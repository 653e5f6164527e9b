/** A TCP proxy that simulates network faults. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Connections stay open and new ones are accepted, but no data passes. */
  stall(): void;
  /** Holds all data back until {@link TcpProxy.unpause}; nothing is lost. */
  pause(): void;
  unpause(): void;
  /** Closes all connections and refuses new ones. */
  refuse(): Promise<void>;
  /** Works again; connections that were stalled stay dead, as after a failover. */
  recover(): Promise<void>;
  /** Number of connections accepted so far. */
  accepted(): number;
  close(): Promise<void>;
}

export async function startTcpProxy(target: { readonly host: string; readonly port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let stalled = false;
  let paused = false;
  let accepted = 0;
  let server: Server | undefined;
  let port = 0;

  function relay(client: Socket): void {
    accepted++;
    const upstream = connect(target);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('data', (data) => {
        if (!stalled && !dead.has(from)) to.write(data);
      });
      if (paused) from.pause();
    }
    if (stalled) kill();
  }

  /** Sockets that were stalled never carry data again. */
  const dead = new WeakSet<Socket>();
  function kill(): void {
    for (const socket of sockets) dead.add(socket);
  }

  async function listen(): Promise<void> {
    const opened = createServer(relay);
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
    port = (opened.address() as AddressInfo).port;
    server = opened;
  }

  async function stopListening(): Promise<void> {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  await listen();
  return {
    port,
    stall() {
      stalled = true;
      kill();
    },
    pause() {
      paused = true;
      for (const socket of sockets) socket.pause();
    },
    unpause() {
      paused = false;
      for (const socket of sockets) socket.resume();
    },
    refuse: stopListening,
    async recover() {
      stalled = false;
      if (server === undefined) await listen();
    },
    accepted: () => accepted,
    close: stopListening,
  };
}
