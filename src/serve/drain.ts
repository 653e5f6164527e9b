/** Graceful shutdown: first refuse traffic, then finish running requests, then abort what is left (R81). */
import { LISTENER } from './limits.ts';
import type { Listener } from './listener.ts';

/** Whether a load balancer should send requests to this process, as `/health/traffic` reports. */
export interface Traffic {
  isWanted(): boolean;
  refuse(): void;
}

export function createTraffic(): Traffic {
  let wanted = true;
  return {
    isWanted: () => wanted,
    refuse() {
      wanted = false;
    },
  };
}

export interface DrainOptions {
  readonly traffic: Traffic;
  readonly listener: Pick<Listener, 'close'>;
  /** How long the load balancer has to notice that traffic is refused, in seconds. */
  readonly drainSeconds: number;
  /** Closes jobs, database and Redis. */
  readonly close: () => Promise<void>;
  readonly tell: (text: string) => void;
}

/** Ends within `drainSeconds` plus 25 s, whatever clients and servers do. */
export async function drain({ traffic, listener, drainSeconds, close, tell }: DrainOptions): Promise<void> {
  traffic.refuse();
  if (drainSeconds > 0) {
    tell(`Stopping: /health/traffic refuses traffic for ${drainSeconds} s first …`);
    await new Promise((resolve) => setTimeout(resolve, drainSeconds * 1000));
  }
  tell('Stopping: finishing running requests …');
  if (!(await listener.close(LISTENER.finishMilliseconds))) tell('Connections that did not end in time were aborted.');
  const closed = await Promise.race([
    close().then(() => true),
    new Promise<false>((resolve) => setTimeout(() => resolve(false), LISTENER.closeMilliseconds)),
  ]);
  if (!closed) tell('The database or Redis did not close in time; stopping anyway.');
}
