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
  /** Delays what passes by half of a round trip in each direction, in its order; 0 delays nothing. */
  slow(tripMilliseconds: number): void;
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
    slow: wires.slow,
    refuse: stopListening,
    async recover() {
      wires.unstall();
      if (server === undefined) await listen();
    },
    accepted: wires.accepted,
    close: stopListening,
  };
}

interface Wires {
  readonly sockets: Set<Socket>;
  /** Sockets that were stalled never carry data again. */
  readonly dead: WeakSet<Socket>;
  stalled: boolean;
  paused: boolean;
  delay: number;
}

function carry(wires: Wires, from: Socket, to: Socket): void {
  const { sockets, dead } = wires;
  sockets.add(from);
  const pass = passing(to, () => wires.delay);
  from.on('error', () => to.destroy());
  from.on('close', () => {
    sockets.delete(from);
    to.destroy();
  });
  from.on('data', (data) => {
    if (!wires.stalled && !dead.has(from)) pass(data);
  });
  if (wires.paused) from.pause();
  if (wires.stalled) dead.add(from);
}

/** The connections that were accepted, each with one to the target. */
function relayTo(target: { readonly host: string; readonly port: number }) {
  const wires: Wires = { sockets: new Set(), dead: new WeakSet(), stalled: false, paused: false, delay: 0 };
  const { sockets, dead } = wires;
  let accepted = 0;
  return {
    accepted: () => accepted,
    accept(client: Socket): void {
      accepted++;
      const upstream = connect(target);
      carry(wires, client, upstream);
      carry(wires, upstream, client);
    },
    stall(): void {
      wires.stalled = true;
      for (const socket of sockets) dead.add(socket);
    },
    unstall(): void {
      wires.stalled = false;
    },
    pause(): void {
      wires.paused = true;
      for (const socket of sockets) socket.pause();
    },
    unpause(): void {
      wires.paused = false;
      for (const socket of sockets) socket.resume();
    },
    slow(tripMilliseconds: number): void {
      wires.delay = tripMilliseconds / 2;
    },
    cut(): void {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Passes on in order, also what was delayed when the delay ends. */
function passing(to: Socket, delay: () => number): (data: Buffer) => void {
  let waiting = 0;
  let last = 0;
  return (data) => {
    const at = Math.max(performance.now() + delay(), last);
    if (delay() === 0 && waiting === 0) return void to.write(data);
    last = at;
    waiting += 1;
    setTimeout(() => {
      waiting -= 1;
      if (to.writable) to.write(data);
    }, at - performance.now());
  };
}
