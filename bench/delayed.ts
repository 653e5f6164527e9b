/** A TCP proxy that delays what passes, as a distance would: latency without loss, at any bandwidth. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Passes on what arrives, in its order, after the delay. */
function passOn(from: Socket, to: Socket, delayMs: number): void {
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delayMs));
  from.on('close', () => setTimeout(() => to.destroy(), delayMs));
  from.on('error', () => to.destroy());
}

/**
 * @param url of the server, whose port is replaced
 * @param tripMs round trip: half of it for each direction. Opening a connection is delayed by one trip more
 */
export async function delayed(url: string, tripMs: number): Promise<{ readonly url: string; close(): void }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    const onward = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    for (const socket of [client, onward]) sockets.add(socket.once('close', () => sockets.delete(socket)));
    setTimeout(() => {
      passOn(client, onward, tripMs / 2);
      passOn(onward, client, tripMs / 2);
      client.resume();
    }, tripMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const near = new URL(url);
  near.hostname = '127.0.0.1';
  near.port = String((server.address() as AddressInfo).port);
  return {
    url: near.href,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
