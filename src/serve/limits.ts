/**
 * What one process takes from the network, and for how long: the numbers of the listener under Deno. At the edge Cloudflare
 * holds the connections: it buffers heads, ends slow ones and caps them per zone, and a Worker only ever sees whole heads.
 */

export const LISTENER = {
  /** For a whole head to arrive. */
  headMilliseconds: 10_000,
  /** For head and body together. The body alone has 20 s (`src/http/middleware/request.ts`). */
  requestMilliseconds: 30_000,
  /** A connection between two requests. More than the 60 s for which common proxies keep one, so that they close first. */
  idleMilliseconds: 65_000,
  /** For a client to take the next part of an answer. */
  writeMilliseconds: 20_000,
  /** For what is under way when the process is asked to stop. */
  finishMilliseconds: 20_000,
  /** For the jobs, the database and Redis to be closed after that. */
  closeMilliseconds: 5_000,
  /** Bytes of a head. */
  headBytes: 32 * 1024,
  /** Connections from one address (IPv6: one /64), unless a trusted proxy holds them all. */
  connectionsPerAddress: 400,
} as const;

export type ListenerLimits = { readonly [K in keyof typeof LISTENER]: number };

export interface ConnectionCaps {
  readonly total: number;
  readonly perAddress: number;
}

/**
 * @param total `MAX_CONNECTIONS`
 * @param isBehindProxy whether one address stands for all clients
 */
export function connectionCaps(total: number, isBehindProxy: boolean): ConnectionCaps {
  // One address may not take all of them: the others are for the rest of the world.
  const share = Math.max(1, Math.min(LISTENER.connectionsPerAddress, Math.floor(total / 2)));
  return { total, perAddress: isBehindProxy ? total : share };
}
