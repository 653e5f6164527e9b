/** Stands between a server and its database, and kills the server at a batch that changes what is known of bytes. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** What a scan finds changes nothing of bytes, and comes when it comes. */
const OF_FILES = /(INSERT INTO|UPDATE|DELETE FROM) (files|file_parts|file_attempts|file_purges)\b/;
const OF_A_SCAN = 'scanned_at = ';
/** `ReadyForQuery` outside of a transaction: the batch is over. */
const IDLE = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** @see nth from 0 */
export interface Death {
  readonly nth: number;
  /** Before the database gets the batch, or after it has committed, before the server knows. */
  readonly when: 'before' | 'after';
}

export interface FatalProxy {
  readonly port: number;
  /** @param kill called once, where the server is to die */
  arm(death: Death | undefined, kill: () => void): void;
  close(): void;
}

/** The connections of a proxy, each with one to its target. */
function relayTo(
  target: { readonly host: string; readonly port: number },
  fateOf: (data: Buffer) => Death['when'] | undefined,
  die: () => void,
) {
  const sockets = new Set<Socket>();
  const pair = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  return {
    accept(client: Socket): void {
      const upstream = connect(target);
      let isLast = false;
      pair(client, upstream);
      pair(upstream, client);
      client.on('data', (data: Buffer) => {
        const fate = fateOf(data);
        if (fate === 'before') return die();
        isLast ||= fate === 'after';
        upstream.write(data);
      });
      upstream.on('data', (data: Buffer) => {
        if (!isLast) client.write(data);
        else if (data.includes(IDLE)) die();
      });
    },
    cut(): void {
      for (const socket of sockets) socket.destroy();
    },
  };
}

export async function startFatalProxy(target: { readonly host: string; readonly port: number }): Promise<FatalProxy> {
  let armed: { readonly death: Death | undefined; readonly kill: () => void } | undefined;
  let count = 0;

  /** @returns whether the server dies now, or once the batch is over */
  function fateOf(data: Buffer): Death['when'] | undefined {
    const text = data.toString('latin1');
    if (armed === undefined || !OF_FILES.test(text) || text.includes(OF_A_SCAN)) return undefined;
    return count++ === armed.death?.nth ? armed.death.when : undefined;
  }

  function die(): void {
    armed?.kill();
    armed = undefined;
    wires.cut();
  }

  const wires = relayTo(target, fateOf, die);
  const server = createServer(wires.accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    arm(death, kill) {
      armed = { death, kill };
      count = 0;
    },
    close() {
      wires.cut();
      server.close();
    },
  };
}
