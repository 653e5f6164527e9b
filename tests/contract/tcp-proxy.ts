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
  const wires = relayTo(target);
  let server: Server | undefined;
  let port = 0;

  async function listen(): Promise<void> {
    const opened = createServer(wires.accept);
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve));
    port = (opened.address() as AddressInfo).port;
    server = opened;
  }

  async function stopListening(): Promise<void> {
    const closing = server;
    server = undefined;
    if (closing === undefined) return;
    const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
    wires.cut();
    await closed;
  }

  await listen();
  return {
    port,
    stall: wires.stall,
    pause: wires.pause,
    unpause: wires.unpause,
    refuse: stopListening,
    async recover() {
      wires.unstall();
      if (server === undefined) await listen();
    },
    accepted: wires.accepted,
    close: stopListening,
  };
}

/** The connections that were accepted, each with one to the target. */
function relayTo(target: { readonly host: string; readonly port: number }) {
  const sockets = new Set<Socket>();
  /** Sockets that were stalled never carry data again. */
  const dead = new WeakSet<Socket>();
  let stalled = false;
  let paused = false;
  let accepted = 0;

  function carry(from: Socket, to: Socket): void {
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
    if (stalled) dead.add(from);
  }

  return {
    accepted: () => accepted,
    accept(client: Socket): void {
      accepted++;
      const upstream = connect(target);
      carry(client, upstream);
      carry(upstream, client);
    },
    stall(): void {
      stalled = true;
      for (const socket of sockets) dead.add(socket);
    },
    unstall(): void {
      stalled = false;
    },
    pause(): void {
      paused = true;
      for (const socket of sockets) socket.pause();
    },
    unpause(): void {
      paused = false;
      for (const socket of sockets) socket.resume();
    },
    cut(): void {
      for (const socket of sockets) socket.destroy();
    },
  };
}
