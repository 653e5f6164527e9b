/**
 * Limits of the listener under Deno. On Workers, Cloudflare holds the connections: it buffers heads, ends slow ones and
 * limits them per zone, and a Worker only sees complete heads.
 */

export const LISTENER = {
  /** Until a complete head has arrived. */
  headMilliseconds: 10_000,
  /**
   * Until head and body have arrived: as long as an upload may take. A body that is kept in memory has 20 s
   * (`src/http/middleware/request.ts`); of a file, the next 64 KiB have (`src/http/streamed-body.ts`).
   */
  requestMilliseconds: 3_600_000,
  /** Idle time between two requests. Longer than the 60 s of common proxies, so that they close first. */
  idleMilliseconds: 65_000,
  /** Until a client has read the next part of an answer. */
  writeMilliseconds: 20_000,
  /** For running requests, when the process is asked to stop. */
  finishMilliseconds: 20_000,
  /** For closing jobs, database and Redis after that. */
  closeMilliseconds: 5_000,
  /** Bytes per head. */
  headBytes: 32 * 1024,
  /** Connections per address (IPv6: per /64), unless a trusted proxy opens them all. */
  connectionsPerAddress: 400,
} as const;

export type ListenerLimits = { readonly [K in keyof typeof LISTENER]: number };

export interface ConnectionCaps {
  readonly total: number;
  readonly perAddress: number;
}

/**
 * @param total `MAX_CONNECTIONS`
 * @param isBehindProxy whether all clients share the address of a proxy
 */
export function connectionCaps(total: number, isBehindProxy: boolean): ConnectionCaps {
  // One address gets at most half, so that it cannot lock out all others.
  const share = Math.max(1, Math.min(LISTENER.connectionsPerAddress, Math.floor(total / 2)));
  return { total, perAddress: isBehindProxy ? total : share };
}
