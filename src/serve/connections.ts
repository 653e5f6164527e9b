/**
 * The open connections of one process, limited in total and per address. When a limit is reached, the oldest idle
 * connection is closed to make room, so that a flood of them cannot lock others out. Idle is a connection without a
 * complete request to answer. Those that never carried a complete request are closed first, because a client may be
 * about to reuse the others.
 */
import type { Socket } from 'node:net';
import { addressSubject } from '../app/address.ts';
import type { ConnectionCaps } from './limits.ts';

interface Entry {
  readonly socket: Socket;
  readonly address: string;
  /** Number of complete requests that are not answered yet. */
  owed: number;
  /** Whether the connection ever carried a complete request. */
  used: boolean;
}

export interface Connections {
  /** Registers a new connection, or closes it if there is no room. */
  admit(socket: Socket): void;
  /** A complete request has arrived. */
  begin(socket: Socket): void;
  /** Its answer was sent or given up. */
  end(socket: Socket): void;
  count(): number;
  /** Number of connections closed to make room, and number closed because there was no room. */
  closed(): { readonly evicted: number; readonly refused: number };
  closeIdle(): void;
  closeAll(): void;
}

export function createConnections({ total, perAddress }: ConnectionCaps): Connections {
  const entries = new Map<Socket, Entry>();
  /** Ordered by the time at which they became idle. */
  const idle = new Set<Entry>();
  const byAddress = new Map<string, Set<Entry>>();
  let [evicted, refused] = [0, 0];

  const forget = (entry: Entry) => {
    if (!entries.delete(entry.socket)) return;
    idle.delete(entry);
    const own = byAddress.get(entry.address);
    own?.delete(entry);
    if (own?.size === 0) byAddress.delete(entry.address);
  };
  const close = (entry: Entry) => {
    forget(entry);
    entry.socket.destroy();
  };
  const evict = (among: Iterable<Entry>): boolean => {
    let chosen: Entry | undefined;
    for (const entry of among) {
      if (entry.owed > 0) continue;
      chosen ??= entry;
      if (entry.used) continue;
      chosen = entry;
      break;
    }
    if (chosen === undefined) return false;
    evicted += 1;
    close(chosen);
    return true;
  };

  return {
    admit(socket) {
      const address = addressSubject(socket.remoteAddress ?? null);
      const own = byAddress.get(address) ?? new Set();
      const hasRoom = (own.size < perAddress || evict(own)) && (entries.size < total || evict(idle));
      if (!hasRoom) {
        refused += 1;
        socket.destroy();
        return;
      }
      const entry = { socket, address, owed: 0, used: false };
      entries.set(socket, entry);
      idle.add(entry);
      own.add(entry);
      byAddress.set(address, own);
      socket.once('close', () => forget(entry));
    },
    begin(socket) {
      const entry = entries.get(socket);
      if (entry === undefined) return;
      entry.owed += 1;
      entry.used = true;
      idle.delete(entry);
    },
    end(socket) {
      const entry = entries.get(socket);
      if (entry === undefined || entry.owed === 0) return;
      entry.owed -= 1;
      if (entry.owed === 0) idle.add(entry);
    },
    count: () => entries.size,
    closed: () => ({ evicted, refused }),
    closeIdle() {
      for (const entry of [...idle]) close(entry);
    },
    closeAll() {
      for (const entry of [...entries.values()]) close(entry);
    },
  };
}
