/**
 * The connections of one process, capped in all and for each address. When a cap is reached, the oldest connection that is
 * owed nothing (a head or body that has not arrived, or none at all) makes room, so that a flood of them keeps nobody out. One
 * that never carried a whole request goes before one that did, for a client may be about to use that again.
 */
import type { Socket } from 'node:net';
import { addressSubject } from '../app/address.ts';
import type { ConnectionCaps } from './limits.ts';

interface Entry {
  readonly socket: Socket;
  readonly address: string;
  /** Requests that arrived as a whole and are not answered yet. */
  owed: number;
  /** Whether it ever carried a whole request. */
  used: boolean;
}

export interface Connections {
  /** Takes a new connection, or closes it when there is no room for it. */
  admit(socket: Socket): void;
  /** A request arrived as a whole. */
  begin(socket: Socket): void;
  /** Its answer is done, or given up. */
  end(socket: Socket): void;
  count(): number;
  /** How many were closed to make room, and how many for lack of it. */
  closed(): { readonly evicted: number; readonly refused: number };
  closeQuiet(): void;
  closeAll(): void;
}

export function createConnections({ total, perAddress }: ConnectionCaps): Connections {
  const entries = new Map<Socket, Entry>();
  /** In the order in which they became quiet. */
  const quiet = new Set<Entry>();
  const byAddress = new Map<string, Set<Entry>>();
  let [evicted, refused] = [0, 0];

  const forget = (entry: Entry) => {
    if (!entries.delete(entry.socket)) return;
    quiet.delete(entry);
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
      const hasRoom = (own.size < perAddress || evict(own)) && (entries.size < total || evict(quiet));
      if (!hasRoom) {
        refused += 1;
        socket.destroy();
        return;
      }
      const entry = { socket, address, owed: 0, used: false };
      entries.set(socket, entry);
      quiet.add(entry);
      own.add(entry);
      byAddress.set(address, own);
      socket.once('close', () => forget(entry));
    },
    begin(socket) {
      const entry = entries.get(socket);
      if (entry === undefined) return;
      entry.owed += 1;
      entry.used = true;
      quiet.delete(entry);
    },
    end(socket) {
      const entry = entries.get(socket);
      if (entry === undefined || entry.owed === 0) return;
      entry.owed -= 1;
      if (entry.owed === 0) quiet.add(entry);
    },
    count: () => entries.size,
    closed: () => ({ evicted, refused }),
    closeQuiet() {
      for (const entry of [...quiet]) close(entry);
    },
    closeAll() {
      for (const entry of [...entries.values()]) close(entry);
    },
  };
}
