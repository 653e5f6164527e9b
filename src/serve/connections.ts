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

export class Connections {
  readonly #caps: ConnectionCaps;
  readonly #entries = new Map<Socket, Entry>();
  /** Ordered by the time at which they became idle. */
  readonly #idle = new Set<Entry>();
  readonly #byAddress = new Map<string, Set<Entry>>();
  #evicted = 0;
  #refused = 0;

  constructor(caps: ConnectionCaps) {
    this.#caps = caps;
  }

  get count(): number {
    return this.#entries.size;
  }

  /** Number of connections closed to make room, and number closed because there was no room. */
  get closed(): { readonly evicted: number; readonly refused: number } {
    return { evicted: this.#evicted, refused: this.#refused };
  }

  /** Registers a new connection, or closes it if there is no room. */
  admit(socket: Socket): void {
    const { total, perAddress } = this.#caps;
    const address = addressSubject(socket.remoteAddress ?? null);
    const own = this.#byAddress.get(address) ?? new Set();
    const hasRoom =
      (own.size < perAddress || this.#evict(own)) && (this.#entries.size < total || this.#evict(this.#idle));
    if (!hasRoom) {
      this.#refused += 1;
      socket.destroy();
      return;
    }
    const entry = { socket, address, owed: 0, used: false };
    this.#entries.set(socket, entry);
    this.#idle.add(entry);
    own.add(entry);
    this.#byAddress.set(address, own);
    socket.once('close', () => this.#forget(entry));
  }

  /** A complete request has arrived. */
  begin(socket: Socket): void {
    const entry = this.#entries.get(socket);
    if (entry === undefined) return;
    entry.owed += 1;
    entry.used = true;
    this.#idle.delete(entry);
  }

  /** The answer to a request was sent or given up. */
  end(socket: Socket): void {
    const entry = this.#entries.get(socket);
    if (entry === undefined || entry.owed === 0) return;
    entry.owed -= 1;
    if (entry.owed === 0) this.#idle.add(entry);
  }

  closeIdle(): void {
    for (const entry of [...this.#idle]) this.#close(entry);
  }

  closeAll(): void {
    for (const entry of [...this.#entries.values()]) this.#close(entry);
  }

  #forget(entry: Entry): void {
    if (!this.#entries.delete(entry.socket)) return;
    this.#idle.delete(entry);
    const own = this.#byAddress.get(entry.address);
    own?.delete(entry);
    if (own?.size === 0) this.#byAddress.delete(entry.address);
  }

  #close(entry: Entry): void {
    this.#forget(entry);
    entry.socket.destroy();
  }

  #evict(among: Iterable<Entry>): boolean {
    let chosen: Entry | undefined;
    for (const entry of among) {
      if (entry.owed > 0) continue;
      chosen ??= entry;
      if (entry.used) continue;
      chosen = entry;
      break;
    }
    if (chosen === undefined) return false;
    this.#evicted += 1;
    this.#close(chosen);
    return true;
  }
}
